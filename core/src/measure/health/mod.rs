//! A server, or a program that knows, asked again and again whether all is well.
//!
//! Being stopped never waits for an answer.

mod asking;
mod connect;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::time::Duration;

use crossbeam_channel::{Sender, never};
use ureq::http::Uri;

use self::asking::Asking;
use self::connect::Connector;
use super::command::{CannotRun, Facts, Program};
use super::http::agent;
use super::listener::{Listener, Teller, Told, Turns};
use crate::clock::now;
use crate::units::duration_in_words;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// It takes a TCP connection.
    Connect {
        /// "127.0.0.1:9973", "shop.example.org:443".
        address: String,
    },
    /// It answers a GET with a status.
    Get {
        /// http or https.
        uri: Uri,
        /// The status; else any below 400.
        status: Option<u16>,
    },
    /// A program exits with status 0.
    Command(Program),
}

/// How things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// All is well.
    pub well: bool,
    /// What the answer was, or that there was none, as a clause: "GET
    /// http://127.0.0.1:9973/health: it answered 500 after 3 ms".
    pub sentence: String,
}

/// A question asked every so often. It measures how many times in a row there was
/// no good answer: 0 while all is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What is asked.
    pub question: Question,
    /// How often.
    pub every: Duration,
    /// How long an answer may take, as a whole.
    pub timeout: Duration,
}

/// Why a question cannot be asked at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// Not a URL to GET.
    #[error(
        "{url} is no URL that can be asked: {reason}; write one like http://127.0.0.1:9973/health"
    )]
    Url {
        /// What was written.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Not an address.
    #[error("{address} is no address with a port: write one like 127.0.0.1:9973")]
    Address {
        /// What was written.
        address: String,
    },
}

impl Question {
    /// A GET, and the status that is expected.
    ///
    /// # Errors
    /// [`BadQuestion::Url`].
    pub fn get(url: &str, status: Option<u16>) -> Result<Self, BadQuestion> {
        let bad = |reason: String| BadQuestion::Url {
            url: url.to_owned(),
            reason,
        };
        let uri: Uri = url
            .trim()
            .parse()
            .map_err(|error| bad(format!("it cannot be read ({error})")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad("it does not begin with http:// or https://".to_owned()));
        }
        if uri.host().unwrap_or_default().is_empty() {
            return Err(bad("it names no host".to_owned()));
        }
        Ok(Self::Get { uri, status })
    }

    /// A TCP connection. The host is looked up each time.
    ///
    /// # Errors
    /// [`BadQuestion::Address`].
    pub fn connect(address: &str) -> Result<Self, BadQuestion> {
        let address = address.trim();
        let port = address
            .rsplit_once(':')
            .map(|(host, port)| (host, port.parse::<u16>()));
        match port {
            Some((host, Ok(1..))) if !host.is_empty() => Ok(Self::Connect {
                address: address.to_owned(),
            }),
            _ => Err(BadQuestion::Address {
                address: address.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Question {
    /// "GET http://127.0.0.1:9973/health", "connecting to 127.0.0.1:9973", a program's
    /// name; of a URL without what may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { address } => write!(f, "connecting to {address}"),
            Self::Get { uri, .. } => {
                let scheme = uri.scheme_str().unwrap_or_default();
                let authority = uri.authority().map_or("", |authority| authority.as_str());
                let host = authority.rsplit('@').next().unwrap_or_default();
                write!(f, "GET {scheme}://{host}{}", uri.path())
            }
            Self::Command(program) => f.write_str(&program.name()),
        }
    }
}

impl HealthCheck {
    /// Asks once.
    ///
    /// # Errors
    /// A program that cannot be run, which says nothing of anybody's health.
    pub fn ask(&self) -> Result<Answered, CannotRun> {
        let Question::Command(program) = &self.question else {
            return Ok(self.ask_server(&mut Connector::default()));
        };
        let condition = asking::of_program(self, program, Facts::default());
        let answered = asking::of_run(condition.ask_until(&never()))?;
        // Nobody stops it.
        Ok(answered.unwrap_or_else(|| Answered {
            well: false,
            sentence: format!("{} was stopped", self.question),
        }))
    }

    fn ask_server(&self, connector: &mut Connector) -> Answered {
        let begun = now().monotonic;
        let said = match &self.question {
            Question::Connect { address } => connector.connect(address, self.timeout),
            Question::Get { uri, status } => self.get(uri, *status),
            Question::Command(_) => Err("it is no server".to_owned()),
        };
        let took = duration_in_words(now().monotonic.since(begun));
        let well = said.is_ok();
        let (Ok(said) | Err(said)) = said;
        Answered {
            well,
            sentence: format!("{}: {said} after {took}", self.question),
        }
    }

    fn get(&self, uri: &Uri, expected: Option<u16>) -> Result<String, String> {
        let answer = agent(uri, self.timeout).get(uri.clone()).call();
        let mut answer = answer.map_err(|error| match error {
            ureq::Error::Timeout(_) => "no whole answer".to_owned(),
            ureq::Error::Io(error) => in_words(&error),
            other => other.to_string(),
        })?;
        let status = answer.status().as_u16();
        // An answer that stops in its middle is none.
        let mut body = answer.body_mut().as_reader();
        io::copy(&mut body, &mut io::sink()).map_err(|error| {
            format!(
                "it answered {status} and then broke off ({})",
                in_words(&error)
            )
        })?;
        let good = expected.map_or(status < 400, |expected| status == expected);
        let said = format!("it answered {status}");
        if good { Ok(said) } else { Err(said) }
    }

    /// Asks on a thread of its own from now on; its words come as those of `by`, and
    /// a program is told `facts`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn listen(self, by: u16, words: Sender<Told>, facts: Facts) -> io::Result<Listener> {
        let asking = Asking::new(&self, facts)?;
        Listener::start("health", by, words, move |teller| self.run(&asking, teller))
    }

    fn run(&self, asking: &Asking, teller: &mut Teller) {
        let mut turns = Turns::new(self.every, now().monotonic);
        let mut failures = 0_u32;
        while !teller.rests(turns.wait(now().monotonic)) {
            match asking.ask(&teller.stopped().clone()) {
                Ok(Some(Answered { well, sentence })) => {
                    failures = if well { 0 } else { failures.saturating_add(1) };
                    teller.measured(f64::from(failures), Some(sentence));
                }
                Ok(None) => return,
                Err(trouble) => teller.trouble(trouble.to_string()),
            }
            turns.end(now().monotonic);
        }
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nobody listens there (connection refused)".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer".to_owned(),
        io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
        _ => error.to_string(),
    }
}
