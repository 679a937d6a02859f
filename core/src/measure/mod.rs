//! What triggers look at beside packets and processes' ends.
//!
//! - A [`Probe`] is read at intervals and answers with a number: sockets in a
//!   state, memory, threads. One look is bounded in time and never waits for
//!   another program.
//! - A listener (a log, a health check, a command) runs on a thread of its own
//!   and sends [`Happening`]s; dropping it ends the thread.
//! - What a system cannot give is refused when the probe or listener is made, in
//!   a sentence, not while it runs.

mod alarm;
mod choice;
mod command;
mod expression;
mod health;
mod http;
mod listened;
mod listener;
mod log;
mod paced;
mod sockets;
mod state;
mod usage;

pub use alarm::Alarm;
pub use choice::ProbeChoice;
pub use command::{
    Answer, Asked, CannotRun, CommandCondition, CommandTrouble, End, Facts, KnownFacts,
    OF_THE_SERVICE, Outcome, Output, Program, run_program, run_program_until,
};
pub use expression::{BadExpression, Expression};
pub use health::{Answered, BadQuestion, HealthCheck, Question};
pub(crate) use http::agent;
pub use listened::{CommandChoice, ListenerChoice};
pub use listener::{Listener, Told, Word};
pub use log::{LogCondition, LogSource, Spoken, listen_to_output};
pub use paced::{Cost, Paced, pace_together, used_by_this_thread};
pub use sockets::{AcceptQueue, SocketCount, SocketScope, SocketState, SocketStates, UnknownState};
pub use state::{ProcessCount, Stuck, StuckIn};
pub use usage::{Combine, Resource, Usage};

use crate::clock::Now;
use crate::watch::ProcessIdentity;

/// What a look saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The number, in the unit that the probe names.
    pub value: f64,
    /// What else was seen, in words: "11 of them to 192.0.2.7".
    pub note: Option<String>,
}

/// Something that is measured again and again.
pub trait Probe: Send {
    /// What it measures, in words: "TCP sockets in CLOSE_WAIT of router_runner".
    fn what(&self) -> String;

    /// Looks once. `targets` are the target processes alive now.
    ///
    /// # Errors
    /// Nothing can be measured now, and why.
    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured>;
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasured {
    /// There is no target process now.
    #[error("no target process is there now")]
    NoTarget,
    /// A rate needs two looks, and this was the first.
    #[error("{what} is known from the second look on")]
    NotYet {
        /// What is measured.
        what: String,
    },
    /// A program cannot be asked, and what to do.
    #[error("{sentence}")]
    CannotAsk {
        /// In words.
        sentence: String,
    },
    /// This system, or these rights, do not give it.
    #[error("measure {what}: {reason}; {remedy}")]
    Refused {
        /// What was to be measured.
        what: String,
        /// Why not, in the system's words.
        reason: String,
        /// What to do.
        remedy: String,
    },
}

/// Something that happened, told by a listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When it was noticed.
    pub at: Now,
    /// What, as a clause that stands alone: "server.log has a line that matches
    /// panic: thread main panicked".
    pub sentence: String,
}
