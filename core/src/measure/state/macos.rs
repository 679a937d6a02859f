//! Stopped processes on macOS: the status that proc_pidinfo tells.

use super::StuckIn;
use crate::clock::Monotonic;
use crate::measure::usage::task_info;
use crate::watch::ProcessIdentity;

/// Looks at processes.
pub(super) struct Looker(());

impl Looker {
    /// # Errors
    /// Why not, in words.
    pub(super) fn new(stuck_in: StuckIn) -> Result<Self, &'static str> {
        match stuck_in {
            StuckIn::Stopped => Ok(Self(())),
            StuckIn::UninterruptibleSleep => {
                Err("macOS does not tell whether it is the same sleep at two looks")
            }
        }
    }

    /// Which one is stopped, in words.
    pub(super) fn look(&mut self, targets: &[ProcessIdentity], _at: Monotonic) -> Option<String> {
        targets
            .iter()
            .find(|target| {
                // The status is told of other users' processes too, where anything is.
                let info = task_info(**target).ok().flatten();
                info.is_some_and(|info| info.pbsd.pbi_status == libc::SSTOP)
            })
            .map(|target| format!("pid {} is stopped", target.pid))
    }
}
