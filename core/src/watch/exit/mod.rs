//! How ends of processes are noticed: one file per system behind one trait,
//! and a fallback that looks again and again.

mod poll;
#[cfg(unix)]
mod wait;

#[cfg(target_os = "linux")]
mod connector;
#[cfg(target_os = "linux")]
mod pidfd;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
#[path = "none.rs"]
mod system;

use std::sync::Arc;
use std::time::Duration;

use super::{ExitMethod, ProcessIdentity, WatchEvent};

/// Why a process is not watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AddError {
    /// It has ended, or another has its number.
    Gone,
    /// The system refuses this way of watching it, in its words.
    Refused(String),
}

/// Wakes a thread that waits in [`EndSource::wait`].
pub(super) trait Wake: Send + Sync {
    /// Wakes it now or, when it is not waiting, at its next wait.
    fn wake(&self);
}

/// One way of noticing ends.
pub(super) trait EndSource: Send {
    /// Its name for the user.
    fn method(&self) -> ExitMethod;

    /// Watches a process from now on.
    ///
    /// # Errors
    /// [`AddError::Gone`] when it is not the one that runs under this PID now.
    fn add(&mut self, process: ProcessIdentity) -> Result<(), AddError>;

    /// Waits until something is noticed, it is woken or the time is over, and
    /// appends what was noticed. How many are left is not counted here: it is 0.
    fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>);

    /// What wakes it.
    fn waker(&self) -> Arc<dyn Wake>;
}

/// The system's own way where it works, the fallback for what that refuses.
pub(super) struct Ends {
    native: Option<Box<dyn EndSource>>,
    polling: poll::Polling,
    told_refusal: bool,
    degraded: Vec<String>,
}

impl Ends {
    /// The best way there is.
    pub(super) fn new() -> Self {
        match system::open() {
            Ok(native) => Self::with(Some(native), Vec::new()),
            Err(reason) => Self::with(None, vec![by_polling(&reason)]),
        }
    }

    /// Polling alone.
    #[cfg(all(test, unix))]
    pub(super) fn polling() -> Self {
        Self::with(None, Vec::new())
    }

    fn with(native: Option<Box<dyn EndSource>>, degraded: Vec<String>) -> Self {
        Self {
            native,
            polling: poll::Polling::new(),
            told_refusal: !degraded.is_empty(),
            degraded,
        }
    }

    /// Watches a process from now on; how.
    ///
    /// # Errors
    /// [`AddError::Gone`] when it is not the one that runs under this PID now.
    pub(super) fn add(&mut self, process: ProcessIdentity) -> Result<ExitMethod, AddError> {
        if let Some(native) = &mut self.native {
            match native.add(process) {
                Ok(()) => return Ok(native.method()),
                Err(AddError::Gone) => return Err(AddError::Gone),
                Err(AddError::Refused(reason)) if !self.told_refusal => {
                    self.told_refusal = true;
                    self.degraded.push(by_polling(&reason));
                }
                Err(AddError::Refused(_)) => {}
            }
        }
        self.polling.add(process)?;
        Ok(self.polling.method())
    }

    /// As [`EndSource::wait`], for all of them.
    pub(super) fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>) {
        if !self.degraded.is_empty() {
            let told = self.degraded.drain(..);
            noticed.extend(told.map(|sentence| WatchEvent::Degraded { sentence }));
            return;
        }
        match &mut self.native {
            None => self.polling.wait(timeout, noticed),
            Some(native) => {
                let until_look = self.polling.until_look().unwrap_or(timeout);
                native.wait(timeout.min(until_look), noticed);
                self.polling.look_if_due(noticed);
            }
        }
    }

    /// What wakes a thread in [`Ends::wait`].
    pub(super) fn waker(&self) -> Arc<dyn Wake> {
        self.native
            .as_ref()
            .map_or_else(|| self.polling.waker(), |native| native.waker())
    }
}

fn by_polling(reason: &str) -> String {
    format!(
        "ends are looked for every {} instead of being told by the system: {reason}",
        crate::units::duration_in_words(crate::limits::EXIT_POLL_INTERVAL)
    )
}
