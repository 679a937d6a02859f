//! Notifications that an action asks for: the window shows them, for a recorder
//! may be another user and has no desktop.

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::action::Notifier;

/// Notifications that wait for the window.
const WAITING_MAX: usize = 16;

/// One notification.
pub(super) struct Notice {
    pub(super) title: String,
    pub(super) text: String,
}

/// Passes them on.
pub(super) struct ToWindow(Sender<Notice>);

/// The way for notifications to the window.
pub(super) fn to_window() -> (ToWindow, Receiver<Notice>) {
    let (sender, notices) = bounded(WAITING_MAX);
    (ToWindow(sender), notices)
}

impl Notifier for ToWindow {
    fn notify(&self, title: &str, text: &str) -> Result<String, String> {
        let notice = Notice {
            title: title.to_owned(),
            text: text.to_owned(),
        };
        match self.0.try_send(notice) {
            Ok(()) => Ok("handed to the window, which shows it".to_owned()),
            Err(_) => Err("the window does not listen".to_owned()),
        }
    }
}
