//! The recorder that may capture: a copy of this program.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Mode, Uid, XattrFlags, fchmod, fchown, fsetxattr};

use super::GrantError;

/// Below the root; the window looks for it there.
const FOLDER: &str = "usr/local/libexec/crashcap";
const NAME: &str = "recorder";
/// The program that runs now, whatever has its path.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// Root may change it, the group may run it, others may nothing.
const MODE: Mode = Mode::from_bits_retain(0o750);
const FOLDER_MODE: u32 = 0o755;
/// The bits of a mode by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

/// Where the kernel keeps a file's capabilities (capabilities(7)).
const ATTRIBUTE: &str = "security.capability";
/// VFS_CAP_REVISION_2 with the effective bit (linux/capability.h).
const REVISION_2_EFFECTIVE: u32 = 0x0200_0001;
/// CAP_NET_RAW's bit.
const NET_RAW: u32 = 1 << 13;

/// The attribute's value: permitted and inheritable sets in two halves, the
/// permitted ones holding the right to capture.
fn capability() -> [u8; 20] {
    let words = [REVISION_2_EFFECTIVE, NET_RAW, 0, 0, 0];
    let mut value = [0; 20];
    for (place, word) in value.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    value
}

/// Installs it below `root` for the members of `group`, in the place of one
/// that is there.
pub(super) fn install(root: &Path, group: u32) -> Result<PathBuf, GrantError> {
    let folder = root.join(FOLDER);
    own_folder(&folder)?;
    let path = folder.join(NAME);
    let hidden = folder.join(format!(".{NAME}.{}", std::process::id()));
    // What a program of the same number left when it was killed.
    let _ = fs::remove_file(&hidden);
    let installed = copy(&hidden, group)
        .and_then(|()| fs::rename(&hidden, &path).map_err(system("rename", &hidden)));
    if installed.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&hidden);
    }
    installed.map(|()| path)
}

/// Makes sure that nobody but root can put something else there.
fn own_folder(folder: &Path) -> Result<(), GrantError> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder);
    made.map_err(system("create", folder))?;
    let found = fs::symlink_metadata(folder).map_err(system("look at", folder))?;
    if found.is_dir() && found.uid() == 0 && found.mode() & OTHERS_WRITE == 0 {
        Ok(())
    } else {
        Err(GrantError::NotOurs {
            folder: folder.to_owned(),
        })
    }
}

fn copy(to: &Path, group: u32) -> Result<(), GrantError> {
    let mut source = File::open(THIS_PROGRAM).map_err(system("read", Path::new(THIS_PROGRAM)))?;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(system("create", to))?;
    io::copy(&mut source, &mut target).map_err(system("write", to))?;
    // A new owner would take the right away again: that comes last.
    let (root, group) = (Uid::ROOT, Gid::from_raw(group));
    fchown(&target, Some(root), Some(group)).map_err(refused("give to the group", to))?;
    fchmod(&target, MODE).map_err(refused("set the mode of", to))?;
    let flags = XattrFlags::empty();
    fsetxattr(&target, ATTRIBUTE, &capability(), flags)
        .map_err(refused("give the right to capture to", to))?;
    target.sync_all().map_err(system("flush", to))
}

fn system(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> GrantError {
    let path = path.to_owned();
    move |source| GrantError::System {
        doing,
        path,
        source,
    }
}

fn refused(doing: &'static str, path: &Path) -> impl FnOnce(rustix::io::Errno) -> GrantError {
    let system = system(doing, path);
    move |errno| system(errno.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorder_is_roots_and_the_groups_and_may_capture() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: rights are given by root alone");
            return;
        }
        let root = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let path = install(root.path(), 4242).unwrap();
            assert_eq!(
                path,
                root.path().join("usr/local/libexec/crashcap/recorder")
            );
            let found = fs::symlink_metadata(&path).unwrap();
            assert_eq!((found.uid(), found.gid()), (0, 4242));
            assert_eq!(found.mode() & 0o7777, 0o750);
            let mut value = [0; 64];
            let length = rustix::fs::getxattr(&path, ATTRIBUTE, &mut value).unwrap();
            assert_eq!(value[..length], capability());
            let this = fs::metadata(THIS_PROGRAM).unwrap();
            assert_eq!(found.len(), this.len());
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_folder_that_others_may_write_into_is_refused() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: rights are given by root alone");
            return;
        }
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let refused = install(root.path(), 4242).unwrap_err().to_string();
        assert!(refused.contains("let root alone own it"), "{refused}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
}
