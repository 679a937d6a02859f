//! What the target's processes are doing: stuck, or how many there are.
//!
//! - A process that merely reads from a slow disk is in uninterruptible sleep
//!   again and again, and by chance at every look. It is stuck only when a
//!   thread is still in the very sleep that the look before saw.
//! - Since when, and whether that is too long, is for who asks to say.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[path = "none.rs"]
mod system;

mod count;

pub use count::ProcessCount;

use serde::{Deserialize, Serialize};

use self::system::Looker;
use super::{Probe, Reading, Unmeasured};
use crate::clock::Now;
use crate::watch::ProcessIdentity;

/// What a process can be stuck in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StuckIn {
    /// A system call that no signal ends: `D` in ps. Any thread counts.
    UninterruptibleSleep,
    /// SIGSTOP, a terminal's Ctrl-Z or a debugger: `T` or `t` in ps.
    Stopped,
}

/// Whether a process of the target is stuck: 1 when one is, else 0.
pub struct Stuck {
    what: String,
    looker: Looker,
}

impl Stuck {
    /// A probe; `target` is how the target is called in sentences.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] where this system does not tell.
    pub fn new(stuck_in: StuckIn, target: &str) -> Result<Self, Unmeasured> {
        let what = stuck_of(stuck_in, target);
        let looker = Looker::new(stuck_in).map_err(|reason| Unmeasured::Refused {
            what: what.clone(),
            reason: reason.to_owned(),
            remedy: "use a health check: a TCP connect, an HTTP GET or a command".to_owned(),
        })?;
        Ok(Self { what, looker })
    }
}

/// What is looked at, in words.
pub(in crate::measure) fn stuck_of(stuck_in: StuckIn, target: &str) -> String {
    let how = match stuck_in {
        StuckIn::UninterruptibleSleep => "in uninterruptible sleep",
        StuckIn::Stopped => "stopped",
    };
    format!("whether a process of {target} is {how}")
}

impl Probe for Stuck {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured> {
        if targets.is_empty() {
            return Err(Unmeasured::NoTarget);
        }
        let stuck = self.looker.look(targets, now.monotonic);
        Ok(Reading {
            value: if stuck.is_some() { 1.0 } else { 0.0 },
            note: stuck,
        })
    }
}
