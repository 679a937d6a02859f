//! The last lines of a file, read from its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes read at once.
const PIECE: u64 = 64 << 10;

/// The end of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The bytes, beginning with a line's unless that was too long.
    pub(super) bytes: Vec<u8>,
    /// Whether fewer lines were read than asked for, since they are so long.
    pub(super) cut: bool,
}

/// Reads the last `lines` lines, and at most `most` bytes. A last line without a
/// newline counts.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidInput`] where it is no regular file.
pub(super) fn last_lines(path: &Path, lines: u32, most: u64) -> io::Result<End> {
    // Before it is opened: a FIFO would never be.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes: Vec<u8> = Vec::new();
    let mut start = length;
    while start > 0 && (bytes.len() as u64) < most {
        let piece = PIECE.min(start).min(most - bytes.len() as u64);
        start -= piece;
        let mut read = Vec::with_capacity(bytes.len() + PIECE as usize);
        file.seek(SeekFrom::Start(start))?;
        (&mut file).take(piece).read_to_end(&mut read)?;
        read.append(&mut bytes);
        bytes = read;
        if let Some(begin) = begin_of_last(&bytes, lines) {
            return Ok(End {
                bytes: bytes.split_off(begin),
                cut: false,
            });
        }
    }
    Ok(End {
        bytes,
        cut: start > 0,
    })
}

/// Where the last lines begin, if that can be seen.
fn begin_of_last(bytes: &[u8], lines: u32) -> Option<usize> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut ends = whole
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n');
    let (at, _) = ends.nth(lines.checked_sub(1)? as usize)?;
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn end(text: &[u8], lines: u32, most: u64) -> End {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, text).unwrap();
        last_lines(&path, lines, most).unwrap()
    }

    #[test]
    fn the_last_lines_are_read() {
        let whole = |bytes: &[u8]| End {
            bytes: bytes.to_vec(),
            cut: false,
        };
        assert_eq!(end(b"a\nb\nc\n", 2, 100), whole(b"b\nc\n"));
        assert_eq!(end(b"a\nb\nc", 2, 100), whole(b"b\nc"));
        assert_eq!(end(b"a\nb\nc", 9, 100), whole(b"a\nb\nc"));
        assert_eq!(end(b"", 2, 100), whole(b""));
        assert_eq!(end(b"\n\n\n", 2, 100), whole(b"\n\n"));
    }

    #[test]
    fn one_endless_line_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = File::create(&path).unwrap();
        // A gigabyte that takes no room on disk.
        file.set_len(1 << 30).unwrap();
        let end = last_lines(&path, 10, 1 << 20).unwrap();
        assert!(end.cut);
        assert_eq!(end.bytes.len(), 1 << 20);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = last_lines(folder.path(), 10, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let error = last_lines(&folder.path().join("none"), 10, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    proptest! {
        #[test]
        fn it_is_what_a_plain_reading_gives(
            lengths in prop::collection::vec(0_usize..60_000, 0..8),
            lines in 1_u32..6,
            ends in any::<bool>(),
        ) {
            let mut text: Vec<u8> = lengths
                .iter()
                .flat_map(|length| [vec![b'x'; *length], vec![b'\n']].concat())
                .collect();
            if !ends {
                text.pop();
            }
            let all: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
            let expected = all[all.len().saturating_sub(lines as usize)..].concat();
            prop_assert_eq!(end(&text, lines, 1 << 20).bytes, expected);
        }
    }
}
