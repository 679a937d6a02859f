//! What came of a try, in words.

use std::io::{self, ErrorKind};
use std::time::Duration;

use ureq::Error;
use ureq::http::StatusCode;

use crate::action::choice::Webhook;
use crate::units::duration_in_words;

/// Why there is no answer.
pub(super) struct Refusal {
    pub(super) sentence: String,
    /// Whether it may be otherwise a moment later.
    pub(super) may_pass: bool,
}

/// An answer in words.
pub(super) fn answered(status: StatusCode) -> String {
    let said = match status.canonical_reason() {
        Some(reason) => format!("it answered {} {reason}", status.as_u16()),
        None => format!("it answered {}", status.as_u16()),
    };
    let remedy = match status {
        _ if status.is_success() => "",
        _ if status.is_redirection() => {
            "; redirects are not followed, so write the URL that it leads to"
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; look at the webhook's headers, which hold its secret"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "; look at the webhook's URL",
        _ => "",
    };
    said + remedy
}

/// A failure in words.
pub(super) fn refused(webhook: &Webhook, timeout: Duration, error: Error) -> Refusal {
    let server = webhook.server();
    let passing = |sentence| Refusal {
        sentence,
        may_pass: true,
    };
    match error {
        Error::Timeout(_) => passing(format!(
            "{server} gave no whole answer within {}",
            duration_in_words(timeout)
        )),
        Error::HostNotFound => passing(format!(
            "the host of {server} is not known: look at its name and at this machine's network"
        )),
        Error::Io(error) => input_output(&server, &error),
        Error::ConnectionFailed => passing(format!("no connection to {server} came about")),
        Error::Protocol(error) => passing(format!("{server} answered what is no HTTP: {error}")),
        other => match untrusted(&other) {
            Some(reason) => not_trusted(&server, &reason),
            None => Refusal {
                sentence: format!("{server} could not be told: {other}"),
                may_pass: false,
            },
        },
    }
}

fn input_output(server: &str, error: &io::Error) -> Refusal {
    #[cfg(target_os = "linux")]
    if let Some(inner) = error.get_ref()
        && let Some(reason) = inner.downcast_ref::<Error>().and_then(untrusted)
    {
        return not_trusted(server, &reason);
    }
    let text = error.to_string();
    // rustls tells it through the stream that it could not use.
    if error.kind() == ErrorKind::InvalidData && text.contains("certificate") {
        return not_trusted(server, &text);
    }
    let sentence = match error.kind() {
        ErrorKind::ConnectionRefused => {
            format!("{server} refused the connection: look whether it runs and at its port")
        }
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => {
            format!("{server} closed the connection without an answer")
        }
        _ => format!("{server} could not be reached: {text}"),
    };
    Refusal {
        sentence,
        may_pass: true,
    }
}

/// What TLS says against a server.
#[cfg(target_os = "linux")]
fn untrusted(error: &Error) -> Option<String> {
    match error {
        Error::Rustls(error) => Some(error.to_string()),
        Error::Tls(reason) => Some((*reason).to_owned()),
        _ => None,
    }
}

/// What TLS says against a server.
#[cfg(not(target_os = "linux"))]
fn untrusted(error: &Error) -> Option<String> {
    match error {
        Error::NativeTls(error) => Some(error.to_string()),
        Error::Tls(reason) => Some((*reason).to_owned()),
        _ => None,
    }
}

fn not_trusted(server: &str, reason: &str) -> Refusal {
    let named = if cfg!(target_os = "linux") {
        ", or name a file of such authorities in SSL_CERT_FILE"
    } else {
        ""
    };
    Refusal {
        sentence: format!(
            "{server} is not trusted: {reason}; add the authority that signed its certificate to \
             those that this system trusts{named}"
        ),
        may_pass: false,
    }
}
