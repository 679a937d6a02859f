//! Unix: sockets in a folder that only the user may enter.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, ToFsName};

/// The folder: the session's runtime folder, else one with the user's number
/// in the temporary folder.
fn folder() -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    directories::BaseDirs::new()
        .and_then(|dirs| dirs.runtime_dir().map(|dir| dir.join("crashcap")))
        .filter(|dir| dir.parent().is_some_and(std::path::Path::is_dir))
        .unwrap_or_else(|| std::env::temp_dir().join(format!("crashcap-{user}")))
}

fn path(pid: u32) -> PathBuf {
    folder().join(format!("{pid}.sock"))
}

/// The socket's name of a recorder.
pub(in crate::link) fn name(pid: u32) -> io::Result<Name<'static>> {
    path(pid).to_fs_name::<GenericFilePath>()
}

/// Makes the folder, and refuses one that somebody else could have put there.
pub(in crate::link) fn prepare() -> io::Result<()> {
    let folder = folder();
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check(&folder)
}

/// Refuses a folder that somebody else could have put there.
fn check(folder: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(folder)?;
    let mine = found.uid() == rustix::process::geteuid().as_raw();
    if !found.is_dir() || !mine || found.permissions().mode() & 0o077 != 0 {
        let sentence = format!(
            "{} is not a folder of this user alone: remove it",
            folder.display()
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, sentence));
    }
    Ok(())
}

/// The process ids of recorders that have a socket, dead ones too.
pub(in crate::link) fn list() -> Vec<u32> {
    let folder = folder();
    if check(&folder).is_err() {
        return Vec::new();
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_suffix(".sock")?.parse().ok()
        })
        .collect()
}

/// Removes the socket of a recorder that is no more.
pub(in crate::link) fn remove(pid: u32) {
    // It may be gone already, and a socket that stays does no harm.
    let _ = fs::remove_file(path(pid));
}

/// The folder keeps others out.
pub(in crate::link) fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    Ok(options)
}
