//! What the server answers, and what happens when the JSON reader runs off a body.

use std::fmt::Write as _;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crashcap_tests::lab::fault::Fault;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::json::{self, JsonError, Value};

/// One request, its body already where the JSON reader reads it.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) json: bool,
    pub(super) body: &'a [u8],
}

/// An answer: its status and its body, which is JSON.
pub(super) struct Answer {
    pub(super) status: u16,
    body: String,
}

/// What all connections share.
pub(super) struct Service {
    fault: Fault,
    /// Every request takes it, so that whoever keeps it hangs the server.
    counters: Mutex<Counters>,
    /// From the poisonous request on, see [`Fault::CloseWait`].
    leaks: AtomicBool,
}

#[derive(Clone, Copy, Default)]
struct Counters {
    requests: u64,
    orders: u64,
}

impl Service {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            fault,
            counters: Mutex::new(Counters::default()),
            leaks: AtomicBool::new(false),
        }
    }

    pub(super) fn answer(&self, request: &Request<'_>) -> Answer {
        let counters = {
            let mut counters = self.counters();
            counters.requests += 1;
            *counters
        };
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((request.target, ""));
        match (request.method, path) {
            ("GET", "/health") => Answer::ok(format!(
                r#"{{"status":"up","requests":{},"orders":{}}}"#,
                counters.requests, counters.orders
            )),
            ("GET", "/api/v1/routes") => routes(query),
            ("GET", _) if path.starts_with("/orders/") => order(&path["/orders/".len()..]),
            ("POST", "/api/v1/routes") => self.with_json(request, |value| {
                let stops = value
                    .get("stops")
                    .and_then(Value::items)
                    .map_or(0, <[_]>::len);
                Answer::created(format!(
                    r#"{{"route":{},"stops":{stops}}}"#,
                    counters.requests
                ))
            }),
            ("POST", "/orders/") => self.with_json(request, |value| {
                self.counters().orders += 1;
                let items = value
                    .get("items")
                    .and_then(Value::items)
                    .map_or(0, <[_]>::len);
                Answer::created(format!(
                    r#"{{"order":{},"items":{items}}}"#,
                    counters.orders
                ))
            }),
            ("GET" | "POST", _) => Answer::error(404, "no such path"),
            _ => Answer::error(405, "GET and POST are what there is"),
        }
    }

    fn with_json(&self, request: &Request<'_>, then: impl FnOnce(&Value) -> Answer) -> Answer {
        if !request.json {
            return Answer::error(415, "send application/json");
        }
        match json::parse(request.body, self.fault == Fault::Segv) {
            Ok(value) => then(&value),
            Err(JsonError::RanOff) => self.strike(),
            Err(error) => Answer::error(400, &error.to_string()),
        }
    }

    /// What the fault does where it is not the bad access itself.
    fn strike(&self) -> Answer {
        match self.fault {
            Fault::Segv | Fault::Abort => process::abort(),
            Fault::Exit3 => process::exit(3),
            Fault::Exit0 => process::exit(0),
            Fault::Hang => {
                let _kept = self.counters();
                loop {
                    thread::park();
                }
            }
            Fault::CloseWait => {
                self.leaks.store(true, Ordering::Relaxed);
                Answer::error(400, "the body is blank")
            }
        }
    }

    /// Whether connections are forgotten that their clients have closed.
    pub(super) fn leaks(&self) -> bool {
        self.leaks.load(Ordering::Relaxed)
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        // Counting cannot be left half done.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn ok(body: String) -> Self {
        Self { status: 200, body }
    }

    fn created(body: String) -> Self {
        Self { status: 201, body }
    }

    pub(super) fn error(status: u16, reason: &str) -> Self {
        let reason = reason.replace(['"', '\\'], "'");
        Self {
            status,
            body: format!(r#"{{"error":"{reason}"}}"#),
        }
    }

    /// The answer as HTTP/1.1 (RFC 9112), into `out`, replacing what is there.
    pub(super) fn write(&self, close: bool, out: &mut Vec<u8>) {
        let mut head = String::with_capacity(256 + self.body.len());
        let date = DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&Timestamp::now())
            .unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(
            head,
            "HTTP/1.1 {} {}\r\nServer: router_runner\r\nDate: {date}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n{}",
            self.status,
            reason_phrase(self.status),
            self.body.len(),
            if close { "close" } else { "keep-alive" },
            self.body
        );
        out.clear();
        out.extend_from_slice(head.as_bytes());
    }
}

fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        _ => "Unknown",
    }
}

/// Some routes between two points, more or fewer as `limit` says.
fn routes(query: &str) -> Answer {
    let number = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse::<u32>().ok())
    };
    let (Some(from), Some(to)) = (number("from"), number("to")) else {
        return Answer::error(400, "from and to are needed");
    };
    let mut body = String::from(r#"{"routes":["#);
    for route in 0..number("limit").unwrap_or(3).min(50) {
        let comma = if route > 0 { "," } else { "" };
        let _ = write!(
            body,
            r#"{comma}{{"id":{},"from":{from},"to":{to},"km":{},"toll":{}}}"#,
            from.wrapping_mul(1000).wrapping_add(route),
            from.abs_diff(to).wrapping_mul(7).wrapping_add(route * 3),
            route % 2 == 0
        );
    }
    body.push_str("]}");
    Answer::ok(body)
}

fn order(id: &str) -> Answer {
    match id.parse::<u32>() {
        Ok(id) if id % 10 != 0 => Answer::ok(format!(
            r#"{{"order":{id},"state":"on the road","eta_minutes":{}}}"#,
            id % 240
        )),
        Ok(_) => Answer::error(404, "no such order"),
        Err(_) => Answer::error(400, "an order's id is a number"),
    }
}
