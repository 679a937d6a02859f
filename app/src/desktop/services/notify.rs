//! Notifications on the desktop. One that fails is no loss, since the window
//! tells the same; that they fail is told once.
//!
//! On Windows a notification stands under the application's id (its AUMID),
//! which the installer registers with a shortcut in the Start menu; without it
//! Windows shows nothing.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Wake;
use crate::model::Stage;

/// Notifications that wait for a slow desktop; more are left out.
const WAITING_MAX: usize = 4;

/// A notification.
struct Text {
    title: String,
    text: String,
    stage: Stage,
}

/// The thread that notifies; it ends with this value.
pub(crate) struct Notifier {
    texts: Sender<Text>,
    failures: Receiver<String>,
}

impl Notifier {
    /// Starts the thread.
    pub(crate) fn start(wake: Wake) -> Self {
        let (texts, waiting) = bounded::<Text>(WAITING_MAX);
        let (fail, failures) = bounded(1);
        // Without the thread there is no notification, as on a system that shows none.
        let _ = std::thread::Builder::new()
            .name("notify".into())
            .spawn(move || {
                let mut failed = false;
                // The notification that tells of the freeze of now.
                let mut of_freeze = None;
                for text in waiting {
                    let replaced = of_freeze.filter(|_| text.stage == Stage::Next);
                    match show(&text, replaced) {
                        Ok(number) if text.stage != Stage::Alone => of_freeze = number,
                        Ok(_) => {}
                        Err(why) => {
                            if !std::mem::replace(&mut failed, true) {
                                let _ = fail.send(why);
                                wake();
                            }
                        }
                    }
                }
            });
        Self { texts, failures }
    }

    /// Tells something on the desktop. The next of a freeze takes the place of what
    /// was told of it before, where the desktop can do that; nothing is told twice.
    pub(crate) fn notify(&self, title: &str, text: &str, stage: Stage) {
        if stage == Stage::Again {
            return;
        }
        let _ = self.texts.try_send(Text {
            title: title.to_owned(),
            text: text.to_owned(),
            stage,
        });
    }

    /// Why notifications fail here: once, when the first did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failures.try_recv().ok()
    }
}

/// Through the desktop's own service, in the place of this notification. Inside:
/// its number, by which it can be replaced.
#[cfg(target_os = "linux")]
fn show(text: &Text, replaced: Option<u32>) -> Result<Option<u32>, String> {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Crashcap")
        .summary(&text.title)
        .body(&text.text)
        .icon("crashcap")
        .hint(notify_rust::Hint::DesktopEntry("crashcap".into()));
    if let Some(number) = replaced {
        notification.id(number);
    }
    let shown = notification.show().map_err(|error| error.to_string())?;
    Ok(Some(shown.id()))
}

#[cfg(windows)]
fn show(text: &Text, _replaced: Option<u32>) -> Result<Option<u32>, String> {
    let mut notification = notify_rust::Notification::new();
    notification
        .appname("Crashcap")
        .summary(&text.title)
        .body(&text.text)
        .app_id(APP_ID);
    match notification.show() {
        Ok(_) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The AUMID that the installer registers.
#[cfg(windows)]
const APP_ID: &str = "Crashcap.Desktop";

/// Through the system's script, which needs no signed bundle.
#[cfg(target_os = "macos")]
fn show(text: &Text, _replaced: Option<u32>) -> Result<Option<u32>, String> {
    const SCRIPT: &str =
        "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
    let shown = std::process::Command::new("osascript")
        .args(["-e", SCRIPT, &text.title, &text.text])
        .output();
    match shown {
        Ok(shown) if shown.status.success() => Ok(None),
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

    /// Remembers what was said; each notification gets a number, or keeps the one
    /// that it replaces.
    struct Desktop(Sender<(String, String, u32)>, u32);

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    #[expect(
        clippy::too_many_arguments,
        reason = "the desktop's interface has them"
    )]
    impl Desktop {
        fn notify(
            &mut self,
            _application: String,
            replaces: u32,
            _icon: String,
            summary: String,
            body: String,
            _actions: Vec<String>,
            _hints: HashMap<String, OwnedValue>,
            _expires: i32,
        ) -> u32 {
            self.0.send((summary, body, replaces)).unwrap();
            self.1 += 1;
            match replaces {
                0 => self.1,
                replaced => replaced,
            }
        }
    }

    #[test]
    fn what_was_saved_takes_the_place_of_that_it_freezes() {
        let name = "services::notify::tests::what_was_saved_takes_the_place_of_that_it_freezes";
        if !in_session(name) {
            return;
        }
        let (heard, hears) = bounded(4);
        let desktop = Builder::session().unwrap();
        let desktop = desktop.name("org.freedesktop.Notifications").unwrap();
        let desktop = desktop.serve_at("/org/freedesktop/Notifications", Desktop(heard, 6));
        let _desktop = desktop.unwrap().build().unwrap();
        let notifier = Notifier::start(Arc::new(|| {}));
        for (text, stage, replaces) in [
            ("it died. Freezing.", Stage::First, 0),
            ("of an action", Stage::Alone, 0),
            ("Saved a.", Stage::Next, 7),
            ("it died again. Freezing.", Stage::First, 0),
            ("Not saved.", Stage::Next, 10),
            ("Saved b.", Stage::Next, 10),
        ] {
            notifier.notify("Crashcap", text, Stage::Again);
            notifier.notify("Crashcap", text, stage);
            let heard = hears.recv_timeout(LONG).unwrap();
            assert_eq!(heard, ("Crashcap".into(), text.into(), replaces));
        }
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
        notifier.notify("one", "", Stage::Alone);
        notifier.notify("two", "", Stage::Alone);
        wakes.recv_timeout(LONG).unwrap();
        assert!(notifier.failure().is_some());
        drop(notifier.texts);
        // The thread has ended, after the second.
        assert!(notifier.failures.recv_timeout(LONG).is_err());
    }
}
