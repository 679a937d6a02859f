//! Linux: sd_notify(3) and sd_watchdog_enabled(3).

use std::env;
use std::io;
use std::time::Duration;

use sd_notify::NotifyState;

use super::Message;

/// The service manager that started this process.
#[derive(Debug)]
pub(super) struct Manager {
    watchdog: Option<Duration>,
}

impl Manager {
    /// `None` where nobody listens.
    pub(super) fn find() -> Option<Self> {
        env::var_os("NOTIFY_SOCKET")?;
        let watchdog = sd_notify::watchdog_enabled();
        Some(Self {
            watchdog: watchdog.filter(|silence| !silence.is_zero()),
        })
    }

    /// After how long a silence it ends this process, if it does.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Tells it.
    ///
    /// # Errors
    /// Nobody listens there.
    pub(super) fn tell(&self, message: Message<'_>) -> io::Result<()> {
        match message {
            Message::Records(words) => {
                sd_notify::notify(&[NotifyState::Ready, NotifyState::Status(words)])
            }
            Message::Stands(words) => sd_notify::notify(&[NotifyState::Status(words)]),
            Message::Lives => sd_notify::notify(&[NotifyState::Watchdog]),
            Message::Ends => sd_notify::notify(&[NotifyState::Stopping]),
        }
    }
}
