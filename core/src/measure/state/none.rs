//! A system that knows neither.

use super::StuckIn;
use crate::clock::Monotonic;
use crate::watch::ProcessIdentity;

/// Nothing can be made of this.
pub(super) enum Looker {}

impl Looker {
    /// # Errors
    /// Always: why not.
    pub(super) fn new(stuck_in: StuckIn) -> Result<Self, &'static str> {
        Err(match stuck_in {
            StuckIn::UninterruptibleSleep => "this system has no uninterruptible sleep to look at",
            StuckIn::Stopped => "this system does not tell whether a process is suspended",
        })
    }

    pub(super) fn look(&mut self, _targets: &[ProcessIdentity], _at: Monotonic) -> Option<String> {
        match *self {}
    }
}
