//! Why a place cannot take an incident, in sentences that say what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::units::ByteCount;

/// Why a folder cannot take a file.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The folder is not there and neither is its parent.
    #[error("the folder {} does not exist: create it or choose another", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The path leads to something else.
    #[error("{} is not a folder: choose a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The file system is mounted read-only.
    #[error("{} is on a read-only file system: choose another folder", folder.display())]
    ReadOnly {
        /// The folder.
        folder: PathBuf,
    },
    /// The user may not write there.
    #[error("no permission to write into {}: choose a folder that you own", folder.display())]
    NoPermission {
        /// The folder.
        folder: PathBuf,
    },
    /// There is not enough room.
    #[error("{} is full: {needed} are needed{}; make room or choose another folder",
        folder.display(), .free.map(|free| format!(" and {free} are free")).unwrap_or_default())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// How much is needed.
        needed: ByteCount,
        /// How much is free, where the system tells.
        free: Option<ByteCount>,
    },
    /// The user's quota is used up.
    #[error("your disk quota in {} is used up: {needed} are needed; make room or choose another folder",
        folder.display())]
    Quota {
        /// The folder.
        folder: PathBuf,
        /// How much is needed.
        needed: ByteCount,
    },
    /// The file system knows no files of this size.
    #[error("the file system of {} cannot hold a file of {needed}: choose another folder",
        folder.display())]
    FileTooLarge {
        /// The folder.
        folder: PathBuf,
        /// How large the file would be.
        needed: ByteCount,
    },
    /// Anything else that the system said.
    #[error("{doing} {}: {source}; choose another folder", path.display())]
    Other {
        /// What was being done: "write".
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl PlaceError {
    /// The system's answer to something done to `path` in `folder`, where
    /// `needed` bytes were to be written; `room` says how much a folder has free.
    #[must_use]
    pub fn from_io(
        doing: &'static str,
        path: &Path,
        folder: &Path,
        needed: ByteCount,
        source: io::Error,
        room: impl Fn(&Path) -> io::Result<ByteCount>,
    ) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            ErrorKind::NotFound => Self::Missing { folder },
            ErrorKind::NotADirectory => Self::NotAFolder { path: folder },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { folder },
            ErrorKind::PermissionDenied => Self::NoPermission { folder },
            ErrorKind::StorageFull => Self::Full {
                free: room(&folder).ok(),
                folder,
                needed,
            },
            ErrorKind::QuotaExceeded => Self::Quota { folder, needed },
            ErrorKind::FileTooLarge => Self::FileTooLarge { folder, needed },
            _ => Self::Other {
                doing,
                path: path.to_owned(),
                source,
            },
        }
    }
}
