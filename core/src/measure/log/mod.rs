//! Lines that match a regular expression: of a file, of a unit's journal, of
//! what a launched target says.
//!
//! - Memory is bounded whatever is written: of a line the first
//!   [`limits::LOG_LINE_MAX`] bytes are looked at.
//! - A line counts when its end is written, or when nothing can follow.
//! - A log need not be UTF-8.

mod file;
#[cfg(unix)]
#[path = "identity_unix.rs"]
mod identity;
#[cfg(windows)]
#[path = "identity_windows.rs"]
mod identity;
mod journal;
mod lines;
mod matches;
mod spoken;
#[cfg(all(test, unix))]
mod tests;

pub use spoken::listen_to_output;

use std::io;
use std::path::PathBuf;

use crossbeam_channel::Sender;

use self::file::{Follower, Look, Sink};
use self::matches::Matches;
use super::Unmeasured;
use super::expression::Expression;
use super::listener::{Listener, Teller, Told};
use crate::limits;

/// A log that somebody else writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// A file; it need not be there yet.
    File(PathBuf),
    /// The systemd journal of a unit.
    Journal {
        /// The unit: "nginx.service", or "nginx".
        unit: String,
    },
    /// The Windows event log.
    EventLog {
        /// The channel: "Application".
        channel: String,
    },
}

/// Lines of a log that match.
#[derive(Clone, Debug, PartialEq)]
pub struct LogCondition {
    /// The log.
    pub source: LogSource,
    /// What they match.
    pub expression: Expression,
}

impl LogSource {
    /// How sentences call it.
    #[must_use]
    pub fn called(&self) -> String {
        match self {
            Self::File(path) => format!("the log {}", path.display()),
            Self::Journal { unit } => format!("the journal of {unit}"),
            Self::EventLog { channel } => format!("the event log {channel}"),
        }
    }

    /// Looks whether it can be read, before a recording.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] with the reason and what to do. A file that is
    /// not there yet is none.
    pub fn check(&self) -> Result<(), Unmeasured> {
        match self {
            Self::File(path) => Follower::new(path).map(drop).map_err(|error| {
                self.refused(
                    error.to_string(),
                    "allow this user to read it, or name another file",
                )
            }),
            Self::Journal { unit } => {
                journal::check(unit).map_err(|(reason, remedy)| self.refused(reason, remedy))
            }
            Self::EventLog { .. } => Err(self.refused(
                match cfg!(windows) {
                    true => "this version does not follow the event log",
                    false => "only Windows has one",
                }
                .to_owned(),
                "watch a log file, or ask with a command",
            )),
        }
    }

    fn refused(&self, reason: String, remedy: &str) -> Unmeasured {
        Unmeasured::Refused {
            what: format!("lines of {}", self.called()),
            reason,
            remedy: remedy.to_owned(),
        }
    }
}

impl LogCondition {
    /// Listens on a thread of its own. What is written after this returns
    /// counts (for a journal, after journalctl runs); words come as those of `by`.
    ///
    /// # Errors
    /// It cannot be read, as [`LogSource::check`] tells, or there is no thread.
    pub fn listen(self, by: u16, words: Sender<Told>) -> Result<Listener, Unmeasured> {
        let Self { source, expression } = self;
        let matches = Matches::new(source.called(), expression);
        let listener = match &source {
            LogSource::File(path) => Follower::new(path).and_then(|follower| {
                let called = source.called();
                Listener::start("log", by, words, move |teller| {
                    follow(follower, &called, matches, teller);
                })
            }),
            LogSource::Journal { unit } => {
                let unit = unit.clone();
                Listener::start("journal", by, words, move |teller| {
                    journal::follow(&unit, matches, teller);
                })
            }
            LogSource::EventLog { .. } => {
                source.check()?;
                Err(io::ErrorKind::Unsupported.into())
            }
        };
        listener.map_err(|error| source.refused(error.to_string(), "look whether it can be read"))
    }
}

struct Heard<'a> {
    matches: &'a mut Matches,
    teller: &'a mut Teller,
}

impl Sink for Heard<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.matches.push(bytes, self.teller);
    }

    fn ends(&mut self) {
        self.matches.finish(self.teller);
    }
}

fn follow(mut follower: Follower, called: &str, mut matches: Matches, teller: &mut Teller) {
    let mut behind = 0_u32;
    while !teller.rests(limits::LOG_INTERVAL) {
        let look = follower.look(&mut Heard {
            matches: &mut matches,
            teller,
        });
        behind = match look {
            Ok(Look::More) => behind.saturating_add(1),
            _ => 0,
        };
        match look {
            Ok(Look::More) if behind < limits::LOG_BEHIND_LOOKS => teller.recovered(),
            Ok(Look::More) => teller.trouble(format!(
                "{called} grows faster than it is read here: its lines are told late"
            )),
            Ok(Look::Done) => teller.recovered(),
            Ok(Look::Missing) => {
                teller.trouble(format!("{called} is not there; it is looked for again"));
            }
            Err(error) => teller.trouble(format!(
                "{called} cannot be read: {error}; allow this user to read it"
            )),
        }
    }
}
