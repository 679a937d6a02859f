//! A file that appears under its name only when it is complete.
//!
//! - It is written under a hidden name in the same folder, with room for all
//!   of it reserved first: a full disk is an error before the first byte.
//! - Memory goes to the system in aligned pieces of [`WRITE_BUFFER`] bytes, past the
//!   page cache where the system allows; the last piece is padded and the file
//!   cut to its length.
//! - One piece is written while the next is filled.
//! - It is flushed before it gets its name, and never takes the name of
//!   another file.
//! - A [`Part`] that is dropped before that removes its hidden file.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod name;
mod pipe;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux::LinuxFile as SystemFile;
#[cfg(target_os = "macos")]
use macos::MacFile as SystemFile;
#[cfg(windows)]
use windows::WindowsFile as SystemFile;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use memmap2::{MmapMut, MmapOptions};

use super::place::PlaceError;
use crate::limits::{NAME_TRIES_MAX, WRITE_BUFFER, WRITE_UNIT};
use crate::units::ByteCount;

pub(super) use name::FileName;
use pipe::Pipe;

/// What writing needs of a system.
trait SystemWriter: Sized + Send + 'static {
    /// Creates a new file that only its owner may read; fails where one exists.
    fn create(path: &Path) -> io::Result<Self>;
    /// Reserves room for `length` bytes, or says that there is none. A file
    /// system that cannot reserve is no error.
    fn reserve(&mut self, length: u64) -> io::Result<()>;
    /// Appends all of `bytes`: page-aligned memory, a multiple of [`WRITE_UNIT`] long.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file to `length` and flushes it.
    fn finish(self, length: u64) -> io::Result<()>;
    /// Gives a file another name in the same folder.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where the name is taken, whatever has it.
    fn rename_new(from: &Path, to: &Path) -> io::Result<()>;
    /// Flushes the folder, so that the name survives a power cut.
    fn sync_folder(folder: &Path) -> io::Result<()>;
    /// Bytes that this user may still write there.
    fn room(folder: &Path) -> io::Result<ByteCount>;
}

/// Bytes that this user may still write into a folder.
pub(super) fn room(folder: &Path) -> io::Result<ByteCount> {
    SystemFile::room(folder)
}

/// Creates a hidden file in a folder and removes it again.
pub(super) fn try_writing(folder: &Path) -> io::Result<()> {
    let name = FileName::new(format!("crashcap-check-{}", std::process::id()), "");
    for number in 1..=NAME_TRIES_MAX {
        let path = folder.join(name.hidden(number));
        match SystemFile::create(&path) {
            Ok(_) => return fs::remove_file(&path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A file being written under a hidden name.
pub(super) struct Part {
    // Closed before the hidden name goes: Windows removes no open file.
    pipe: Pipe<SystemFile>,
    hidden: Hidden,
    length: u64,
    buffer: MmapMut,
    used: usize,
    written: u64,
}

/// A complete, flushed file that has no name yet.
pub(super) struct Complete {
    hidden: Hidden,
    /// Its length.
    pub(super) bytes: ByteCount,
}

/// The hidden name; removed with the value.
struct Hidden {
    folder: PathBuf,
    path: PathBuf,
    kept: bool,
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if !self.kept {
            // There is nobody left to tell, and a hidden file does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Hidden {
    fn refused(&self, doing: &'static str, needed: u64, source: io::Error) -> PlaceError {
        let needed = ByteCount(needed);
        PlaceError::from_io(doing, &self.path, &self.folder, needed, source, room)
    }
}

impl Part {
    /// Creates the hidden file and reserves room for `length` bytes.
    ///
    /// # Errors
    /// The folder does not take it.
    pub(super) fn create(folder: &Path, name: &FileName, length: u64) -> Result<Self, PlaceError> {
        let (mut file, hidden) = create_hidden(folder, name, length)?;
        let reserved = length.next_multiple_of(WRITE_UNIT as u64);
        file.reserve(reserved)
            .map_err(|source| hidden.refused("reserve room for", length, source))?;
        let allocate = || {
            MmapOptions::new()
                .len(WRITE_BUFFER)
                .map_anon()
                .map_err(|source| hidden.refused("allocate the buffer for", length, source))
        };
        let (buffer, spare) = (allocate()?, allocate()?);
        Ok(Self {
            pipe: Pipe::new(file, spare),
            hidden,
            length,
            buffer,
            used: 0,
            written: 0,
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// The system does not take them.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), PlaceError> {
        while !bytes.is_empty() {
            let room = WRITE_BUFFER - self.used;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer[self.used..self.used + now.len()].copy_from_slice(now);
            self.used += now.len();
            bytes = later;
            if self.used == WRITE_BUFFER {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Hands the buffer to the system, padded to whole units.
    fn flush(&mut self) -> Result<(), PlaceError> {
        let padded = self.used.next_multiple_of(WRITE_UNIT);
        self.buffer[self.used..padded].fill(0);
        self.pipe
            .write(&mut self.buffer, padded)
            .map_err(|source| self.hidden.refused("write", self.length, source))?;
        self.written += self.used as u64;
        self.used = 0;
        Ok(())
    }

    /// Writes what is left, cuts the file to its length and flushes it.
    ///
    /// # Errors
    /// The system does not take it.
    pub(super) fn complete(mut self) -> Result<Complete, PlaceError> {
        self.flush()?;
        let Self { pipe, hidden, .. } = self;
        pipe.into_file()
            .map_err(|source| hidden.refused("write", self.length, source))?
            .finish(self.written)
            .map_err(|source| hidden.refused("flush", self.length, source))?;
        Ok(Complete {
            hidden,
            bytes: ByteCount(self.written),
        })
    }
}

fn create_hidden(
    folder: &Path,
    name: &FileName,
    length: u64,
) -> Result<(SystemFile, Hidden), PlaceError> {
    let refused = |path: &Path, source| {
        PlaceError::from_io("create", path, folder, ByteCount(length), source, room)
    };
    for number in 1..=NAME_TRIES_MAX {
        let path = folder.join(name.hidden(number));
        match SystemFile::create(&path) {
            Ok(file) => {
                let hidden = Hidden {
                    folder: folder.to_owned(),
                    path,
                    kept: false,
                };
                return Ok((file, hidden));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(&path, error)),
        }
    }
    let path = folder.join(name.hidden(NAME_TRIES_MAX));
    Err(refused(&path, ErrorKind::AlreadyExists.into()))
}

impl Complete {
    /// Gives the file the first of its names that is free: its own, "…-2" and so on.
    ///
    /// # Errors
    /// The system refuses, or all [`NAME_TRIES_MAX`] names are taken.
    pub(super) fn publish(self, name: &FileName) -> Result<PathBuf, PlaceError> {
        match self.try_names(name, NAME_TRIES_MAX)? {
            Ok(path) => Ok(path),
            Err(taken) => {
                let error = io::Error::from(ErrorKind::AlreadyExists);
                Err(PlaceError::from_io(
                    "name",
                    &taken,
                    &taken,
                    ByteCount(0),
                    error,
                    room,
                ))
            }
        }
    }

    /// Gives the file this one name. Inside: the path, or the one that is taken.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn publish_as(
        self,
        name: &FileName,
    ) -> Result<Result<PathBuf, PathBuf>, PlaceError> {
        self.try_names(name, 1)
    }

    fn try_names(
        mut self,
        name: &FileName,
        tries: u32,
    ) -> Result<Result<PathBuf, PathBuf>, PlaceError> {
        let folder = self.hidden.folder.clone();
        let refused = |doing, path: &Path, source| {
            PlaceError::from_io(doing, path, &folder, self.bytes, source, room)
        };
        for number in 1..=tries {
            let path = folder.join(name.numbered(number));
            match SystemFile::rename_new(&self.hidden.path, &path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                other => other.map_err(|source| refused("name", &path, source))?,
            }
            self.hidden.kept = true;
            return match SystemFile::sync_folder(&folder) {
                Ok(()) => Ok(Ok(path)),
                Err(source) => {
                    // A name that a power cut may take away is no name yet.
                    let _ = fs::remove_file(&path);
                    Err(refused("flush the folder of", &path, source))
                }
            };
        }
        Ok(Err(folder.join(name.numbered(tries))))
    }
}
