//! Saved files: copied, renamed, deleted, shown elsewhere. An existing file is
//! never written over.

mod copy;
mod name;
mod reveal;
mod wireshark;
mod work;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crashcap_core::incident::{self, PlaceError};
use crashcap_core::units::ByteCount;

pub(crate) use copy::{copy_target, is_classic};
pub(crate) use name::{file_stem, free_name};
pub(crate) use wireshark::open_in_wireshark;
pub(crate) use work::{Job, Work};

/// Gives a file another name in its folder; the extension stays.
///
/// # Errors
/// A sentence: no system takes such a name, or another file has it.
pub(crate) fn rename(path: &Path, name: &str) -> Result<PathBuf, String> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let stem = file_stem(name, &extension)?;
    let to = match &*extension {
        "" => path.with_file_name(stem),
        extension => path.with_file_name(format!("{stem}.{extension}")),
    };
    if to == path {
        return Ok(to);
    }
    rename_new(path, &to).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(&to),
        ErrorKind::NotFound => format!("{} is not there any more", path.display()),
        _ => refused("rename", path, ByteCount(0), error),
    })?;
    Ok(to)
}

/// Deletes a file.
///
/// # Errors
/// A sentence.
pub(crate) fn delete(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        // That is what was wanted.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done.map_err(|error| refused("delete", path, ByteCount(0), error)),
    }
}

/// Renames a file, never over another.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    // A link fails where the name is taken; file systems without links get the
    // plain rename after a look.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            Err(error)
        }
        Err(_) if to.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

fn taken(path: &Path) -> String {
    format!(
        "{} exists already and is not written over: choose another name",
        path.display()
    )
}

/// What the system said of `path`, in the words of the incidents folder.
fn refused(doing: &'static str, path: &Path, needed: ByteCount, error: io::Error) -> String {
    let room = |folder: &Path| incident::room(folder).map_err(io::Error::other);
    PlaceError::from_io(doing, path, folder_of(path), needed, error, room).to_string()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_keeps_the_extension_and_takes_nobody_elses_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one.pcapng"), "one").unwrap();
        fs::write(path("two.pcapng"), "two").unwrap();
        let refused = rename(&path("one.pcapng"), "two").unwrap_err();
        assert!(refused.contains("two.pcapng exists already"), "{refused}");
        assert_eq!(fs::read_to_string(path("two.pcapng")).unwrap(), "two");
        assert_eq!(
            rename(&path("one.pcapng"), "one.pcapng"),
            Ok(path("one.pcapng"))
        );
        let renamed = rename(&path("one.pcapng"), "crash 05:12.pcapng").unwrap();
        assert_eq!(renamed, path("crash 05_12.pcapng"));
        assert_eq!(fs::read_to_string(&renamed).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let gone = rename(&path("one.pcapng"), "three").unwrap_err();
        assert!(gone.contains("not there any more"), "{gone}");
    }

    #[test]
    fn a_file_that_is_gone_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.pcapng");
        fs::write(&path, "one").unwrap();
        assert_eq!(delete(&path), Ok(()));
        assert_eq!(delete(&path), Ok(()));
        let refused = delete(folder.path()).unwrap_err();
        assert!(refused.contains("delete"), "{refused}");
    }
}
