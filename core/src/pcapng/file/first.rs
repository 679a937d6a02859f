//! The comments of a file's first section, without reading on.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pcap_parser::pcapng::parse_sectionheaderblock;

use super::FileError;
use super::read::comments;
use crate::limits::{READ_COMMENTS_MAX, READ_SECTION_MAX};

/// What stands before a section's options, up to its byte order (section 4.1
/// of the draft), and as much as tells pcap from anything else.
const HEAD: usize = 12;
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const LITTLE_ENDIAN: [u8; 4] = 0x1a2b_3c4d_u32.to_le_bytes();
/// Classic pcap with microseconds, with nanoseconds, and as old programs
/// changed it (Kuznetzov's).
const PCAP: [u32; 3] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34];

/// Reads the comments on the first section of a pcapng file. pcap has none,
/// and a section header longer than any of ours counts as one without.
///
/// # Errors
/// The file is missing, empty, no capture, or ends within the header.
pub(crate) fn first_comments(path: &Path) -> Result<Vec<String>, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut block = up_to(&mut file, HEAD).map_err(failed)?;
    if block.is_empty() {
        return Err(FileError::Empty {
            path: path.to_owned(),
        });
    }
    let no_capture = || FileError::NotACapture {
        path: path.to_owned(),
    };
    let head: [u8; HEAD] = block[..].try_into().map_err(|_| no_capture())?;
    let word = |at: usize| [head[at], head[at + 1], head[at + 2], head[at + 3]];
    if word(0) != SECTION {
        let magic = word(0);
        let is_pcap =
            PCAP.contains(&u32::from_le_bytes(magic)) || PCAP.contains(&u32::from_be_bytes(magic));
        return if is_pcap {
            Ok(Vec::new())
        } else {
            Err(no_capture())
        };
    }
    let length = if word(8) == LITTLE_ENDIAN {
        u32::from_le_bytes(word(4))
    } else {
        u32::from_be_bytes(word(4))
    } as usize;
    if length > READ_SECTION_MAX {
        return Ok(Vec::new());
    }
    let rest = up_to(&mut file, length.saturating_sub(HEAD)).map_err(failed)?;
    block.extend(rest);
    let (_, section) = parse_sectionheaderblock(&block).map_err(|_| {
        if block.len() < length {
            failed(io::ErrorKind::UnexpectedEof.into())
        } else {
            no_capture()
        }
    })?;
    Ok(comments(&section.options).take(READ_COMMENTS_MAX).collect())
}

/// That many bytes, or fewer where the file ends.
fn up_to(file: &mut File, bytes: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes);
    file.take(bytes as u64).read_to_end(&mut out)?;
    Ok(out)
}
