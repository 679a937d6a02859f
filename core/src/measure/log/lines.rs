//! Bytes cut into lines, however they come.

use memchr::memchr;

use crate::limits;

/// A line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its bytes, or the first of them.
    pub(super) bytes: &'a [u8],
    /// It was longer than is kept.
    pub(super) is_cut: bool,
}

/// Cuts bytes into lines at `\n` or `\r\n`. Of each at most
/// [`limits::LOG_LINE_MAX`] bytes are kept; a line that is not yet at its end
/// waits for it.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    is_cut: bool,
}

impl Lines {
    /// Takes in the next bytes and tells each line that they end.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut line: impl FnMut(Line<'_>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (rest, next) = (&bytes[..end], &bytes[end + 1..]);
            bytes = next;
            if self.begun.is_empty() && rest.len() <= limits::LOG_LINE_MAX {
                line(Line {
                    bytes: without_return(rest),
                    is_cut: false,
                });
            } else {
                self.keep(rest);
                self.end(&mut line);
            }
        }
        self.keep(bytes);
    }

    /// Nothing follows: what has begun is a line.
    pub(super) fn finish(&mut self, mut line: impl FnMut(Line<'_>)) {
        if !self.begun.is_empty() {
            self.end(&mut line);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = limits::LOG_LINE_MAX - self.begun.len();
        self.begun
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.is_cut |= bytes.len() > room;
    }

    fn end(&mut self, line: &mut impl FnMut(Line<'_>)) {
        let bytes = match self.is_cut {
            true => &self.begun[..],
            false => without_return(&self.begun),
        };
        line(Line {
            bytes,
            is_cut: self.is_cut,
        });
        self.begun.clear();
        self.is_cut = false;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text that comes in pieces of so many bytes.
    fn lines(text: &[u8], piece: usize) -> Vec<(Vec<u8>, bool)> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        let mut take = |line: Line<'_>| found.push((line.bytes.to_vec(), line.is_cut));
        for bytes in text.chunks(piece) {
            lines.push(bytes, &mut take);
            assert!(lines.begun.capacity() <= 2 * limits::LOG_LINE_MAX);
        }
        lines.finish(&mut take);
        lines.finish(&mut take);
        found
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let text = b"one\r\ntwo\n\n\xff\xfe\x00\rx\nlast";
        let expected: Vec<(Vec<u8>, bool)> =
            [&b"one"[..], b"two", b"", b"\xff\xfe\x00\rx", b"last"]
                .map(|line| (line.to_vec(), false))
                .to_vec();
        for piece in 1..=text.len() {
            assert_eq!(lines(text, piece), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_is_whole() {
        let most = limits::LOG_LINE_MAX;
        for (length, is_cut) in [(most, false), (most + 1, true), (9 * most, true)] {
            let mut text = vec![b'x'; length];
            text.extend_from_slice(b"\nnext\n");
            for piece in [777, most, text.len()] {
                let found = lines(&text, piece);
                assert_eq!(found.len(), 2);
                assert_eq!((found[0].0.len(), found[0].1), (length.min(most), is_cut));
                assert_eq!(found[1], (b"next".to_vec(), false));
            }
        }
    }
}
