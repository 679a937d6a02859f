//! The system's dialogs for files, each on a thread of its own. Where there are
//! none the answer says so, and the window asks for a path itself.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod system;

use std::panic::{AssertUnwindSafe, catch_unwind};
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
    /// What is saved is classic pcap and becomes nothing else.
    pub(crate) only_classic: bool,
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
                // A dialog that fails is none; without an answer none could be opened again.
                let shown = catch_unwind(AssertUnwindSafe(|| show(purpose, suggestion)));
                let _ = answer.send((purpose, shown.unwrap_or(Answer::NotAvailable)));
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
    let only_classic = suggestion.only_classic;
    let mut dialog = FileDialog::new().set_title(purpose.words().0);
    if let Some(folder) = suggestion.folder.filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    if let Some(name) = suggestion.name {
        dialog = dialog.set_file_name(name);
    }
    let captures = |dialog: FileDialog| dialog.add_filter("Captures", &["pcapng", "pcap", "cap"]);
    // The name's extension says which, whatever filter is chosen.
    let copies = move |dialog: FileDialog| match only_classic {
        true => dialog.add_filter("pcap", &["pcap", "cap"]),
        false => dialog
            .add_filter("pcapng: all of it", &["pcapng"])
            .add_filter("pcap: packets only, for older programs", &["pcap"]),
    };
    let profiles = |dialog: FileDialog| dialog.add_filter("Profiles", &["toml"]);
    system::show(move || match purpose {
        Purpose::OpenFile => captures(dialog).pick_file(),
        Purpose::OpenProfile => profiles(dialog).pick_file(),
        Purpose::FindWireshark => dialog.pick_file(),
        Purpose::SaveAs => copies(dialog).save_file(),
        Purpose::SaveProfile => profiles(dialog).save_file(),
        Purpose::SaveElsewhere | Purpose::ChooseFolder => dialog.pick_folder(),
        // Names are asked for in the window.
        Purpose::Rename | Purpose::NameProfile | Purpose::SaveFilter => None,
    })
}
