//! Other programs: running them within bounds.
//!
//! - No program is run through a shell, and none gets more time or room for its
//!   output than it was given.
//! - What it says is read to the end or thrown away, so that it never waits for
//!   us with a full pipe.
//! - A program that takes too long is ended with all that it started; one that
//!   ended is not waited for longer because a process that it left behind holds
//!   its output open.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

mod condition;
#[cfg(all(test, unix))]
mod condition_tests;
mod kept;
mod program;
mod reading;
mod run;
mod start;
#[cfg(all(test, unix))]
mod tests;

/// What a service manager says to this process alone (sd_notify(3)): a program
/// that is started must not speak for it.
pub const OF_THE_SERVICE: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

pub use condition::{Answer, Asked, CommandCondition, CommandTrouble, Facts, KnownFacts};
pub use kept::Output;
pub use program::{CannotRun, Program};
pub(super) use reading::Reading;
pub use run::{End, Outcome, run_program, run_program_until};
pub(super) use start::Started;
