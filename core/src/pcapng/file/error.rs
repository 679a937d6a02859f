//! Why a capture file cannot be read, or not to its end.

use std::io;
use std::path::PathBuf;

use crate::limits::READ_BLOCK_MAX;
use crate::units::ByteCount;

/// Why reading ended before the file did. `offset` is in bytes from the start.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The last block is not whole.
    #[error("the file is cut off: it ends within the block that starts at byte {offset}")]
    CutOff {
        /// Where that block starts.
        offset: u64,
    },
    /// What stands there is no block.
    #[error("the file is corrupt: no valid block starts at byte {offset}")]
    Corrupt {
        /// Where.
        offset: u64,
    },
    /// A block that says it is larger than any block is.
    #[error(
        "the file is corrupt: the block that starts at byte {offset} claims to be larger than {}",
        ByteCount(READ_BLOCK_MAX as u64)
    )]
    TooLarge {
        /// Where that block starts.
        offset: u64,
    },
    /// The system could not read on.
    #[error("reading stopped after byte {offset}: {source}")]
    Read {
        /// Up to where it was read.
        offset: u64,
        /// The system's answer.
        source: io::Error,
    },
}

/// Why nothing of a file could be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system does not give it.
    #[error("read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("read {}: the file is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Reading was called off.
    #[error("read {}: stopped as asked", path.display())]
    Stopped {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("read {}: this is neither a pcap nor a pcapng file", path.display())]
    NotACapture {
        /// The file.
        path: PathBuf,
    },
}
