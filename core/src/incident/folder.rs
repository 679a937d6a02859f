//! The incidents folder: where it is, whether it can take what is to come, and
//! what the files in it are called.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::place::PlaceError;
use super::{Facts, FrozenBy, words, writer};
use crate::trigger::{CrashSet, TriggerKind};
use crate::units::ByteCount;
use crate::watch::ExitStatus;

/// Characters of a subject in a file's name.
const SUBJECT_CHARS_MAX: usize = 64;
/// Bytes of it: names of files end at 255 bytes on most systems.
const SUBJECT_BYTES_MAX: usize = 150;
/// What a file is called whose subject has no character that may stand in a name.
const NO_SUBJECT: &str = "incident";

/// Where incidents go unless the user says otherwise: `crashcap/incidents`
/// in the place that the system has for a user's data. `None` without a home.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    let place = ProjectDirs::from("", "", "crashcap")?;
    Some(place.data_local_dir().join("incidents"))
}

/// Makes sure that a folder is there: makes it, for its owner alone, where
/// only it is missing; makes all of the path where it is the default one.
///
/// # Errors
/// Its parent is missing, it is something else, or making it is refused.
pub fn ensure(folder: &Path) -> Result<(), PlaceError> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => {
            return Err(PlaceError::NotAFolder {
                path: folder.to_owned(),
            });
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            if let Some(path) = file_in_the_way(folder) {
                return Err(PlaceError::NotAFolder { path });
            }
        }
        Err(error) => return Err(refused("look at", folder, ByteCount(0), error)),
    }
    let mut builder = DirBuilder::new();
    builder.recursive(default_folder().is_some_and(|default| default == folder));
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        // Somebody else made it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        other => other.map_err(|error| refused("create", folder, ByteCount(0), error)),
    }
}

/// The part of a path that is there and no folder. Systems differ in what they
/// say of such a path.
fn file_in_the_way(folder: &Path) -> Option<PathBuf> {
    let there = folder
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok())?;
    (!there.is_dir()).then(|| there.to_owned())
}

/// Checks that a folder could take `needed` bytes now, by writing there: makes
/// it where only it is missing, creates a hidden file and removes it.
///
/// # Errors
/// What would keep an incident from being saved there.
pub fn check(folder: &Path, needed: ByteCount) -> Result<(), PlaceError> {
    ensure(folder)?;
    writer::try_writing(folder).map_err(|error| refused("write into", folder, needed, error))?;
    match writer::room(folder) {
        Ok(free) if free < needed => Err(PlaceError::Full {
            folder: folder.to_owned(),
            needed,
            free: Some(free),
        }),
        // A file system that does not tell its room is not full for that.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Bytes that this user may still write into a folder.
///
/// # Errors
/// The folder is missing, or the system does not tell.
pub fn room(folder: &Path) -> Result<ByteCount, PlaceError> {
    writer::room(folder)
        .map_err(|error| refused("ask for the room in", folder, ByteCount(0), error))
}

fn refused(
    doing: &'static str,
    folder: &Path,
    needed: ByteCount,
    error: std::io::Error,
) -> PlaceError {
    PlaceError::from_io(doing, folder, folder, needed, error, writer::room)
}

/// The name of an incident's file without extension: subject, kind and moment
/// in UTC, as in `router_runner_crash_20261123T051233Z`.
#[must_use]
pub fn file_stem(facts: &Facts) -> String {
    let at = words::moment(&facts.frozen_by).to_jiff();
    format!(
        "{}_{}_{}",
        sanitised(&facts.subject),
        kind(&facts.frozen_by),
        at.strftime("%Y%m%dT%H%M%SZ")
    )
}

/// Whether an end that any end would have fired on was a crash: the file is
/// named by what happened. An unknown end is not called one here.
fn is_crash(status: Option<&ExitStatus>) -> bool {
    status.is_some_and(|status| {
        !matches!(status, ExitStatus::Unknown { .. }) && CrashSet::default().counts(status)
    })
}

fn kind(frozen_by: &FrozenBy) -> &'static str {
    match frozen_by {
        FrozenBy::Firing(firing) => match firing.kind {
            TriggerKind::Exit if is_crash(firing.status.as_ref()) => "crash",
            kind => kind.word(),
        },
        FrozenBy::Snapshot { .. } => "snapshot",
        FrozenBy::Stopped { .. } => "stopped",
        FrozenBy::Rehearsal { .. } => "rehearsal",
    }
}

/// A subject as it may stand at the start of a file's name on every system:
/// letters and digits of any script, `-`, `_` and `.`; anything else becomes `_`.
fn sanitised(subject: &str) -> String {
    let mut out = String::new();
    for character in subject.chars().take(SUBJECT_CHARS_MAX) {
        let fits = character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
        let character = if fits { character } else { '_' };
        if out.len() + character.len_utf8() > SUBJECT_BYTES_MAX {
            break;
        }
        out.push(character);
    }
    // A leading dot hides a file; a leading dash looks like an option.
    let out = out.trim_start_matches(['.', '-']);
    if out.chars().any(char::is_alphanumeric) {
        out.to_owned()
    } else {
        NO_SUBJECT.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn subjects_become_names() {
        for (subject, name) in [
            ("router_runner", "router_runner"),
            ("../../etc/passwd", "_.._etc_passwd"),
            (".hidden", "hidden"),
            ("-rf", "rf"),
            ("Überwachung 東京", "Überwachung_東京"),
            ("C:\\Program Files\\web.exe", "C__Program_Files_web.exe"),
            ("", NO_SUBJECT),
            ("///", NO_SUBJECT),
            ("..", NO_SUBJECT),
        ] {
            assert_eq!(sanitised(subject), name);
        }
    }

    proptest! {
        #[test]
        fn no_subject_leaves_its_folder_or_gets_too_long(subject in "\\PC{0,200}") {
            let name = sanitised(&subject);
            prop_assert!(name.len() <= SUBJECT_BYTES_MAX && !name.is_empty());
            prop_assert!(name.chars().count() <= SUBJECT_CHARS_MAX);
            prop_assert!(!name.starts_with(['.', '-']));
            prop_assert_eq!(Path::new(&name).components().count(), 1);
        }
    }
}
