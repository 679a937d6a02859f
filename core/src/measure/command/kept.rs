//! The first and the last part of what a program says.

use std::collections::VecDeque;

/// Bytes within a bound: half of it from the beginning, half from the end.
#[derive(Debug)]
pub(super) struct Kept {
    half: usize,
    first: Vec<u8>,
    last: VecDeque<u8>,
    left_out: u64,
}

/// What a program wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output and error as they came, the first and last part where
    /// it is too long; what is not UTF-8 is replaced.
    pub text: String,
    /// Bytes that were left out between the two parts.
    pub left_out: u64,
}

impl Kept {
    pub(super) fn new(most: usize) -> Self {
        Self {
            half: most / 2,
            first: Vec::new(),
            last: VecDeque::new(),
            left_out: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = self.half - self.first.len();
        let (first, rest) = bytes.split_at(bytes.len().min(room));
        self.first.extend_from_slice(first);
        // Of what comes at once only the end can stay.
        let skipped = rest.len().saturating_sub(self.half);
        self.last.extend(&rest[skipped..]);
        let over = self.last.len().saturating_sub(self.half);
        self.last.drain(..over);
        self.left_out += (skipped + over) as u64;
    }

    pub(super) fn into_output(self) -> Output {
        let Self {
            mut first,
            last,
            left_out,
            ..
        } = self;
        let last = Vec::from(last);
        if left_out == 0 {
            // A character may lie across the two.
            first.extend(last);
            return Output {
                text: String::from_utf8_lossy(&first).into_owned(),
                left_out,
            };
        }
        let first = String::from_utf8_lossy(&first);
        let last = String::from_utf8_lossy(&last);
        Output {
            text: format!("{first}\n[{left_out} bytes left out]\n{last}"),
            left_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(most: usize, parts: &[&[u8]]) -> Output {
        let mut kept = Kept::new(most);
        for part in parts {
            kept.push(part);
            assert!(kept.first.len() + kept.last.len() <= most);
        }
        kept.into_output()
    }

    #[test]
    fn what_fits_is_kept_whole_however_it_comes() {
        let text = "grüß Gott";
        for most in [text.len() + 1, 100] {
            for part in 1..4 {
                let parts: Vec<_> = text.as_bytes().chunks(part).collect();
                let output = kept(most, &parts);
                assert_eq!((output.text.as_str(), output.left_out), (text, 0));
            }
        }
    }

    #[test]
    fn of_more_the_first_and_the_last_are_kept() {
        let whole = b"0123456789abcdef";
        for part in 1..=16 {
            let parts: Vec<_> = whole.chunks(part).collect();
            let output = kept(8, &parts);
            assert_eq!(output.text, "0123\n[8 bytes left out]\ncdef");
            assert_eq!(output.left_out, 8);
        }
    }

    #[test]
    fn with_no_room_all_is_left_out() {
        assert_eq!(kept(0, &[b"abc"]).left_out, 3);
    }
}
