//! Blocks with options, appended to a growing buffer.
//!
//! For the few blocks of a file that are not packets: the section header, the
//! interface descriptions, the statistics, and the one packet with a comment.

use crate::limits::COMMENT_BYTES_MAX;

/// opt_endofopt.
const END_OF_OPTIONS: u16 = 0;
/// opt_comment.
const COMMENT: u16 = 1;

/// A block being written at the end of a buffer. [`BlockWriter::finish`] puts
/// its length in both places.
pub(super) struct BlockWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    options: bool,
}

impl<'a> BlockWriter<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>, block_type: u32) -> Self {
        let start = out.len();
        out.extend_from_slice(&block_type.to_ne_bytes());
        out.extend_from_slice(&[0; 4]);
        Self {
            out,
            start,
            options: false,
        }
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.out.extend_from_slice(&value.to_ne_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_ne_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_ne_bytes());
    }

    /// Ticks as the draft splits them: the upper half first, whatever the byte order.
    pub(super) fn ticks(&mut self, ticks: u64) {
        self.out.extend_from_slice(&halves(ticks));
    }

    pub(super) fn padded(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        self.out.extend_from_slice(&[0; 3][..padding]);
    }

    /// One option. A value beyond what its length field can say is cut.
    pub(super) fn option(&mut self, code: u16, value: &[u8]) {
        let length = value.len().min(COMMENT_BYTES_MAX);
        self.u16(code);
        self.u16(u16::try_from(length).unwrap_or(u16::MAX));
        self.padded(&value[..length]);
        self.options = true;
    }

    /// An option that is text, cut at a character where it is too long.
    pub(super) fn text(&mut self, code: u16, text: &str) {
        self.option(code, bounded(text).as_bytes());
    }

    /// A comment; a block may have several.
    pub(super) fn comment(&mut self, text: &str) {
        self.text(COMMENT, text);
    }

    /// Ends options and block.
    pub(super) fn finish(mut self) {
        if self.options {
            self.u16(END_OF_OPTIONS);
            self.u16(0);
        }
        let length = self.out.len() + 4 - self.start;
        // Options are bounded and packets are shorter than 2^32 - 100 by their source.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes();
        self.out.extend_from_slice(&length);
        self.out[self.start + 4..self.start + 8].copy_from_slice(&length);
    }
}

/// The two 32-bit halves of a timestamp, the upper one first.
pub(super) fn halves(ticks: u64) -> [u8; 8] {
    let mut out = [0; 8];
    out[..4].copy_from_slice(&((ticks >> 32) as u32).to_ne_bytes());
    out[4..].copy_from_slice(&((ticks & u64::from(u32::MAX)) as u32).to_ne_bytes());
    out
}

/// As much of a text as fits into one option.
fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(COMMENT_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_comment_is_cut_at_a_character() {
        let text = "é".repeat(COMMENT_BYTES_MAX);
        let cut = bounded(&text);
        assert_eq!(cut.len(), COMMENT_BYTES_MAX / 2 * 2);
        let odd = format!("x{text}");
        assert_eq!(bounded(&odd).len(), COMMENT_BYTES_MAX - 1);
        assert_eq!(bounded("short"), "short");
    }

    #[test]
    fn lengths_and_padding_come_out_right() {
        let mut out = vec![9; 3];
        let mut block = BlockWriter::begin(&mut out, 0x77);
        block.u32(5);
        block.comment("hello");
        block.finish();
        let words: Vec<u32> = out[3..]
            .chunks_exact(4)
            .map(|word| u32::from_ne_bytes(word.try_into().unwrap()))
            .collect();
        assert_eq!(words.len() * 4, out.len() - 3);
        assert_eq!(&words[..3], [0x77, 32, 5]);
        assert_eq!(words.last(), Some(&32));
        assert_eq!(&out[3 + 16..3 + 24], b"hello\0\0\0");
    }
}
