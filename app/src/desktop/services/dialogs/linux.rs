//! Linux: a dialog is the portal's on the session bus, or zenity's.
//!
//! - rfd asks the portal, then runs zenity, and answers `None` when neither could
//!   as it does when nothing was chosen. So both are looked for first, and an
//!   answer that no person could have given that fast is none.
//! - rfd waits for ever when the portal dies under a dialog: whether it lives is
//!   looked at meanwhile.
//! - The wait for the portal's start is bounded, the wait for the user is not.

use std::path::PathBuf;
use std::time::Duration;

use crashcap_core::clock;
use crossbeam_channel::{RecvTimeoutError, bounded};
use zbus::blocking::Connection;

use super::Answer;
use crate::services::bus::{self, PORTAL, PORTAL_PATH};

/// A dialog is not even drawn before.
const DISMISSED_MIN: Duration = Duration::from_millis(300);
/// How often it is looked whether the portal lives while a dialog is open.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// What shows dialogs here.
enum Shower {
    /// The portal, as this owner of its name.
    Portal {
        bus: Connection,
        owner: String,
    },
    Zenity,
}

/// Shows one.
pub(super) fn show(dialog: impl FnOnce() -> Option<PathBuf> + Send + 'static) -> Answer {
    let Some(shower) = find() else {
        return Answer::NotAvailable;
    };
    let asked = clock::now().monotonic;
    let (chosen, choice) = bounded(1);
    let shown = std::thread::Builder::new()
        .name("dialog shown".into())
        .spawn(move || {
            let _ = chosen.send(dialog());
        });
    if shown.is_err() {
        return Answer::NotAvailable;
    }
    loop {
        match choice.recv_timeout(LOOK_INTERVAL) {
            Ok(Some(path)) => return Answer::Chosen(path),
            Ok(None) if clock::now().monotonic.since(asked) < DISMISSED_MIN => {
                return Answer::NotAvailable;
            }
            Ok(None) => return Answer::Dismissed,
            Err(RecvTimeoutError::Timeout) if shower.lives() => {}
            // Its thread waits for ever, or has failed.
            Err(_) => return Answer::NotAvailable,
        }
    }
}

impl Shower {
    fn lives(&self) -> bool {
        match self {
            Self::Portal { bus, owner } => bus::owner(bus, PORTAL).as_ref() == Some(owner),
            // rfd sees its end.
            Self::Zenity => true,
        }
    }
}

fn find() -> Option<Shower> {
    if let Some(bus) = bus::connect().filter(|bus| bus::offers(bus, PORTAL)) {
        match chooses_files(&bus) {
            Chooses::Yes => {
                let owner = bus::owner(&bus, PORTAL)?;
                return Some(Shower::Portal { bus, owner });
            }
            // rfd would wait for it too before it tried anything else.
            Chooses::Silent => return None,
            Chooses::No => {}
        }
    }
    on_path("zenity").then_some(Shower::Zenity)
}

enum Chooses {
    Yes,
    /// A portal without a dialog for files.
    No,
    /// It does not start, or hangs.
    Silent,
}

/// Asks the portal for something simple, by which the bus starts it.
fn chooses_files(bus: &Connection) -> Chooses {
    let version = bus.call_method(
        Some(PORTAL),
        PORTAL_PATH,
        Some("org.freedesktop.DBus.Properties"),
        "Get",
        &("org.freedesktop.portal.FileChooser", "version"),
    );
    match version {
        Ok(_) => Chooses::Yes,
        Err(zbus::Error::MethodError(..)) => Chooses::No,
        Err(_) => Chooses::Silent,
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::bus::session::in_session;
    use std::collections::HashMap;
    use zbus::blocking::connection::Builder;
    use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

    const FOREVER: Duration = Duration::from_secs(30);

    /// A portal that answers as told.
    struct Portal {
        /// A file, or never.
        answer: Option<&'static str>,
        asked: crossbeam_channel::Sender<()>,
    }

    #[zbus::interface(name = "org.freedesktop.portal.FileChooser")]
    impl Portal {
        #[zbus(property, name = "version")]
        fn version(&self) -> u32 {
            3
        }

        async fn open_file(
            &self,
            _parent: String,
            _title: String,
            options: HashMap<String, OwnedValue>,
            #[zbus(connection)] bus: &zbus::Connection,
            #[zbus(header)] header: zbus::message::Header<'_>,
        ) -> OwnedObjectPath {
            let token: String = options["handle_token"]
                .try_clone()
                .unwrap()
                .try_into()
                .unwrap();
            let sender = header
                .sender()
                .unwrap()
                .trim_start_matches(':')
                .replace('.', "_");
            let path = format!("{PORTAL_PATH}/request/{sender}/{token}");
            let _ = self.asked.send(());
            if let Some(uri) = self.answer {
                std::thread::spawn({
                    let (bus, path) = (bus.clone().into(), path.clone());
                    move || respond(&bus, &path, uri)
                });
            }
            path.try_into().unwrap()
        }
    }

    /// Again and again: rfd hears only what comes after the answer to its call.
    fn respond(bus: &Connection, path: &str, uri: &str) {
        let interface = "org.freedesktop.portal.Request";
        let to = None::<&str>;
        loop {
            let results = HashMap::from([("uris", Value::from(vec![uri]))]);
            bus.emit_signal(to, path, interface, "Response", &(0_u32, results))
                .unwrap();
            let _ = crossbeam_channel::after(Duration::from_millis(50)).recv();
        }
    }

    /// One that hangs.
    struct Silent;

    #[zbus::interface(name = "org.freedesktop.portal.FileChooser")]
    impl Silent {
        #[zbus(property, name = "version")]
        async fn version(&self) -> u32 {
            std::future::pending().await
        }
    }

    fn portal(answer: Option<&'static str>) -> (Connection, crossbeam_channel::Receiver<()>) {
        let (asked, asks) = bounded(1);
        let portal = Builder::session().unwrap().name(PORTAL).unwrap();
        let portal = portal.serve_at(PORTAL_PATH, Portal { answer, asked });
        (portal.unwrap().build().unwrap(), asks)
    }

    fn pick() -> Option<PathBuf> {
        rfd::FileDialog::new().pick_file()
    }

    #[test]
    fn without_a_portal_the_answer_comes_at_once() {
        if !in_session(
            "services::dialogs::system::tests::without_a_portal_the_answer_comes_at_once",
        ) {
            return;
        }
        if on_path("zenity") {
            eprintln!("skipped: this machine has zenity");
            return;
        }
        let asked = clock::now().monotonic;
        assert_eq!(show(pick), Answer::NotAvailable);
        assert!(clock::now().monotonic.since(asked) < Duration::from_secs(5));
    }

    #[test]
    fn a_portal_is_asked() {
        if !in_session("services::dialogs::system::tests::a_portal_is_asked") {
            return;
        }
        let _portal = portal(Some("file:///tmp/a%20file.pcapng"));
        let chosen = Answer::Chosen("/tmp/a file.pcapng".into());
        assert_eq!(show(pick), chosen);
    }

    #[test]
    fn a_portal_that_dies_under_a_dialog_is_noticed() {
        if !in_session(
            "services::dialogs::system::tests::a_portal_that_dies_under_a_dialog_is_noticed",
        ) {
            return;
        }
        let (portal, asks) = portal(None);
        let (answered, answer) = bounded(1);
        std::thread::spawn(move || answered.send(show(pick)));
        asks.recv_timeout(FOREVER).unwrap();
        portal.close().unwrap();
        assert_eq!(answer.recv_timeout(FOREVER), Ok(Answer::NotAvailable));
    }

    #[test]
    fn a_portal_that_never_answers_is_none() {
        if !in_session("services::dialogs::system::tests::a_portal_that_never_answers_is_none") {
            return;
        }
        let silent = Builder::session().unwrap().name(PORTAL).unwrap();
        let silent = silent.serve_at(PORTAL_PATH, Silent).unwrap();
        let _silent = silent.build().unwrap();
        let asked = clock::now().monotonic;
        assert_eq!(show(pick), Answer::NotAvailable);
        assert!(clock::now().monotonic.since(asked) < FOREVER);
    }
}
