//! What a user chooses of triggers.

use crate::watch::ExitStatus;

/// A trigger beside `manual`, which is always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerChoice {
    /// Any end of a target process.
    Exit,
    /// An end that counts as a crash.
    Crash(CrashSet),
    /// A new process matches after the old one ended.
    Restart,
}

/// Which end counts where several processes match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FireWhen {
    /// The end of any of them.
    #[default]
    Any,
    /// The end of the last of them.
    All,
}

/// Which ends are not crashes. All others are, unknown ones too (and it is said).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashSet {
    /// Exit statuses that are no crash: 0 by default.
    pub clean_codes: Vec<i32>,
    /// Signals that are no crash: HUP, INT and TERM by default.
    pub clean_signals: Vec<i32>,
}

impl Default for CrashSet {
    fn default() -> Self {
        // SIGHUP, SIGINT and SIGTERM have these numbers on every Unix.
        Self {
            clean_codes: vec![0],
            clean_signals: vec![1, 2, 15],
        }
    }
}

impl CrashSet {
    /// Whether an end is a crash.
    #[must_use]
    pub fn counts(&self, status: &ExitStatus) -> bool {
        match status {
            ExitStatus::Code { code } => !self.clean_codes.contains(code),
            ExitStatus::Signal { number, .. } => !self.clean_signals.contains(number),
            ExitStatus::Exception { .. } | ExitStatus::Unknown { .. } => true,
        }
    }
}
