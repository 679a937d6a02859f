//! Which sockets the target's processes hold: `/proc/PID/fd` (proc_pid_fd(5)).
//!
//! Looking at every open file of a busy server at every look would cost more
//! than all else, so what was seen is remembered by inode: a socket keeps its
//! inode for life and seldom changes hands. Files are looked at anew
//!
//! - of a process that is new,
//! - of all when a socket turns up that was not there before, and in any case
//!   after [`FORGET_AFTER`],
//! - but never so often that it would cost more than a hundredth of a core.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::time::Duration;

use foldhash::fast::RandomState;
use rustix::fs::{Mode, OFlags, RawDir, open, readlinkat_raw};
use rustix::io::Errno;

use crate::clock::Monotonic;
use crate::watch::ProcessIdentity;

/// How long what was seen is believed.
const FORGET_AFTER: Duration = Duration::from_secs(60);
/// The rest that follows after each file looked at: more than a hundred times
/// what one costs, which is 1 to 3 microseconds.
const REST_PER_FILE: Duration = Duration::from_micros(400);
/// A process costs as much as this many files, be it without any.
const PROCESS_IN_FILES: u32 = 10;

type Inodes = HashSet<u32, RandomState>;

/// Whose a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Targets,
    Others,
    Unknown,
}

/// Why a process's sockets can't be seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unseen {
    #[error("the open files of pid {pid} belong to another user")]
    Denied { pid: u32 },
    #[error("pid {pid} runs in a network namespace of its own")]
    Elsewhere { pid: u32 },
    #[error("the open files of pid {pid}: {error}")]
    Failed { pid: u32, error: Errno },
}

/// What is remembered.
pub(super) struct Held {
    /// The network namespace whose sockets are asked for.
    namespace: Option<PathBuf>,
    targets: Inodes,
    others: Inodes,
    /// The processes whose files were looked at.
    known: HashSet<ProcessIdentity>,
    /// When all were looked at, and at how many files.
    last_whole: Option<Monotonic>,
    files: u32,
}

impl Held {
    pub(super) fn new() -> Self {
        Self {
            namespace: std::fs::read_link("/proc/thread-self/ns/net").ok(),
            targets: Inodes::default(),
            others: Inodes::default(),
            known: HashSet::new(),
            last_whole: None,
            files: 0,
        }
    }

    /// Forgets everything that is too old to be believed.
    pub(super) fn age(&mut self, at: Monotonic) {
        if self.may_look(at)
            && self
                .last_whole
                .is_some_and(|last| at.since(last) >= FORGET_AFTER)
        {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.targets.clear();
        self.others.clear();
        self.known.clear();
    }

    /// Whose the socket of this inode is, as far as that is remembered.
    pub(super) fn whose(&self, inode: u32) -> Whose {
        if self.targets.contains(&inode) {
            Whose::Targets
        } else if self.others.contains(&inode) {
            Whose::Others
        } else {
            Whose::Unknown
        }
    }

    /// Looks at the files of what is new and, if need be and not too soon, of
    /// all. These inodes are then known.
    ///
    /// # Errors
    /// [`Unseen`], of the first process that can't be looked at.
    pub(super) fn learn(
        &mut self,
        targets: &[ProcessIdentity],
        unknown: &[u32],
        at: Monotonic,
    ) -> Result<(), Unseen> {
        let whole = !unknown.is_empty() && self.may_look(at);
        if whole {
            self.forget();
        }
        let all_new = self.known.is_empty();
        let mut files = 0;
        for target in targets {
            if self.known.contains(target) {
                continue;
            }
            files += PROCESS_IN_FILES + self.look_at(target.pid)?;
            self.known.insert(*target);
        }
        if !all_new {
            self.files = self.files.saturating_add(files);
            return Ok(());
        }
        self.files = files;
        self.last_whole = Some(at);
        // Each was there before its owners were looked for.
        self.others
            .extend(unknown.iter().filter(|inode| !self.targets.contains(inode)));
        Ok(())
    }

    fn may_look(&self, at: Monotonic) -> bool {
        self.last_whole
            .is_none_or(|last| at.since(last) >= REST_PER_FILE * self.files)
    }

    /// Adds the sockets that a process holds; how many files it has open. One
    /// that has ended holds none.
    fn look_at(&mut self, pid: u32) -> Result<u32, Unseen> {
        let refused = |error| match error {
            Errno::ACCESS | Errno::PERM => Unseen::Denied { pid },
            error => Unseen::Failed { pid, error },
        };
        let gone = |error: &Errno| matches!(*error, Errno::NOENT | Errno::SRCH);
        let process = PathBuf::from(format!("/proc/{pid}"));
        match self.shares_namespace(&process) {
            Ok(true) => {}
            Ok(false) => return Err(Unseen::Elsewhere { pid }),
            Err(error) if gone(&error) => return Ok(0),
            Err(error) => return Err(refused(error)),
        }
        match self.add_sockets(&process.join("fd")) {
            Err(error) if gone(&error) => Ok(0),
            other => other.map_err(refused),
        }
    }

    fn shares_namespace(&self, process: &Path) -> Result<bool, Errno> {
        let theirs = std::fs::read_link(process.join("ns/net"))
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        // Without a namespace of ours to compare with, there are none.
        Ok(self.namespace.as_ref().is_none_or(|ours| *ours == theirs))
    }

    fn add_sockets(&mut self, folder: &Path) -> Result<u32, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = open(folder, flags, Mode::empty())?;
        let mut entries = [MaybeUninit::uninit(); 8 << 10];
        let mut entries = RawDir::new(&folder, &mut entries);
        let mut link = [MaybeUninit::uninit(); 64];
        let mut files = 0;
        while let Some(entry) = entries.next() {
            files += 1;
            // A file may be closed meanwhile; "." and ".." are no links.
            if let Ok((text, _)) = readlinkat_raw(&folder, entry?.file_name(), &mut link) {
                self.targets.extend(socket_inode(text));
            }
        }
        Ok(files)
    }
}

/// The inode in "socket:[48151]".
fn socket_inode(link: &[u8]) -> Option<u32> {
    let number = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    fn ourselves() -> ProcessIdentity {
        ProcessIdentity {
            pid: std::process::id(),
            started: 0,
        }
    }

    fn inode(socket: &impl AsRawFd) -> u32 {
        let link = format!("/proc/self/fd/{}", socket.as_raw_fd());
        let link = std::fs::read_link(link).unwrap();
        socket_inode(link.as_os_str().as_encoded_bytes()).unwrap()
    }

    #[test]
    fn only_sockets_have_their_inodes() {
        assert_eq!(socket_inode(b"socket:[48151]"), Some(48151));
        for other in ["pipe:[48151]", "socket:[]", "socket:[1", "/tmp/socket:[1]"] {
            assert_eq!(socket_inode(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_is_new_is_learned_only_after_a_rest() {
        let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut held = Held::new();
        let stranger = u32::MAX;
        let start = Monotonic(0);
        held.learn(&[ourselves()], &[inode(&first), stranger], start)
            .unwrap();
        assert_eq!(held.whose(inode(&first)), Whose::Targets);
        assert_eq!(held.whose(stranger), Whose::Others);
        assert!(held.files > PROCESS_IN_FILES, "{}", held.files);

        let second = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let soon = start.after(Duration::from_nanos(1));
        held.learn(&[ourselves()], &[inode(&second)], soon).unwrap();
        assert_eq!(held.whose(inode(&second)), Whose::Unknown, "too soon");
        let rested = start.after(REST_PER_FILE * held.files);
        held.learn(&[ourselves()], &[inode(&second)], rested)
            .unwrap();
        assert_eq!(held.whose(inode(&second)), Whose::Targets);
        assert_eq!(held.whose(inode(&first)), Whose::Targets);

        held.age(rested.after(FORGET_AFTER / 2));
        assert_eq!(held.whose(inode(&second)), Whose::Targets);
        held.age(rested.after(FORGET_AFTER));
        assert_eq!(held.whose(inode(&second)), Whose::Unknown, "too old");
    }

    #[test]
    fn a_new_process_is_looked_at_at_once() {
        let mut held = Held::new();
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .stdin(std::os::fd::OwnedFd::from(
                std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
            ))
            .spawn()
            .unwrap();
        let theirs = std::fs::read_link(format!("/proc/{}/fd/0", child.id())).unwrap();
        let theirs = socket_inode(theirs.as_os_str().as_encoded_bytes()).unwrap();
        let both = [
            ourselves(),
            ProcessIdentity {
                pid: child.id(),
                started: 0,
            },
        ];
        let learned = held
            .learn(&both[..1], &[], Monotonic(0))
            .and_then(|()| held.learn(&both, &[], Monotonic(1)));
        let whose = held.whose(theirs);
        child.kill().unwrap();
        child.wait().unwrap();
        learned.unwrap();
        assert_eq!(whose, Whose::Targets);
        // It has ended and holds none: no error.
        held.learn(&both, &[7], Monotonic(60_000_000_000)).unwrap();
        assert_eq!(held.whose(theirs), Whose::Unknown);
    }
}
