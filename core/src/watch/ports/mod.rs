//! Who listens on which port. Seen only inside one network namespace, ours where
//! no other is named, and for other users' processes only with rights: then it is
//! unknown, never none.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod system;

pub(super) use system::{Listening, listening_ports};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The tables of sockets of one network namespace (Linux). By default they are
/// those of the thread that looks; other systems have only these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketTables(PathBuf);

impl SocketTables {
    /// Those in this folder of procfs, such as /proc/4711/net.
    #[must_use]
    pub fn of(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Default for SocketTables {
    fn default() -> Self {
        // /proc/net is that of the first thread, whatever thread asks.
        Self("/proc/thread-self/net".into())
    }
}

/// Who listens on one port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owners {
    /// These, as far as they can be seen.
    pub(super) pids: BTreeSet<u32>,
    /// Whether somebody listens who can't be seen; `None` where that is not told.
    pub(super) others: Option<bool>,
}

/// The ports each process listens on, and whether that is all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct PortTable {
    /// By PID.
    pub(super) by_pid: std::collections::HashMap<u32, BTreeSet<u16>>,
    /// PIDs whose sockets can't be seen, where the system tells that.
    pub(super) unseen: std::collections::HashSet<u32>,
}
