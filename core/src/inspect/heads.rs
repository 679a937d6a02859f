//! The captures of a folder, for a list: what each says of itself before its
//! first packet.
//!
//! No packet is read, and a file that cannot be read is in the list with its
//! sentence.

use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::info::Told;
use crate::incident::{Facts, moment};
use crate::limits::HEADS_MAX;
use crate::pcapng::{FileError, first_comments};
use crate::units::{ByteCount, Timestamp, nanoseconds};

/// Files that are listed, by their names' ends.
const EXTENSIONS: [&str; 2] = ["pcapng", "pcap"];

/// The captures of a folder.
#[derive(Debug, Default)]
pub struct Heads {
    /// The newest first.
    pub heads: Vec<Head>,
    /// Older files that are not told, since there are so many.
    pub more: u64,
}

/// One capture file.
#[derive(Debug)]
pub struct Head {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub size: ByteCount,
    /// When it was last written, where the system tells.
    pub modified: Option<Timestamp>,
    /// The incident in words, where it is one.
    pub sentence: Option<String>,
    /// The incident's facts. pcap holds none.
    pub facts: Option<Facts>,
    /// Why it, or its facts, cannot be read.
    pub unreadable: Option<String>,
}

impl Head {
    /// When it happened, or else when the file was written.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        let moment = self.facts.as_ref().map(|facts| moment(&facts.frozen_by));
        moment.or(self.modified)
    }
}

/// Lists a folder's pcapng and pcap files that are not hidden. A folder that
/// is not there has none.
///
/// # Errors
/// The folder cannot be read ([`FileError::Read`]).
pub fn heads(folder: &Path) -> Result<Heads, FileError> {
    newest(folder, HEADS_MAX)
}

pub(super) fn newest(folder: &Path, most: usize) -> Result<Heads, FileError> {
    let failed = |source| FileError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Heads::default()),
        other => other.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(listed(&entry.map_err(failed)?));
    }
    found.sort_by(|one, other| other.cmp(one));
    let more = found.len().saturating_sub(most) as u64;
    found.truncate(most);
    let mut heads: Vec<Head> = found.into_iter().map(read).collect();
    // Stable: of one moment, the file written last stays first.
    heads.sort_by_key(|head| std::cmp::Reverse(head.at()));
    Ok(Heads { heads, more })
}

/// A file that belongs into the list; in order of time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    modified: Option<Timestamp>,
    path: PathBuf,
    size: ByteCount,
}

/// `None` for what is hidden, no capture by its name, no regular file, or gone.
fn listed(entry: &DirEntry) -> Option<Listed> {
    let path = entry.path();
    let extension = path.extension()?.to_str()?;
    let name = path.file_name()?.as_encoded_bytes();
    let wanted = EXTENSIONS
        .iter()
        .any(|wanted| extension.eq_ignore_ascii_case(wanted));
    if !wanted || name.starts_with(b".") {
        return None;
    }
    // Through a link, to what will be read. A FIFO would never end.
    let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    Some(Listed {
        modified: metadata.modified().ok().and_then(timestamp),
        path,
        size: ByteCount(metadata.len()),
    })
}

/// `None` before 1970.
fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp(nanoseconds(since)))
}

fn read(listed: Listed) -> Head {
    let (told, unreadable) = match first_comments(&listed.path) {
        Ok(comments) => (Told::new(comments), None),
        Err(error) => (Told::default(), Some(error.to_string())),
    };
    Head {
        path: listed.path,
        size: listed.size,
        modified: listed.modified,
        sentence: told.sentence,
        facts: told.facts,
        unreadable: unreadable.or(told.facts_unreadable),
    }
}
