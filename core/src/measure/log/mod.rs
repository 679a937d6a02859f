//! Lines that match a regular expression: of a file, of a unit's journal, of the
//! Windows event log, of what a launched target says.
//!
//! - Memory is bounded whatever is written: of a line the first
//!   [`limits::LOG_LINE_MAX`] bytes are looked at.
//! - A line counts when its end is written, or when nothing can follow.
//! - A log need not be UTF-8.

#[cfg(windows)]
#[path = "event_log_windows.rs"]
mod event_log;
#[cfg(not(windows))]
#[path = "event_log_none.rs"]
mod event_log;
mod export;
mod file;
#[cfg(unix)]
#[path = "identity_unix.rs"]
mod identity;
#[cfg(windows)]
#[path = "identity_windows.rs"]
mod identity;
mod journal;
#[cfg(all(test, target_os = "linux"))]
mod journal_tests;
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
    /// What a target says that was launched for the recording; only who launched it
    /// hears that, see [`listen_to_output`].
    Output(Spoken),
}

/// Which of a launched target's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
    /// Both.
    Both,
}

impl Spoken {
    /// Whether one of the streams is among these.
    #[must_use]
    pub fn includes(self, stream: Self) -> bool {
        self == Self::Both || self == stream
    }
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
            Self::Output(Spoken::Out) => "the target's standard output".into(),
            Self::Output(Spoken::Error) => "the target's standard error".into(),
            Self::Output(Spoken::Both) => "the target's output".into(),
        }
    }

    /// Whose lines they are, after "a line of".
    #[must_use]
    pub fn whose(&self) -> String {
        match self {
            // That it is a log is said by its lines.
            Self::File(path) => path.display().to_string(),
            _ => self.called(),
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
            Self::EventLog { channel } => {
                event_log::check(channel).map_err(|(reason, remedy)| self.refused(reason, remedy))
            }
            // Whoever launches the target listens to it.
            Self::Output(_) => Ok(()),
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
            LogSource::EventLog { channel } => {
                let channel = channel.clone();
                Listener::start("event log", by, words, move |teller| {
                    event_log::follow(&channel, matches, teller);
                })
            }
            LogSource::Output(_) => Err(io::Error::other("only who launched the target hears it")),
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
