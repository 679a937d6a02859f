//! Unix: sockets in folders that only their owner may enter.
//!
//! A user's recorders share one. A service's recorder has one of its own below
//! [`SERVICES`], which its service manager makes, and belongs to whoever the
//! service runs as; root may ask each of them.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, ToFsName};

/// Where the folders of services lie: `RuntimeDirectory=crashcap/NAME` of a
/// unit (systemd.exec(5)).
const SERVICES: &str = "/run/crashcap";

/// A recorder's socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Socket {
    pid: u32,
    path: PathBuf,
    /// The folder's owner, whose recorder it is.
    owner: u32,
}

impl Socket {
    fn new(folder: &Path, pid: u32, owner: u32) -> Self {
        let path = folder.join(format!("{pid}.sock"));
        Self { pid, path, owner }
    }

    /// The recorder's process.
    pub(in crate::link) fn pid(&self) -> u32 {
        self.pid
    }

    /// The user whose recorder it is.
    pub(in crate::link) fn owner(&self) -> u32 {
        self.owner
    }

    /// What to listen on, or to connect to.
    pub(in crate::link) fn name(&self) -> io::Result<Name<'static>> {
        self.path.clone().to_fs_name::<GenericFilePath>()
    }

    /// Removes it, when its recorder is no more.
    pub(in crate::link) fn remove(&self) {
        // It may be gone already, and a socket that stays does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Where this process is asked; makes the folder, and refuses one that somebody
/// else could have put there.
pub(in crate::link) fn own() -> io::Result<Socket> {
    let given = env::var_os("RUNTIME_DIRECTORY").and_then(|folders| of_a_service(&folders));
    let folder = given.unwrap_or_else(of_this_user);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if owner_alone(&folder) != Some(me()) {
        let sentence = format!(
            "{} is not a folder of this user alone: remove it",
            folder.display()
        );
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, sentence));
    }
    Ok(Socket::new(&folder, std::process::id(), me()))
}

/// A service's folder among those that its manager made for it. Elsewhere than
/// below [`SERVICES`] nobody would look.
fn of_a_service(folders: &OsStr) -> Option<PathBuf> {
    env::split_paths(folders).find(|folder| folder.parent() == Some(Path::new(SERVICES)))
}

/// The session's runtime folder, else one with the user's number in the
/// temporary folder.
fn of_this_user() -> PathBuf {
    directories::BaseDirs::new()
        .and_then(|dirs| dirs.runtime_dir().map(|dir| dir.join("crashcap")))
        .filter(|dir| dir.parent().is_some_and(Path::is_dir))
        .unwrap_or_else(|| env::temp_dir().join(format!("crashcap-{}", me())))
}

/// The owner of a folder that nobody else may enter.
fn owner_alone(folder: &Path) -> Option<u32> {
    let found = closed_to(0o077, folder)?;
    Some(found.uid())
}

/// A folder that others have none of these rights to; no link to one.
fn closed_to(rights: u32, folder: &Path) -> Option<Metadata> {
    let found = fs::symlink_metadata(folder).ok()?;
    (found.is_dir() && found.permissions().mode() & rights == 0).then_some(found)
}

/// The sockets of recorders that this user may ask, of dead ones too.
pub(in crate::link) fn list() -> Vec<Socket> {
    let mine = of_this_user();
    let mut sockets = Vec::new();
    if owner_alone(&mine) == Some(me()) {
        sockets = sockets_in(&mine, me());
    }
    for folder in folders_of_services() {
        // One that this user may not enter has nothing to tell.
        if let Some(owner) = owner_alone(&folder) {
            sockets.extend(sockets_in(&folder, owner));
        }
    }
    sockets
}

/// Root alone, by its service manager, says who has a folder there.
fn folders_of_services() -> Vec<PathBuf> {
    let services = Path::new(SERVICES);
    let roots = closed_to(0o022, services).is_some_and(|found| found.uid() == 0);
    let entries = roots.then(|| fs::read_dir(services).ok()).flatten();
    let entries = entries.into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

fn sockets_in(folder: &Path, owner: u32) -> Vec<Socket> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let pid = name.to_str()?.strip_suffix(".sock")?.parse().ok()?;
            Some(Socket::new(folder, pid, owner))
        })
        .collect()
}

/// The folder keeps others out.
pub(in crate::link) fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_asked_in_its_own_folder_where_others_look() {
        let folder = |text: &str| of_a_service(OsStr::new(text));
        let own = Some(PathBuf::from("/run/crashcap/web"));
        assert_eq!(folder("/run/crashcap/web"), own);
        assert_eq!(folder("/run/other:/run/crashcap/web"), own);
        for elsewhere in ["", "/run/other", "/run/crashcap", "/run/crashcap/a/b"] {
            assert_eq!(folder(elsewhere), None, "{elsewhere}");
        }
    }
}
