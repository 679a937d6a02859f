//! A further section at the end of a complete file, and reading such sections
//! without walking the file.
//!
//! - What the file holds already is never written again: the section is added in
//!   one piece and flushed, and where that fails the file gets its old length back.
//! - The section has no interface and no packet, only comments. A file of several
//!   sections is within the draft (section 4.1), and every reader that knows more
//!   than the first one shows the comments.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pcap_parser::pcapng::parse_sectionheaderblock;

use super::FileError;
use super::read::comments;
use crate::limits::{APPENDED_SECTION_BYTES_MAX, APPENDED_SECTIONS_MAX, READ_COMMENTS_MAX};
use crate::pcapng::{SectionHeader, write_section_header};

const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// Type and length in front, the length once more behind.
const BLOCK_MIN: u64 = 12;

/// Why nothing was added to a file; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Classic pcap, or no capture at all.
    #[error("add to {}: it is not pcapng, which alone holds comments; save incidents as pcapng",
        path.display())]
    NotPcapng {
        /// The file.
        path: PathBuf,
    },
    /// Its end is not the end of a block.
    #[error("add to {}: the file is cut off or damaged, so it is left as it is", path.display())]
    CutOff {
        /// The file.
        path: PathBuf,
    },
    /// The section would be larger than what is read back.
    #[error("add to {}: {bytes} bytes of comments are more than the {APPENDED_SECTION_BYTES_MAX} \
        that one section may have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large the section is.
        bytes: usize,
    },
    /// The system refused.
    #[error("add to {}: {source}; look whether it is still there, may be written, and has room",
        path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Adds a section with these comments to the end of a pcapng file, and says how
/// many bytes that were.
///
/// # Errors
/// [`AppendError`]; the file is as it was then.
pub(crate) fn append_comments(
    path: &Path,
    application: &str,
    comments: Vec<String>,
) -> Result<u64, AppendError> {
    let mut section = Vec::new();
    let header = SectionHeader {
        application: Some(application.to_owned()),
        comments,
        ..SectionHeader::default()
    };
    write_section_header(&mut section, &header);
    if section.len() > APPENDED_SECTION_BYTES_MAX {
        return Err(AppendError::TooLarge {
            path: path.to_owned(),
            bytes: section.len(),
        });
    }
    let failed = |source| AppendError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if !begins_with_a_section(&mut file).map_err(failed)? {
        return Err(AppendError::NotPcapng {
            path: path.to_owned(),
        });
    }
    if last_block(&mut file, length).map_err(failed)?.is_none() {
        return Err(AppendError::CutOff {
            path: path.to_owned(),
        });
    }
    add(&mut file, length, &section).map_err(failed)?;
    Ok(section.len() as u64)
}

fn add(file: &mut File, length: u64, section: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(length))?;
    let added = file.write_all(section).and_then(|()| file.sync_all());
    if added.is_err() {
        // Half a section would make the file a broken one. The first error is the one to tell.
        let _ = file.set_len(length);
    }
    added
}

fn begins_with_a_section(file: &mut File) -> io::Result<bool> {
    let mut head = [0; 4];
    file.rewind()?;
    match file.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| head == SECTION),
    }
}

/// A block at the end of a file.
struct LastBlock {
    start: u64,
    length: u64,
    is_section: bool,
}

/// The block that ends at `end`; `None` where none does.
fn last_block(file: &mut File, end: u64) -> io::Result<Option<LastBlock>> {
    if end < BLOCK_MIN {
        return Ok(None);
    }
    let mut word = [0; 4];
    file.seek(SeekFrom::Start(end - 4))?;
    file.read_exact(&mut word)?;
    // Of either byte order; a length fits at most one of them, as its first copy shows.
    for length in [u32::from_le_bytes(word), u32::from_be_bytes(word)] {
        let length = u64::from(length);
        if length < BLOCK_MIN || !length.is_multiple_of(4) || length > end {
            continue;
        }
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(end - length))?;
        file.read_exact(&mut head)?;
        if head[4..] == word {
            return Ok(Some(LastBlock {
                start: end - length,
                length,
                is_section: head[..4] == SECTION,
            }));
        }
    }
    Ok(None)
}

/// The comments of the sections that were added to a file's end, in the file's
/// order, without reading the rest of the file. pcap has none.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn appended_comments(path: &Path) -> Result<Vec<String>, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut end = file.metadata().map_err(failed)?.len();
    if !begins_with_a_section(&mut file).map_err(failed)? {
        return Ok(Vec::new());
    }
    let mut sections = Vec::new();
    while sections.len() < APPENDED_SECTIONS_MAX
        && let Some(block) = last_block(&mut file, end).map_err(failed)?
        // The file's own header is none that was added.
        && block.is_section
        && block.start > 0
        && block.length <= APPENDED_SECTION_BYTES_MAX as u64
    {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(block.start)).map_err(failed)?;
        (&mut file)
            .take(block.length)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let Ok((_, section)) = parse_sectionheaderblock(&bytes) else {
            break;
        };
        sections.push(comments(&section.options).collect::<Vec<_>>());
        end = block.start;
    }
    let in_order = sections.into_iter().rev().flatten();
    Ok(in_order.take(READ_COMMENTS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcapng::{
        InterfaceDescription, LinkType, Resolution, survey, write_interface_description,
    };
    use std::fs;

    fn capture(folder: &Path) -> PathBuf {
        let mut bytes = Vec::new();
        let header = SectionHeader {
            comments: vec!["the file's own".into()],
            ..SectionHeader::default()
        };
        write_section_header(&mut bytes, &header);
        let interface = InterfaceDescription {
            name: "lo".into(),
            description: None,
            link_type: LinkType::ETHERNET,
            snaplen: 65_535,
            resolution: Resolution::Nanoseconds,
            filter: None,
        };
        write_interface_description(&mut bytes, &interface, None);
        let path = folder.join("capture.pcapng");
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn what_was_added_is_read_back_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = capture(folder.path());
        let before = fs::read(&path).unwrap();
        assert!(appended_comments(&path).unwrap().is_empty());
        let one = append_comments(&path, "crashcap", vec!["one".into(), "two".into()]).unwrap();
        append_comments(&path, "crashcap", vec!["three".into()]).unwrap();
        assert_eq!(appended_comments(&path).unwrap(), ["one", "two", "three"]);
        let after = fs::read(&path).unwrap();
        assert_eq!(after[..before.len()], before);
        assert!(after.len() as u64 > before.len() as u64 + one);
        let survey = survey(&path).unwrap();
        assert!(survey.broken.is_none());
        let expected = ["the file's own", "one", "two", "three"];
        assert_eq!(survey.comments, expected);
        assert_eq!(survey.interfaces.len(), 1);
    }

    #[test]
    fn a_file_that_cannot_take_it_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = capture(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        let comment = vec!["x".repeat(50_000); 40];
        let error = append_comments(&path, "crashcap", comment).unwrap_err();
        assert!(matches!(error, AppendError::TooLarge { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);

        bytes.truncate(bytes.len() - 2);
        fs::write(&path, &bytes).unwrap();
        let error = append_comments(&path, "crashcap", vec!["x".into()]).unwrap_err();
        assert!(matches!(error, AppendError::CutOff { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);

        for bytes in [&b""[..], b"abc", &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]] {
            fs::write(&path, bytes).unwrap();
            let error = append_comments(&path, "crashcap", vec!["x".into()]).unwrap_err();
            assert!(matches!(error, AppendError::NotPcapng { .. }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert!(appended_comments(&path).unwrap().is_empty());
        }
        let missing = folder.path().join("missing");
        let error = append_comments(&missing, "crashcap", vec!["x".into()]).unwrap_err();
        assert!(matches!(error, AppendError::Io { .. }), "{error}");
        assert!(!missing.exists());
    }
}
