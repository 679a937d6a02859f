//! Files: opened, copied, renamed, deleted, shown elsewhere; profiles.

use std::fs;
use std::path::{Path, PathBuf};

use crashcap_core::link::ToRecorder;
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder;
use crashcap_core::units::ByteCount;
use egui::Context;

use crate::command::Command;
use crate::model::{
    Banner, Change, Incidents, Model, OpenFile, Overlay, Purpose, Screen, Setting, TargetKind, Tone,
};
use crate::outside::Outside;
use crate::services::dialogs::{Answer, Suggestion};
use crate::services::files::{self, Job};
use crate::services::incidents::{Read, WasRead};
use crate::services::store::write_whole;

/// Has the incidents folder read again.
pub(super) fn list(model: &mut Model, outside: &Outside) {
    let folder = PathBuf::from(model.set_up.folder.trim());
    if let Some(reader) = &outside.reader {
        reader.read(Read::Folder(folder));
    }
}

/// Has the folder read again where something in it is new.
pub(crate) fn list_if_changed(model: &Model, outside: &Outside) {
    let folder = PathBuf::from(model.set_up.folder.trim());
    if let Some(reader) = &outside.reader {
        reader.read(Read::FolderAgain(folder));
    }
}

/// What a recorder saved whose window was killed is told when the folder was read.
fn tell_left_behind(model: &mut Model) {
    let Some(since) = model.incidents.unfinished.take() else {
        return;
    };
    let rows = model.incidents.rows.as_deref().unwrap_or_default();
    let saved = rows.iter().find(|row| row.stopped && row.at >= since);
    if let Some(path) = saved.map(|row| row.path.clone()) {
        let name = crate::model::file_name(&path);
        let sentence = format!(
            "The window ended in the midst of a recording. What its ring held is saved as {name}."
        );
        model.tell_of_file(sentence, path);
    }
}

/// Opens a capture file.
pub(crate) fn open(model: &mut Model, outside: &Outside, path: &Path) {
    close(&mut model.incidents);
    // The page tells the same.
    let told = |banner: &Banner| banner.file.as_deref() == Some(path);
    model.banners.retain(|banner| !told(banner));
    let open = OpenFile {
        path: path.to_owned(),
        size: ByteCount(fs::metadata(path).map_or(0, |found| found.len())),
        control: Default::default(),
        page: None,
        zoom: None,
    };
    let control = open.control.clone();
    model.screen = Screen::Incidents;
    model.incidents.open = Some(open);
    if let Some(reader) = &outside.reader {
        reader.read(Read::File(path.to_owned(), control));
    }
}

/// Writes the open file's page and the list anew.
pub(super) fn read_again(model: &mut Model, outside: &Outside) {
    list(model, outside);
    let (Some(open), Some(reader)) = (&model.incidents.open, &outside.reader) else {
        return;
    };
    reader.read(Read::File(open.path.clone(), open.control.clone()));
}

/// Closes the open file; reading it ends.
pub(super) fn close(incidents: &mut Incidents) {
    if let Some(open) = incidents.open.take() {
        open.control.call_off();
        incidents.chosen = Some(open.path);
    }
}

/// Takes in what was read and what dialogs answered.
pub(crate) fn take_in(model: &mut Model, outside: &mut Outside) {
    while let Some(read) = outside.reader.as_ref().and_then(|reader| reader.take()) {
        match read {
            WasRead::Folder(Ok(rows)) => {
                model.incidents.rows = Some(rows);
                model.incidents.unlisted = None;
                tell_left_behind(model);
            }
            WasRead::Folder(Err(why)) => model.incidents.unlisted = Some(why),
            WasRead::File(path, page) => {
                let open = model.incidents.open.as_mut();
                if let Some(open) = open.filter(|open| open.path == path) {
                    open.page = Some(page);
                }
            }
        }
    }
    while let Some((job, done)) = outside.work.take() {
        match (job, done) {
            (_, Ok(told)) => {
                if let Some(told) = told {
                    model.tell(Tone::Frozen, told, &[]);
                }
            }
            (Job::Copy { .. }, Err(sentence)) => {
                model.tell(Tone::Danger, sentence, &[Command::SaveAs]);
            }
            (Job::Reveal(_), Err(sentence)) => {
                model.tell(Tone::Warning, sentence, &[Command::CopyPath]);
            }
        }
    }
    while let Some((purpose, answer)) = outside.dialogs.take() {
        match answer {
            Answer::Chosen(path) => {
                if let Err(sentence) = chosen(model, outside, purpose, &path) {
                    model.tell(Tone::Danger, sentence, &[]);
                }
            }
            Answer::Dismissed => {}
            // The settings have a field for it.
            Answer::NotAvailable if of_settings(model, purpose) => {
                let sentence = "This system offers no dialog: type the folder into its field.";
                model.tell(Tone::Plain, sentence, &[]);
            }
            Answer::NotAvailable => ask_here(model, outside, purpose),
        }
    }
}

/// Whether the usual folder is asked for, and not that of the next recording.
fn of_settings(model: &Model, purpose: Purpose) -> bool {
    purpose == Purpose::ChooseFolder && model.overlay == Some(Overlay::Settings)
}

/// Asks for a path: the system's dialog, or a field where there is none.
pub(super) fn ask(model: &mut Model, outside: &mut Outside, purpose: Purpose) {
    if let Purpose::Rename | Purpose::NameProfile | Purpose::SaveFilter = purpose {
        ask_here(model, outside, purpose);
        return;
    }
    let folder = suggested_folder(model, outside, purpose);
    let current = model.incidents.current();
    let suggestion = Suggestion {
        name: suggested_name(model, &folder, purpose),
        only_classic: current.is_some_and(|path| files::is_classic(path)),
        folder: Some(folder),
    };
    outside.dialogs.ask(purpose, suggestion);
}

fn suggested_folder(model: &Model, outside: &Outside, purpose: Purpose) -> PathBuf {
    match (purpose, &outside.store) {
        (Purpose::OpenProfile | Purpose::SaveProfile, Some(store)) => {
            store.profiles().folder().to_owned()
        }
        (Purpose::SaveAs, _) => {
            let usual = outside.recent.folder_for_copies();
            usual.unwrap_or_else(|| PathBuf::from(model.set_up.folder.trim()))
        }
        _ => PathBuf::from(model.set_up.folder.trim()),
    }
}

fn suggested_name(model: &Model, folder: &Path, purpose: Purpose) -> Option<String> {
    let name = |path: &PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
    match purpose {
        Purpose::Rename => name(model.incidents.current()?),
        // A copy is never written over anything: what is suggested is free.
        Purpose::SaveAs => Some(files::free_name(folder, &name(model.incidents.current()?)?)),
        Purpose::SaveProfile => Some("profile.toml".into()),
        _ => None,
    }
}

fn ask_here(model: &mut Model, outside: &Outside, purpose: Purpose) {
    let folder = suggested_folder(model, outside, purpose);
    let name = suggested_name(model, &folder, purpose).unwrap_or_default();
    let text = match purpose {
        Purpose::ChooseFolder => model.set_up.folder.trim().to_owned(),
        Purpose::SaveAs | Purpose::SaveProfile => folder.join(name).display().to_string(),
        _ => name,
    };
    model.overlay = Some(Overlay::Ask {
        purpose,
        text,
        refusal: None,
    });
}

/// OK was pressed in the overlay.
pub(super) fn answered(model: &mut Model, outside: &mut Outside) {
    match model.overlay.take() {
        Some(Overlay::Ask { purpose, text, .. }) => {
            let path = PathBuf::from(text.trim());
            if let Err(refusal) = chosen(model, outside, purpose, &path) {
                model.overlay = Some(Overlay::Ask {
                    purpose,
                    text,
                    refusal: Some(refusal),
                });
            }
        }
        Some(Overlay::DeleteQuestion) => delete(model, outside),
        Some(Overlay::RemoveProfile(name)) => super::kept::remove_profile(model, outside, &name),
        _ => {}
    }
}

/// Does what a path or a name was asked for.
fn chosen(
    model: &mut Model,
    outside: &mut Outside,
    purpose: Purpose,
    path: &Path,
) -> Result<(), String> {
    if path.as_os_str().is_empty() {
        return Err("Type a path, or Cancel.".into());
    }
    match purpose {
        Purpose::OpenFile => open(model, outside, path),
        Purpose::SaveAs => {
            let from = model.incidents.current().cloned();
            let from = from.ok_or("Open an incident first.")?;
            let to = files::copy_target(&from, path)?;
            outside.recent.copied_to(&to);
            if let Err(sentence) = outside.keep_recent() {
                model.tell(Tone::Warning, sentence, &[]);
            }
            outside.work.begin(Job::Copy { from, to });
        }
        Purpose::SaveElsewhere => {
            let folder = std::path::absolute(path).map_err(|error| error.to_string())?;
            let command = recorder::Command::SaveTo { folder };
            let child = outside.recorder.as_ref();
            let child = child.ok_or("The recorder has ended; nothing waits to be saved.")?;
            child
                .send(ToRecorder::Command { command })
                .map_err(|error| error.to_string())?;
        }
        Purpose::ChooseFolder if of_settings(model, purpose) => {
            let folder = path.display().to_string();
            model.apply(&Change::Setting(Setting::Folder(folder)));
        }
        Purpose::ChooseFolder => {
            model.set_up.folder = path.display().to_string();
            model.incidents.rows = None;
        }
        Purpose::SaveProfile => save_profile(model, outside, path)?,
        Purpose::OpenProfile => open_profile(model, outside, path)?,
        Purpose::NameProfile => super::kept::name_profile(model, outside, &path.to_string_lossy())?,
        Purpose::SaveFilter => super::kept::save_filter(model, outside, &path.to_string_lossy())?,
        Purpose::FindWireshark => model.settings.wireshark = path.display().to_string(),
        Purpose::Rename => {
            let from = model.incidents.current().cloned();
            let from = from.ok_or("Choose an incident first.")?;
            let to = files::rename(&from, &path.to_string_lossy())?;
            if let Some(open) = &mut model.incidents.open {
                open.path.clone_from(&to);
            }
            model.incidents.chosen = Some(to);
            list(model, outside);
        }
    }
    Ok(())
}

fn save_profile(model: &mut Model, outside: &mut Outside, path: &Path) -> Result<(), String> {
    let text = model.set_up.to_be_kept()?.to_toml();
    write_whole(path, text.as_bytes())
        .map_err(|error| format!("write the profile {}: {error}", path.display()))?;
    model.set_up.profile = Some(path.to_owned());
    outside.recent.used_profile(path);
    super::kept::list_profiles(model, outside);
    outside.keep_recent()?;
    let told = format!("Saved the profile {}.", path.display());
    model.tell(Tone::Plain, told, &[]);
    Ok(())
}

pub(super) fn open_profile(
    model: &mut Model,
    outside: &mut Outside,
    path: &Path,
) -> Result<(), String> {
    let failed = |why: String| format!("read the profile {}: {why}", path.display());
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let raw = RawProfile::from_toml(&text).map_err(|error| failed(error.to_string()))?;
    raw.check().map_err(|error| failed(error.to_string()))?;
    plays_no_file(&raw).map_err(failed)?;
    model.take_profile(&raw);
    model.set_up.profile = Some(path.to_owned());
    model.screen = Screen::SetUp;
    outside.recent.used_profile(path);
    super::kept::list_profiles(model, outside);
    outside.keep_recent()
}

/// The window records what goes by now; taken without its file, a profile would
/// record something else than it says.
fn plays_no_file(raw: &RawProfile) -> Result<(), String> {
    let Some(file) = &raw.capture.file else {
        return Ok(());
    };
    Err(format!(
        "it plays the capture file {}, and the window records interfaces: open the file itself",
        file.display()
    ))
}

/// Sets up what the open incident was recorded with.
pub(super) fn record_again(model: &mut Model) {
    let open = model.incidents.open.as_ref();
    let page = open.and_then(|open| open.page.as_ref()?.as_ref().ok());
    let profile = page.and_then(|page| page.profile.clone());
    let process = page.and_then(|page| page.process.clone());
    let Some(raw) = profile.and_then(|text| RawProfile::from_toml(&text).ok()) else {
        let sentence = "This file does not say what it was recorded with.";
        model.tell(Tone::Warning, sentence, &[]);
        return;
    };
    if let Err(why) = plays_no_file(&raw) {
        let sentence = format!("This is not recorded again: {why}.");
        model.tell(Tone::Warning, sentence, &[]);
        return;
    }
    model.take_profile(&raw);
    model.set_up.profile = None;
    model.screen = Screen::SetUp;
    // A process that has ended is not recorded again; one of its name may be. Nor
    // is a command launched because a file says so.
    let by_pid = matches!(
        model.set_up.target,
        TargetKind::Process | TargetKind::Nothing
    );
    if let Some(name) = process.filter(|_| by_pid) {
        model.set_up.pid_name = name;
        if model.set_up.pid.is_none() || !model.set_up.process_lives(&model.machine) {
            model.set_up.by_name();
        }
    }
}

fn delete(model: &mut Model, outside: &Outside) {
    let Some(path) = model.incidents.current().cloned() else {
        return;
    };
    close(&mut model.incidents);
    match files::delete(&path) {
        Ok(()) => model.incidents.chosen = None,
        Err(sentence) => model.tell(Tone::Danger, sentence, &[]),
    }
    list(model, outside);
}

/// Shows the current file somewhere else.
pub(super) fn elsewhere(model: &mut Model, outside: &Outside, command: Command, context: &Context) {
    let Some(path) = model.incidents.current().cloned() else {
        let sentence = "Choose an incident first.";
        model.tell(Tone::Plain, sentence, &[Command::ShowIncidents]);
        return;
    };
    match command {
        Command::OpenInWireshark => {
            let opened = files::open_in_wireshark(&path, &model.settings.wireshark);
            if let Err(sentence) = opened {
                model.tell(Tone::Warning, sentence, &[Command::FindWireshark]);
            }
        }
        Command::ShowInFolder => outside.work.begin(Job::Reveal(path)),
        _ => context.copy_text(path.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_plays_a_file_is_refused_in_words() {
        let raw = RawProfile::from_toml("[capture]\nfile = \"/a.pcap\"").unwrap();
        let why = plays_no_file(&raw).unwrap_err();
        assert!(why.contains("plays the capture file /a.pcap"), "{why}");
        assert_eq!(plays_no_file(&RawProfile::default()), Ok(()));
    }
}
