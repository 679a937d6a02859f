//! A log file that grows, is rotated, truncated, and may not be there yet.
//!
//! - Only what is written after the start counts, and all of that, of a file
//!   that comes later from its beginning.
//! - A file in another's place (rotated, or deleted and made anew) is read from
//!   its beginning once something is in it; until then the one before it is read
//!   on, since its writer may still have it open.
//! - A file that became shorter (copytruncate) is read from its beginning.
//!   One that is cut off and grows beyond its old length between two looks
//!   can't be told from one that has grown.
//! - One look reads [`limits::LOG_LOOK_BYTES`] at most.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::identity::{self, Identity};
use crate::limits;

/// A file that is followed.
pub(super) struct Follower {
    path: PathBuf,
    open: Option<Open>,
    buffer: Vec<u8>,
}

struct Open {
    file: File,
    identity: Identity,
    /// How much of it was read.
    read: u64,
}

/// What a look found beside bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// All that was there was read.
    Done,
    /// There is more than one look reads.
    More,
    /// There is no such file now.
    Missing,
}

/// Where a part of a log goes.
pub(super) trait Sink {
    /// The next bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// What comes next stands in another file, or at its beginning.
    fn ends(&mut self);
}

impl Follower {
    /// Follows a file from its end; one that is not there, from its beginning.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let mut open = open(path)?;
        if let Some(open) = &mut open {
            open.read = open.file.seek(SeekFrom::End(0))?;
        }
        Ok(Self {
            path: path.to_path_buf(),
            open,
            buffer: vec![0; limits::PIPE_BUFFER],
        })
    }

    /// Looks once.
    ///
    /// # Errors
    /// The file cannot be opened or read, and why; the next look tries again.
    pub(super) fn look(&mut self, sink: &mut impl Sink) -> io::Result<Look> {
        if self.read(sink)? == Look::More {
            return Ok(Look::More);
        }
        let there = identity::of_path(&self.path)?;
        let Some((identity, length)) = there else {
            return Ok(Look::Missing);
        };
        let is_same = self
            .open
            .as_ref()
            .is_some_and(|open| open.identity == identity);
        if is_same || (self.open.is_some() && length == 0) {
            return Ok(Look::Done);
        }
        let Some(new) = open(&self.path)? else {
            return Ok(Look::Missing);
        };
        // What was written into the one before, until it was left.
        if self.read(sink)? == Look::More {
            return Ok(Look::More);
        }
        sink.ends();
        self.open = Some(new);
        self.read(sink)
    }

    /// Reads what is new in the open file.
    fn read(&mut self, sink: &mut impl Sink) -> io::Result<Look> {
        let Some(open) = &mut self.open else {
            return Ok(Look::Done);
        };
        if open.file.metadata()?.len() < open.read {
            sink.ends();
            open.read = open.file.seek(SeekFrom::Start(0))?;
        }
        let mut left = limits::LOG_LOOK_BYTES;
        while left > 0 {
            match open.file.read(&mut self.buffer) {
                Ok(0) => return Ok(Look::Done),
                Ok(count) => {
                    sink.bytes(&self.buffer[..count]);
                    open.read += count as u64;
                    left = left.saturating_sub(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Look::More)
    }
}

/// Opens a file, where there is one; what is no file is refused.
fn open(path: &Path) -> io::Result<Option<Open>> {
    let mut options = OpenOptions::new();
    options.read(true);
    identity::without_waiting(&mut options);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let identity = identity::of_file(&file)?;
    Ok(Some(Open {
        file,
        identity,
        read: 0,
    }))
}
