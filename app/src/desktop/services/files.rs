//! Saved files: copied, renamed, deleted, shown elsewhere. An existing file is
//! never written over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Copies a file under a hidden name, flushes it, and gives it its name.
///
/// # Errors
/// A sentence: what was being done, why it failed, what to do.
pub(crate) fn copy_new(from: &Path, to: &Path) -> Result<(), String> {
    if to.symlink_metadata().is_ok() {
        return Err(format!(
            "{} exists already; choose another name",
            to.display()
        ));
    }
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = to
        .file_name()
        .ok_or("write a path that ends in a file name")?;
    let hidden = folder.join(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ));
    let copied = copy_flushed(from, &hidden).and_then(|()| rename_new(&hidden, to));
    copied.map_err(|error| {
        let _ = fs::remove_file(&hidden);
        format!(
            "save a copy as {}: {error}; {}",
            to.display(),
            remedy(&error)
        )
    })
}

fn copy_flushed(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create_new(true).open(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room or choose another folder",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write into"
        }
        ErrorKind::NotFound => "choose a folder that is there",
        ErrorKind::AlreadyExists => "choose another name",
        _ => "choose another place",
    }
}

/// Renames a file, never over another.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    // A link fails where the name is taken; file systems without links get the
    // plain rename after a look.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if to.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Gives a file another name in its folder; the extension stays.
///
/// # Errors
/// A sentence.
pub(crate) fn rename(path: &Path, name: &str) -> Result<PathBuf, String> {
    let name = name.trim();
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
        return Err("A name has no folders and does not begin with a dot.".into());
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(&format!(".{extension}")).unwrap_or(name);
    let to = path.with_file_name(format!("{stem}.{extension}"));
    rename_new(path, &to)
        .map_err(|error| format!("name it {}: {error}; {}", to.display(), remedy(&error)))?;
    Ok(to)
}

/// Deletes a file.
///
/// # Errors
/// A sentence.
pub(crate) fn delete(path: &Path) -> Result<(), String> {
    fs::remove_file(path).map_err(|error| format!("delete {}: {error}", path.display()))
}

/// Shows a file in the file manager.
///
/// # Errors
/// A sentence.
pub(crate) fn reveal(path: &Path) -> Result<(), String> {
    opener::reveal(path)
        .map_err(|error| format!("show {}: {error}; copy its path instead", path.display()))
}

/// Where Wireshark is installed as a rule, beside the search path.
const WIRESHARKS: [&str; 3] = [
    "/Applications/Wireshark.app/Contents/MacOS/Wireshark",
    r"C:\Program Files\Wireshark\Wireshark.exe",
    "/usr/bin/wireshark",
];

/// Opens a file in Wireshark; `told` is where the user said that it is.
///
/// # Errors
/// A sentence: it was not found, or does not start.
pub(crate) fn open_in_wireshark(path: &Path, told: &str) -> Result<(), String> {
    let program = if told.trim().is_empty() {
        find_wireshark().ok_or("Wireshark was not found on this computer. Tell where it is.")?
    } else {
        PathBuf::from(told.trim())
    };
    let started = Command::new(&program)
        .arg("-r")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Nobody else waits for it; a zombie would stay.
            let _ = std::thread::Builder::new()
                .name("wireshark".into())
                .spawn(move || child.wait());
            Ok(())
        }
        Err(error) => Err(format!(
            "start {}: {error}; tell where it is",
            program.display()
        )),
    }
}

fn find_wireshark() -> Option<PathBuf> {
    let name = format!("wireshark{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&path).map(|folder| folder.join(&name));
    on_path.find(|program| program.is_file()).or_else(|| {
        let mut usual = WIRESHARKS.iter().map(PathBuf::from);
        usual.find(|program| program.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one.pcapng"), "one").unwrap();
        fs::write(path("two.pcapng"), "two").unwrap();
        let refused = copy_new(&path("one.pcapng"), &path("two.pcapng")).unwrap_err();
        assert!(refused.contains("exists already"), "{refused}");
        let refused = rename(&path("one.pcapng"), "two").unwrap_err();
        assert!(refused.contains("another name"), "{refused}");
        assert_eq!(fs::read_to_string(path("two.pcapng")).unwrap(), "two");
        copy_new(&path("one.pcapng"), &path("three.pcapng")).unwrap();
        let renamed = rename(&path("three.pcapng"), "four.pcapng").unwrap();
        assert_eq!(renamed, path("four.pcapng"));
        assert_eq!(fs::read_to_string(&renamed).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        delete(&renamed).unwrap();
        assert!(delete(&renamed).is_err());
        let refused = copy_new(&path("one.pcapng"), &path("no/such/copy.pcapng")).unwrap_err();
        assert!(refused.contains("folder that is there"), "{refused}");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", " ", "../up", "a/b", ".hidden", "a\\b"] {
            assert!(
                rename(Path::new("/nowhere/x.pcapng"), name).is_err(),
                "{name:?}"
            );
        }
    }
}
