//! POSTs the facts as JSON to a server.
//!
//! - Each try is bounded in time from the name's lookup to the answer's last byte,
//!   and all tries together are.
//! - Tried again: what never came to an answer, 408, 429 and 5xx. Any other answer
//!   will not get better.
//! - Redirects are not followed: a POST would become a GET.
//! - Neither URL nor headers are told, since both hold secrets.

mod sentence;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::time::Duration;

use ureq::Body;
use ureq::http::{Request, Response, StatusCode, header};

use super::choice::Webhook;
use super::pause::Pause;
use crate::clock::{Monotonic, Now};
use crate::limits::{OUTPUT_BYTES_MAX, WEBHOOK_BACKOFF};
use crate::measure::agent;
use sentence::Refusal;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) ok: bool,
    pub(super) sentence: String,
    pub(super) answer: String,
    pub(super) answer_cut: bool,
}

/// What one try came to.
enum Try {
    Answered {
        status: StatusCode,
        /// Where a redirect leads to; only its server is told.
        answer: Vec<u8>,
    },
    Refused(Refusal),
}

impl Try {
    fn is_worth_another(&self) -> bool {
        match self {
            Self::Answered { status, .. } => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
                    )
            }
            Self::Refused(refusal) => refusal.may_pass,
        }
    }
}

/// Posts, and tries again as the webhook says, until `deadline` at the latest.
pub(super) fn post(
    webhook: &Webhook,
    json: &str,
    deadline: Monotonic,
    clock: &dyn Fn() -> Now,
    pause: &dyn Pause,
) -> Told {
    let mut tries = 0;
    let mut backoff = WEBHOOK_BACKOFF;
    let mut called_off = false;
    let mut last = None;
    loop {
        let left = deadline.since(clock().monotonic);
        if left.is_zero() {
            break;
        }
        tries += 1;
        let tried = once(webhook, json, webhook.timeout().min(left));
        let again = tried.is_worth_another() && tries <= webhook.retries();
        last = Some(tried);
        if !again {
            break;
        }
        if !pause.pause(backoff.min(deadline.since(clock().monotonic))) {
            called_off = true;
            break;
        }
        backoff *= 2;
    }
    told(webhook, last, tries, called_off)
}

fn told(webhook: &Webhook, last: Option<Try>, tries: u32, called_off: bool) -> Told {
    let mut told = Told {
        ok: false,
        sentence: String::new(),
        answer: String::new(),
        answer_cut: false,
    };
    match last {
        Some(Try::Answered { status, answer }) => {
            told.ok = status.is_success();
            told.sentence = sentence::answered(status);
            told.answer_cut = answer.len() > OUTPUT_BYTES_MAX;
            let kept = &answer[..answer.len().min(OUTPUT_BYTES_MAX)];
            told.answer = String::from_utf8_lossy(kept).into_owned();
        }
        Some(Try::Refused(refusal)) => told.sentence = refusal.sentence,
        None => told.sentence = format!("there was no time left to tell {}", webhook.server()),
    }
    if tries > 1 {
        told.sentence += &format!(" ({tries} tries)");
    }
    if called_off {
        told.sentence += "; further tries were called off";
    }
    told
}

/// One try, which takes no longer than `timeout`.
fn once(webhook: &Webhook, json: &str, timeout: Duration) -> Try {
    let refused = |error| Try::Refused(sentence::refused(webhook, timeout, error));
    let mut answer = match request(webhook, json) {
        Ok(request) => match agent(webhook.uri(), timeout).run(request) {
            Ok(answer) => answer,
            Err(error) => return refused(error),
        },
        Err(error) => return refused(error.into()),
    };
    Try::Answered {
        status: answer.status(),
        answer: read(&mut answer),
    }
}

/// As much of an answer as is kept, and one byte more where there is more. One
/// that breaks off has been given nevertheless: its status says what it is.
fn read(answer: &mut Response<Body>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let most = OUTPUT_BYTES_MAX as u64 + 1;
    let _ = answer
        .body_mut()
        .as_reader()
        .take(most)
        .read_to_end(&mut bytes);
    bytes
}

fn request<'a>(webhook: &Webhook, json: &'a str) -> Result<Request<&'a str>, ureq::http::Error> {
    let mut request = Request::post(webhook.uri().clone())
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            header::USER_AGENT,
            concat!("crashcap/", env!("CARGO_PKG_VERSION")),
        )
        .body(json)?;
    for (name, value) in webhook.checked_headers() {
        request.headers_mut().insert(name, value.clone());
    }
    Ok(request)
}
