//! Small files that are always whole.
//!
//! - A file is written under a hidden name, flushed and renamed: a power cut
//!   leaves the old one or the new one.
//! - One that is damaged is set aside under a name that no other file has.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crashcap_core::units::Timestamp;

/// A file that is longer was not written by this program.
const BYTES_MAX: u64 = 1 << 20;
/// Damaged files of one second that are kept apart.
const ASIDE_MAX: u32 = 100;

/// Reads a table; `None` where there is no file. One that is damaged is set
/// aside.
///
/// # Errors
/// A sentence that names the file, and where it lies now.
pub(super) fn read_table(path: &Path, at: Timestamp) -> Result<Option<toml::Table>, String> {
    let damage = match read(path) {
        Ok(text) => match text.parse() {
            Ok(table) => return Ok(Some(table)),
            Err(error) => toml::de::Error::message(&error).to_owned(),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => error.to_string(),
        // It may be whole: it stays where it is.
        Err(error) => {
            return Err(format!(
                "read {}: {error}; defaults are used",
                path.display()
            ));
        }
    };
    let whereto = match set_aside(path, at) {
        Ok(aside) => format!("it was set aside as {}", aside.display()),
        Err(error) => format!("it could not be set aside: {error}"),
    };
    Err(format!(
        "{} is damaged ({damage}); {whereto}, and defaults are used",
        path.display()
    ))
}

/// # Errors
/// What the system says; [`ErrorKind::InvalidData`] for what is no text of ours.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    if read as u64 > BYTES_MAX {
        let long = format!("it is longer than {BYTES_MAX} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, long));
    }
    Ok(text)
}

/// `settings.toml` becomes `settings.damaged-20261123T051233Z.toml`.
fn set_aside(path: &Path, at: Timestamp) -> io::Result<PathBuf> {
    let at = at.to_jiff().strftime("%Y%m%dT%H%M%SZ");
    for number in 1..=ASIDE_MAX {
        let again = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let aside = path.with_extension(format!("damaged-{at}{again}.toml"));
        if aside.symlink_metadata().is_err() {
            return fs::rename(path, &aside).map(|()| aside);
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Writes a file of the user's under a hidden name, flushes it and gives it its
/// name. Folders on the way are made; where a link leads to a file, that file
/// is written.
///
/// # Errors
/// What the system says; the file is as it was then.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // One that is not there yet is what it is called.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = folder.join(format!(".{name}.{}", std::process::id()));
    let written = write_new(&hidden, bytes).and_then(|()| fs::rename(&hidden, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&hidden);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a program of the same number left when it was killed.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_set_aside_each_time_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        let at = Timestamp(1_795_410_753_000_000_000);
        for (content, aside) in [
            (
                b"theme = [[[".as_slice(),
                "settings.damaged-20261123T051233Z.toml",
            ),
            (b"\xff\xfe", "settings.damaged-20261123T051233Z-2.toml"),
        ] {
            fs::write(&path, content).unwrap();
            let notice = read_table(&path, at).unwrap_err();
            assert!(notice.contains(&format!("{aside},")), "{notice}");
            assert_eq!(fs::read(folder.path().join(aside)).unwrap(), content);
            assert_eq!(read_table(&path, at), Ok(None));
        }
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recent.toml");
        File::create(&path).unwrap().set_len(8 << 30).unwrap();
        let notice = read_table(&path, Timestamp(0)).unwrap_err();
        assert!(notice.contains("longer than 1048576 bytes"), "{notice}");
    }

    #[test]
    fn a_failed_writing_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        // A folder of that name cannot be replaced by a file.
        fs::create_dir_all(path.join("in it")).unwrap();
        write_whole(&path, b"x").unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::remove_dir_all(&path).unwrap();
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let [link, kept] = ["settings.toml", "kept.toml"].map(|name| folder.path().join(name));
        write_whole(&kept, b"one").unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        write_whole(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&kept).unwrap(), b"two");
    }
}
