//! What a whole capture file holds, without its packets: one walk from start
//! to end, with bounded memory.
//!
//! Reads pcap and pcapng of any program. A file that is cut off or corrupt
//! gives what could be read, and the sentence where it broke.

mod take;
mod time;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pcap_parser::{PcapError, create_reader};

use super::LinkType;
use super::head::InterfaceStatistics;
use crate::limits::{READ_BLOCK_MAX, READ_BUFFER};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// The two kinds of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// pcapng.
    Pcapng,
    /// Classic pcap.
    Pcap,
}

/// What a file holds.
#[derive(Debug)]
pub struct Survey {
    /// Which kind of file.
    pub format: FileFormat,
    /// Bytes of the file.
    pub size: ByteCount,
    /// Packets that could be read.
    pub packets: PacketCount,
    /// Bytes of these packets on the wire.
    pub wire_bytes: ByteCount,
    /// The earliest packet's time.
    pub first: Option<Timestamp>,
    /// The latest packet's time.
    pub last: Option<Timestamp>,
    /// The interfaces of all sections, in order; bounded.
    pub interfaces: Vec<SurveyedInterface>,
    /// The program that wrote the first section (shb_userappl).
    pub application: Option<String>,
    /// The system that it ran on (shb_os).
    pub os: Option<String>,
    /// The sections' comments, in order; bounded.
    pub comments: Vec<String>,
    /// Comments on packets, in order; bounded.
    pub marks: Vec<PacketComment>,
    /// Where reading ended early, if it did.
    pub broken: Option<Broken>,
}

/// One interface of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedInterface {
    /// Its name, where the file says it.
    pub name: Option<String>,
    /// Its description, where the file says it.
    pub description: Option<String>,
    /// Its link type.
    pub link_type: LinkType,
    /// The most bytes kept of a packet; 0 is no limit.
    pub snaplen: u32,
    /// The filter, as written.
    pub filter: Option<String>,
    /// Packets that could be read.
    pub packets: PacketCount,
    /// The last statistics block's numbers.
    pub statistics: Option<InterfaceStatistics>,
}

impl SurveyedInterface {
    /// Packets that interface and system dropped, where the file says it.
    #[must_use]
    pub fn drops(&self) -> Option<PacketCount> {
        let statistics = self.statistics.as_ref()?;
        match (statistics.interface_drops, statistics.os_drops) {
            (None, None) => None,
            (one, other) => Some(PacketCount(
                one.map_or(0, |count| count.0)
                    .saturating_add(other.map_or(0, |count| count.0)),
            )),
        }
    }
}

/// A comment on a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketComment {
    /// The packet's number in the file, from 1, as Wireshark counts.
    pub number: PacketCount,
    /// The packet's time.
    pub at: Option<Timestamp>,
    /// The comment.
    pub comment: String,
}

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
pub enum SurveyError {
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
    /// It is something else.
    #[error("read {}: this is neither a pcap nor a pcapng file", path.display())]
    NotACapture {
        /// The file.
        path: PathBuf,
    },
}

/// Walks a capture file.
///
/// # Errors
/// Nothing could be read: the file is missing, empty or no capture. A file
/// that breaks later is no error: see [`Survey::broken`].
pub fn survey(path: &Path) -> Result<Survey, SurveyError> {
    let failed = |source| SurveyError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    // A first block beyond the usual buffer is rare, but allowed.
    for capacity in [READ_BUFFER, READ_BLOCK_MAX] {
        file.rewind().map_err(failed)?;
        let trouble = Mutex::new(None);
        let whole = Filling {
            file: &file,
            trouble: &trouble,
        };
        let mut reader = match create_reader(capacity, whole) {
            Ok(reader) => reader,
            Err(PcapError::Eof) => {
                return Err(SurveyError::Empty {
                    path: path.to_owned(),
                });
            }
            Err(_) => match told(&trouble) {
                Some(source) => return Err(failed(source)),
                None => continue,
            },
        };
        let mut walk = take::Walk::new(ByteCount(metadata.len()));
        let broken = walk.read(&mut *reader, capacity, || told(&trouble));
        return Ok(walk.finish(broken));
    }
    Err(SurveyError::NotACapture {
        path: path.to_owned(),
    })
}

/// Fills every buffer as far as the file goes, since the parser takes a short
/// first read for the whole head; and keeps what the system says, since the
/// parser does not.
struct Filling<'a> {
    file: &'a File,
    trouble: &'a Mutex<Option<io::Error>>,
}

impl Read for Filling<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What was read so far is worth having first.
                Err(_) if filled > 0 => break,
                Err(error) => {
                    let kind = error.kind();
                    let mut told = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                    *told = Some(error);
                    return Err(kind.into());
                }
            }
        }
        Ok(filled)
    }
}

fn told(trouble: &Mutex<Option<io::Error>>) -> Option<io::Error> {
    trouble
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}
