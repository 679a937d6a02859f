//! Evidence as one `.zip` beside the incident, or as comments in its file.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Piece;
use crate::incident::{add_comments, write_beside};
use crate::limits::{EVIDENCE_COMMENT_BYTES_MAX, EVIDENCE_COMMENTS_MAX};
use crate::units::ByteCount;

/// What a comment that holds evidence begins with; its name and a line's end follow.
const PREFIX: &str = "crashcap-evidence: ";
/// Readable and writable for the owner alone, also when unpacked.
const OWNER_ONLY: u32 = 0o600;

/// Where evidence went.
#[derive(Debug)]
pub(in crate::action) struct Kept {
    /// The file beside the incident, if there is one.
    pub(in crate::action) beside: Option<PathBuf>,
    /// How many bytes it took.
    pub(in crate::action) bytes: ByteCount,
}

/// Writes one `.zip` beside the incident, under its name.
pub(in crate::action) fn in_zip(incident: &Path, pieces: &[Piece]) -> Result<Kept, String> {
    let bytes = zipped(pieces).map_err(|error| format!("the .zip could not be made: {error}"))?;
    let path = write_beside(incident, "zip", &bytes).map_err(|error| error.to_string())?;
    Ok(Kept {
        beside: Some(path),
        bytes: ByteCount(bytes.len() as u64),
    })
}

fn zipped(pieces: &[Piece]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(OWNER_ONLY);
    for piece in pieces {
        zip.start_file(plain(&piece.name), options)?;
        zip.write_all(&piece.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A name that unpacks everywhere, and nowhere but below its folder.
fn plain(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let name: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    name.replace("..", "__")
}

/// Adds each piece as a comment to the incident's file.
pub(in crate::action) fn in_comments(incident: &Path, pieces: &[Piece]) -> Result<Kept, String> {
    let comments: Vec<_> = pieces
        .iter()
        .take(EVIDENCE_COMMENTS_MAX)
        .map(to_comment)
        .collect();
    let bytes = add_comments(incident, comments).map_err(|error| error.to_string())?;
    Ok(Kept {
        beside: None,
        bytes: ByteCount(bytes),
    })
}

fn to_comment(piece: &Piece) -> String {
    // Readers in C end a text at a zero byte.
    let text = String::from_utf8_lossy(&piece.bytes).replace('\0', "\u{fffd}");
    let name = plain(&piece.name);
    if text.len() <= EVIDENCE_COMMENT_BYTES_MAX {
        return format!("{PREFIX}{name}\n{text}");
    }
    if piece.end_matters {
        let from = text.ceil_char_boundary(text.len() - EVIDENCE_COMMENT_BYTES_MAX);
        return format!("{PREFIX}{name}\n(cut: the end only)\n{}", &text[from..]);
    }
    let to = text.floor_char_boundary(EVIDENCE_COMMENT_BYTES_MAX);
    format!("{PREFIX}{name}\n{}\n(cut: the beginning only)", &text[..to])
}

/// Evidence that was kept as a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceComment {
    /// What it is: "sockets.txt".
    pub name: String,
    /// The text.
    pub text: String,
}

/// Reads evidence from a section's comment; `None` for any other comment.
#[must_use]
pub fn evidence_of(comment: &str) -> Option<EvidenceComment> {
    let (name, text) = comment.strip_prefix(PREFIX)?.split_once('\n')?;
    Some(EvidenceComment {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_their_folder() {
        assert_eq!(plain("logs/1-a b\\c.log"), "logs/1-a_b_c.log");
        assert_eq!(plain("logs/1-../../x"), "logs/1-__/__/x");
    }

    #[test]
    fn a_comment_keeps_what_matters() {
        let long = "é".repeat(EVIDENCE_COMMENT_BYTES_MAX);
        for end_matters in [false, true] {
            let text = format!("first {long} last\0");
            let piece = Piece {
                end_matters,
                ..Piece::new("x.txt", text)
            };
            let comment = to_comment(&piece);
            assert!(comment.len() < EVIDENCE_COMMENT_BYTES_MAX + 100);
            let read = evidence_of(&comment).unwrap();
            assert_eq!(read.name, "x.txt");
            assert_eq!(read.text.contains("last\u{fffd}"), end_matters);
            assert_eq!(read.text.contains("first"), !end_matters);
        }
        assert_eq!(evidence_of("something else"), None);
    }
}
