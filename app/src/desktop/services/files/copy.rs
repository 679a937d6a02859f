//! Copies of saved files.
//!
//! - A copy appears under its name only when it is complete and flushed.
//! - One that is to be of the original's format is the original, byte for byte.
//! - Whoever may read the original decides nothing: a copy is its owner's alone.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crashcap_core::incident::copy_as_classic;
use crashcap_core::units::{ByteCount, PacketCount};

use super::{folder_of, refused, rename_new, taken};

/// The block type that every pcapng file begins with.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Where a copy of `from` goes when this was typed: with the extension of what
/// it is where none was typed. Its extension says of what format it is to be.
///
/// # Errors
/// A sentence: the name is taken, or the file cannot become what it says.
pub(crate) fn copy_target(from: &Path, typed: &Path) -> Result<PathBuf, String> {
    if typed.file_name().is_none() || typed.is_dir() {
        return Err(format!(
            "{} is a folder: write a file's name after it",
            typed.display()
        ));
    }
    let to =
        std::path::absolute(typed).map_err(|error| refused("find", typed, ByteCount(0), error))?;
    let is = format_of(from)?;
    let to = match to.extension().and_then(OsStr::to_str) {
        Some("pcapng") if is == "pcap" => {
            return Err(format!(
                "{} is classic pcap and is copied as it is: end the name in .pcap",
                from.display()
            ));
        }
        Some("pcap" | "cap" | "pcapng") => to,
        _ => {
            let mut name = to.into_os_string();
            name.push(".");
            name.push(is);
            name.into()
        }
    };
    if to.symlink_metadata().is_ok() {
        return Err(taken(&to));
    }
    Ok(to)
}

/// Whether a file is classic pcap, which is copied as nothing else.
pub(crate) fn is_classic(path: &Path) -> bool {
    format_of(path) == Ok("pcap")
}

fn format_of(path: &Path) -> Result<&'static str, String> {
    let mut first = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    match read {
        Ok(()) if first == PCAPNG => Ok("pcapng"),
        Ok(()) => Ok("pcap"),
        // Shorter than any header: it is copied for what its name says.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok("pcap"),
        Err(error) => Err(format!("read {}: {error}", path.display())),
    }
}

/// Copies a file to where [`copy_target`] says: pcapng becomes classic pcap where
/// the name ends so. Inside: what was saved.
///
/// # Errors
/// A sentence: what was being done, why it failed, what to do.
pub(super) fn copy(from: &Path, to: &Path) -> Result<String, String> {
    let classic = matches!(to.extension().and_then(OsStr::to_str), Some("pcap" | "cap"));
    if !classic || format_of(from)? == "pcap" {
        copy_new(from, to)?;
        return Ok(format!("Saved a copy as {}.", to.display()));
    }
    let copied = copy_as_classic(from, to).map_err(|error| error.to_string())?;
    let paths: Vec<String> = copied
        .paths
        .iter()
        .map(|one| one.display().to_string())
        .collect();
    let mut told = match paths.as_slice() {
        [one] => format!("Saved a copy as {one}."),
        several => format!(
            "Saved a copy as {}: classic pcap takes a file for each link type.",
            several.join(" and ")
        ),
    };
    if copied.left_out != PacketCount(0) {
        told += &format!(
            " {} packets are in none: the file does not say of what link type they are.",
            copied.left_out
        );
    }
    if let Some(broken) = &copied.broken {
        told += &format!(" What could be read was copied: {broken}.");
    }
    Ok(told)
}

/// Copies a file under a hidden name, flushes it, and gives it its name.
///
/// # Errors
/// A sentence: what was being done, why it failed, what to do.
pub(super) fn copy_new(from: &Path, to: &Path) -> Result<(), String> {
    let unread = |error: io::Error| format!("read {}: {error}", from.display());
    let mut source = File::open(from).map_err(unread)?;
    let needed = ByteCount(source.metadata().map_err(unread)?.len());
    let hidden = folder_of(to).join(format!(".crashcap-copy.{}", std::process::id()));
    // What a program of the same number left when it was killed.
    let _ = fs::remove_file(&hidden);
    let copied = copy_flushed(&mut source, &hidden).and_then(|()| rename_new(&hidden, to));
    copied.map_err(|error| {
        let _ = fs::remove_file(&hidden);
        match error.kind() {
            ErrorKind::AlreadyExists => taken(to),
            _ => refused("write", to, needed, error),
        }
    })?;
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder_of(to)) {
        // The name is flushed too, where the file system can do that.
        let _ = folder.sync_all();
    }
    Ok(())
}

fn copy_flushed(source: &mut File, to: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to)?;
    io::copy(source, &mut target)?;
    target.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = &[0x0a, 0x0d, 0x0d, 0x0a, 1, 2, 3];

    #[test]
    fn a_copy_is_whole_and_takes_nobody_elses_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one.pcapng"), BODY).unwrap();
        fs::write(path("two.pcapng"), "two").unwrap();
        let refused = copy_target(&path("one.pcapng"), &path("two")).unwrap_err();
        assert!(refused.contains("two.pcapng exists already"), "{refused}");
        // Somebody else took the name in between.
        let refused = copy_new(&path("one.pcapng"), &path("two.pcapng")).unwrap_err();
        assert!(refused.contains("two.pcapng exists already"), "{refused}");
        let to = copy_target(&path("one.pcapng"), &path("v1.2")).unwrap();
        assert_eq!(to, path("v1.2.pcapng"));
        copy_new(&path("one.pcapng"), &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), BODY);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_name_says_what_the_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one.pcapng"), BODY).unwrap();
        fs::write(path("old.pcap"), [0xd4, 0xc3, 0xb2, 0xa1, 2, 0]).unwrap();
        let to = copy_target(&path("one.pcapng"), &path("copy.pcap"));
        assert_eq!(to, Ok(path("copy.pcap")));
        let refused = copy_target(&path("old.pcap"), &path("copy.pcapng")).unwrap_err();
        assert!(refused.contains("end the name in .pcap"), "{refused}");
        let to = copy_target(&path("old.pcap"), &path("copy"));
        assert_eq!(to, Ok(path("copy.pcap")));
        let refused = copy_target(&path("one.pcapng"), folder.path()).unwrap_err();
        assert!(refused.contains("is a folder"), "{refused}");
    }

    #[test]
    fn pcapng_becomes_classic_where_the_name_ends_so() {
        use crashcap_core::pcapng::{SectionHeader, write_section_header};

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut bytes = Vec::new();
        write_section_header(&mut bytes, &SectionHeader::default());
        fs::write(path("one.pcapng"), &bytes).unwrap();
        let told = copy(&path("one.pcapng"), &path("two.pcapng")).unwrap();
        assert!(told.ends_with("two.pcapng."), "{told}");
        assert_eq!(fs::read(path("two.pcapng")).unwrap(), bytes);
        let told = copy(&path("one.pcapng"), &path("one.pcap")).unwrap();
        assert!(told.ends_with("one.pcap."), "{told}");
        assert_eq!(format_of(&path("one.pcap")), Ok("pcap"));
        let refused = copy(&path("one.pcapng"), &path("one.pcap")).unwrap_err();
        assert!(refused.contains("one.pcap exists already"), "{refused}");
        // What is classic already is copied as it is.
        copy(&path("one.pcap"), &path("two.cap")).unwrap();
        let [one, two] = ["one.pcap", "two.cap"].map(|name| fs::read(path(name)).unwrap());
        assert_eq!(one, two);
    }

    #[test]
    fn what_refuses_a_copy_is_told_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("one.pcapng");
        fs::write(&from, BODY).unwrap();
        let refused = copy_new(&from, &folder.path().join("no/copy.pcapng")).unwrap_err();
        assert!(refused.contains("does not exist: create it"), "{refused}");
        let refused = copy_new(&folder.path().join("gone"), &from).unwrap_err();
        assert!(refused.starts_with("read "), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_copy_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["one", "two"].map(|name| folder.path().join(name));
        fs::write(&from, BODY).unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o644)).unwrap();
        copy_new(&from, &to).unwrap();
        assert_eq!(
            fs::metadata(&to).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_with_its_figures() {
        use std::process::Command;

        let disk = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(disk.path()).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            eprintln!("skipped: this user may not mount a small disk");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("one.pcapng");
        fs::write(&from, vec![1; 2 << 20]).unwrap();
        let copied = copy_new(&from, &disk.path().join("copy.pcapng"));
        let left = fs::read_dir(disk.path()).unwrap().count();
        let unmounted = Command::new("umount").arg(disk.path()).status().unwrap();
        assert!(unmounted.success());
        let refused = copied.unwrap_err();
        assert!(refused.contains("is full: 2.09 MB are needed"), "{refused}");
        assert_eq!(left, 0);
    }
}
