//! Reading capture files of any program, pcap and pcapng, one block after
//! another with bounded memory.

mod append;
mod error;
mod filling;
mod first;
mod read;
mod time;

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{LegacyPcapReader, PcapNGReader};

pub use append::AppendError;
pub(crate) use append::{append_comments, appended_comments};
pub use error::{Broken, FileError};
use filling::{Filling, Trouble};
pub(crate) use first::first_comments;
pub(super) use read::comments;
pub(crate) use read::{FileInterface, FilePacket, FileSection, Visitor};
use time::Ticks;

use crate::limits::{READ_BLOCK_MAX, READ_BUFFER};
use crate::units::ByteCount;

/// The two kinds of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// pcapng.
    Pcapng,
    /// Classic pcap.
    Pcap,
}

/// A capture file that is being read.
pub(crate) struct CaptureFile {
    reader: Reader,
    /// What the system said, which the parser does not pass on.
    trouble: Trouble,
    /// Bytes of the reader's buffer.
    capacity: usize,
    size: ByteCount,
    big_endian: bool,
    /// How the ticks of each of this section's interfaces become times.
    ticks: Vec<Ticks>,
}

/// The parser for each kind. Named types, so that a thread may be given them.
enum Reader {
    Pcapng(PcapNGReader<Filling>),
    Pcap(LegacyPcapReader<Filling>),
}

impl Reader {
    fn as_iterator(&mut self) -> &mut dyn PcapReaderIterator {
        match self {
            Self::Pcapng(reader) => reader,
            Self::Pcap(reader) => reader,
        }
    }

    /// `None` where the file's head is neither kind's.
    fn new(capacity: usize, filling: impl Fn() -> io::Result<Filling>) -> io::Result<Option<Self>> {
        if let Ok(reader) = PcapNGReader::new(capacity, filling()?) {
            return Ok(Some(Self::Pcapng(reader)));
        }
        let pcap = LegacyPcapReader::new(capacity, filling()?);
        Ok(pcap.ok().map(Self::Pcap))
    }
}

impl CaptureFile {
    /// Opens a file and reads its head.
    ///
    /// # Errors
    /// It is missing, empty or no capture file.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let failed = |source| FileError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if metadata.is_file() && metadata.len() == 0 {
            return Err(FileError::Empty {
                path: path.to_owned(),
            });
        }
        let trouble = Trouble::default();
        // A first block beyond the usual buffer is rare, but allowed.
        for capacity in [READ_BUFFER, READ_BLOCK_MAX] {
            let reader = Reader::new(capacity, || {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Filling::new(file, trouble.clone()))
            });
            if let Some(source) = trouble.take() {
                return Err(failed(source));
            }
            match reader {
                Ok(Some(reader)) => {
                    return Ok(Self {
                        reader,
                        trouble,
                        capacity,
                        size: ByteCount(metadata.len()),
                        big_endian: false,
                        ticks: Vec::new(),
                    });
                }
                Ok(None) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(FileError::NotACapture {
            path: path.to_owned(),
        })
    }

    /// Which kind of file it is.
    pub(crate) fn format(&self) -> FileFormat {
        match self.reader {
            Reader::Pcapng(_) => FileFormat::Pcapng,
            Reader::Pcap(_) => FileFormat::Pcap,
        }
    }

    /// Bytes of the blocks handed out so far.
    pub(crate) fn read_so_far(&mut self) -> ByteCount {
        ByteCount(self.reader.as_iterator().consumed() as u64)
    }

    /// Bytes of the whole file when it was opened.
    pub(crate) fn size(&self) -> ByteCount {
        self.size
    }
}
