//! Notifications on the desktop. One that fails is no loss, since the window
//! tells the same; that they fail is told once.
//!
//! On Windows a notification stands under the application's id (its AUMID),
//! which the installer registers with a shortcut in the Start menu; without it
//! Windows shows nothing.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Wake;

/// Notifications that wait for a slow desktop; more are left out.
const WAITING_MAX: usize = 4;

/// The thread that notifies; it ends with this value.
pub(crate) struct Notifier {
    texts: Sender<(String, String)>,
    failures: Receiver<String>,
}

impl Notifier {
    /// Starts the thread.
    pub(crate) fn start(wake: Wake) -> Self {
        let (texts, waiting) = bounded::<(String, String)>(WAITING_MAX);
        let (fail, failures) = bounded(1);
        // Without the thread there is no notification, as on a system that shows none.
        let _ = std::thread::Builder::new()
            .name("notify".into())
            .spawn(move || {
                let mut failed = false;
                for (title, text) in waiting {
                    let shown = show(&title, &text);
                    if let Err(why) = shown
                        && !std::mem::replace(&mut failed, true)
                    {
                        let _ = fail.send(why);
                        wake();
                    }
                }
            });
        Self { texts, failures }
    }

    /// Tells something on the desktop.
    pub(crate) fn notify(&self, title: &str, text: &str) {
        let _ = self.texts.try_send((title.to_owned(), text.to_owned()));
    }

    /// Why notifications fail here: once, when the first did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failures.try_recv().ok()
    }
}

/// Through the desktop's own service.
#[cfg(not(target_os = "macos"))]
fn show(title: &str, text: &str) -> Result<(), String> {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Crashcap").summary(title).body(text);
    #[cfg(windows)]
    notification.app_id(APP_ID);
    #[cfg(target_os = "linux")]
    notification
        .icon("crashcap")
        .hint(notify_rust::Hint::DesktopEntry("crashcap".into()));
    match notification.show() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// The AUMID that the installer registers.
#[cfg(windows)]
const APP_ID: &str = "Crashcap.Desktop";

/// Through the system's script, which needs no signed bundle.
#[cfg(target_os = "macos")]
fn show(title: &str, text: &str) -> Result<(), String> {
    const SCRIPT: &str =
        "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
    let shown = std::process::Command::new("osascript")
        .args(["-e", SCRIPT, title, text])
        .output();
    match shown {
        Ok(shown) if shown.status.success() => Ok(()),
        Ok(shown) => Err(String::from_utf8_lossy(&shown.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::services::bus::session::in_session;
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::time::Duration;
    use zbus::blocking::connection::Builder;
    use zbus::zvariant::OwnedValue;

    const LONG: Duration = Duration::from_secs(20);

    struct Desktop(Sender<(String, String, String)>);

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    #[expect(
        clippy::too_many_arguments,
        reason = "the desktop's interface has them"
    )]
    impl Desktop {
        fn notify(
            &self,
            application: String,
            _replaces: u32,
            _icon: String,
            summary: String,
            body: String,
            _actions: Vec<String>,
            _hints: HashMap<String, OwnedValue>,
            _expires: i32,
        ) -> u32 {
            self.0.send((application, summary, body)).unwrap();
            1
        }
    }

    #[test]
    fn a_text_reaches_the_desktop() {
        if !in_session("services::notify::tests::a_text_reaches_the_desktop") {
            return;
        }
        let (heard, hears) = bounded(4);
        let desktop = Builder::session().unwrap();
        let desktop = desktop.name("org.freedesktop.Notifications").unwrap();
        let desktop = desktop.serve_at("/org/freedesktop/Notifications", Desktop(heard));
        let _desktop = desktop.unwrap().build().unwrap();
        let notifier = Notifier::start(Arc::new(|| {}));
        notifier.notify("router_runner crashed", "Saved as x.pcapng");
        let expected = ["Crashcap", "router_runner crashed", "Saved as x.pcapng"];
        let (application, summary, body) = hears.recv_timeout(LONG).unwrap();
        assert_eq!([application, summary, body], expected);
        assert_eq!(notifier.failure(), None);
    }

    #[test]
    fn that_nothing_is_shown_is_told_once() {
        if !in_session("services::notify::tests::that_nothing_is_shown_is_told_once") {
            return;
        }
        let (woken, wakes) = bounded(4);
        let notifier = Notifier::start(Arc::new(move || {
            let _ = woken.try_send(());
        }));
        notifier.notify("one", "");
        notifier.notify("two", "");
        wakes.recv_timeout(LONG).unwrap();
        assert!(notifier.failure().is_some());
        drop(notifier.texts);
        // The thread has ended, after the second.
        assert!(notifier.failures.recv_timeout(LONG).is_err());
    }
}
