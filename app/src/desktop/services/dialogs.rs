//! The system's dialogs for files, each on a thread of its own. Where there are
//! none the answer says so, and the window asks for a path itself.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded};
use rfd::FileDialog;

use super::Wake;
use crate::model::Purpose;

/// What came of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This was chosen.
    Chosen(PathBuf),
    /// Nothing was chosen.
    Dismissed,
    /// This machine shows no dialogs.
    NotAvailable,
}

/// What is suggested.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suggestion {
    /// A folder.
    pub(crate) folder: Option<PathBuf>,
    /// A file's name.
    pub(crate) name: Option<String>,
}

/// The dialogs that are open.
pub(crate) struct Dialogs {
    answers: Receiver<(Purpose, Answer)>,
    answer: Sender<(Purpose, Answer)>,
    wake: Wake,
    open: bool,
}

impl Dialogs {
    pub(crate) fn new(wake: Wake) -> Self {
        let (answer, answers) = bounded(4);
        Self {
            answers,
            answer,
            wake,
            open: false,
        }
    }

    /// Opens a dialog, unless one is open.
    pub(crate) fn ask(&mut self, purpose: Purpose, suggestion: Suggestion) {
        if std::mem::replace(&mut self.open, true) {
            return;
        }
        let (answer, wake) = (self.answer.clone(), self.wake.clone());
        let asked = std::thread::Builder::new()
            .name("dialog".into())
            .spawn(move || {
                let _ = answer.send((purpose, show(purpose, suggestion)));
                wake();
            });
        if asked.is_err() {
            let _ = self.answer.try_send((purpose, Answer::NotAvailable));
        }
    }

    /// What came of one, if something did.
    pub(crate) fn take(&mut self) -> Option<(Purpose, Answer)> {
        let answer = self.answers.try_recv().ok()?;
        self.open = false;
        Some(answer)
    }
}

fn show(purpose: Purpose, suggestion: Suggestion) -> Answer {
    if !available() {
        return Answer::NotAvailable;
    }
    let mut dialog = FileDialog::new().set_title(purpose.words().0);
    if let Some(folder) = suggestion.folder.filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if let Some(name) = suggestion.name {
        dialog = dialog.set_file_name(name);
    }
    let chosen = match purpose {
        Purpose::OpenFile => dialog
            .add_filter("Captures", &["pcapng", "pcap"])
            .pick_file(),
        Purpose::OpenProfile => dialog.add_filter("Profiles", &["toml"]).pick_file(),
        Purpose::FindWireshark => dialog.pick_file(),
        Purpose::SaveAs => dialog
            .add_filter("pcapng", &["pcapng"])
            .add_filter("pcap", &["pcap"])
            .save_file(),
        Purpose::SaveProfile => dialog.add_filter("Profiles", &["toml"]).save_file(),
        Purpose::SaveElsewhere | Purpose::ChooseFolder => dialog.pick_folder(),
        // Names are asked for in the window.
        Purpose::Rename => return Answer::NotAvailable,
    };
    chosen.map_or(Answer::Dismissed, Answer::Chosen)
}

/// On Linux a dialog is a portal's, on the session bus, or zenity's. Without
/// either rfd answers as if nothing had been chosen, so it is looked for first.
#[cfg(target_os = "linux")]
fn available() -> bool {
    use std::env::{split_paths, var_os};
    use std::path::Path;

    const PORTAL: &str = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let bus = var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists());
    let data = var_os("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let portal = split_paths(&data).any(|folder| folder.join(PORTAL).exists());
    let path = var_os("PATH").unwrap_or_default();
    let zenity = split_paths(&path).any(|folder| folder.join("zenity").is_file());
    (bus && portal) || zenity
}

#[cfg(not(target_os = "linux"))]
fn available() -> bool {
    true
}
