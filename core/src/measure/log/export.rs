//! The journal export format: entries of fields, parted by empty lines. See
//! <https://systemd.io/JOURNAL_EXPORT_FORMATS/>.

use memchr::memchr;

use crate::limits;

/// What is read of the journal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Of a message.
    Message(&'a [u8]),
    /// An entry has ended.
    End,
}

/// Reads the messages, however the bytes come, and remembers where it is.
/// Besides, at most [`limits::JOURNAL_FIELD_MAX`] bytes are held.
#[derive(Debug, Default)]
pub(super) struct Export {
    state: State,
    /// The beginning of a line, or of a length.
    begun: Vec<u8>,
    /// The cursor of the entry that is read.
    reading: Option<String>,
    /// The cursor of the last entry that was read to its end.
    read: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At the beginning of a line, or in its name or its value.
    #[default]
    Line,
    /// In the value of MESSAGE, to the end of the line.
    Message,
    /// In a line that was too long to be held, and is no message.
    Rest,
    /// In the length of a value that may have line feeds.
    Length { is_message: bool },
    /// So many bytes of such a value are still to come, and its line feed.
    Value { is_message: bool, left: u64 },
}

const MESSAGE: &[u8] = b"MESSAGE";
const CURSOR: &[u8] = b"__CURSOR=";

impl Export {
    /// Behind which entry to go on.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.read.as_deref()
    }

    /// What was begun will not be ended: another stream follows.
    pub(super) fn begin_anew(&mut self) {
        self.state = State::Line;
        self.begun.clear();
        self.reading = None;
    }

    /// Takes in the next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Line => self.line(bytes, &mut tell),
                State::Message | State::Rest => self.rest_of_line(bytes, &mut tell),
                State::Length { is_message } => self.length(bytes, is_message),
                State::Value { is_message, left } => self.value(bytes, is_message, left, &mut tell),
            };
            bytes = &bytes[taken.min(bytes.len())..];
        }
    }

    fn line(&mut self, bytes: &[u8], tell: &mut impl FnMut(Piece<'_>)) -> usize {
        let end = memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let room = limits::JOURNAL_FIELD_MAX.saturating_sub(self.begun.len());
        self.begun.extend_from_slice(&part[..part.len().min(room)]);
        let value = self.begun.strip_prefix(MESSAGE);
        if let Some(value) = value.and_then(|rest| rest.strip_prefix(b"=")) {
            // A message may be long, and is passed on as it comes.
            if !value.is_empty() {
                tell(Piece::Message(value));
            }
            if part.len() > room {
                tell(Piece::Message(&part[room..]));
            }
            self.begun.clear();
            self.state = State::Message;
            return part.len();
        }
        match end {
            Some(end) => {
                self.ended_line(tell);
                end + 1
            }
            None => {
                if part.len() > room {
                    self.begun.clear();
                    self.state = State::Rest;
                }
                part.len()
            }
        }
    }

    /// A whole line is held that is no message.
    fn ended_line(&mut self, tell: &mut impl FnMut(Piece<'_>)) {
        let line = std::mem::take(&mut self.begun);
        if line.is_empty() {
            if let Some(cursor) = self.reading.take() {
                self.read = Some(cursor);
            }
            tell(Piece::End);
        } else if let Some(cursor) = line.strip_prefix(CURSOR) {
            self.reading = Some(String::from_utf8_lossy(cursor).into_owned());
        } else if line.iter().all(|byte| is_of_name(*byte)) {
            let is_message = line == MESSAGE;
            self.state = State::Length { is_message };
        }
    }

    fn rest_of_line(&mut self, bytes: &[u8], tell: &mut impl FnMut(Piece<'_>)) -> usize {
        let end = memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if self.state == State::Message && !part.is_empty() {
            tell(Piece::Message(part));
        }
        match end {
            Some(end) => {
                self.state = State::Line;
                end + 1
            }
            None => part.len(),
        }
    }

    /// 64 bits, the lowest byte first.
    fn length(&mut self, bytes: &[u8], is_message: bool) -> usize {
        let missing = size_of::<u64>() - self.begun.len();
        let part = &bytes[..bytes.len().min(missing)];
        self.begun.extend_from_slice(part);
        if let Ok(length) = <[u8; size_of::<u64>()]>::try_from(&self.begun[..]) {
            self.begun.clear();
            let left = u64::from_le_bytes(length);
            self.state = State::Value { is_message, left };
        }
        part.len()
    }

    fn value(
        &mut self,
        bytes: &[u8],
        is_message: bool,
        left: u64,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> usize {
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let part = &bytes[..bytes.len().min(most)];
        if is_message && !part.is_empty() {
            tell(Piece::Message(part));
        }
        let left = left - part.len() as u64;
        if left > 0 || part.len() == bytes.len() {
            self.state = State::Value { is_message, left };
            return part.len();
        }
        // The line feed behind it.
        self.state = State::Line;
        part.len() + 1
    }
}

/// Whether fields' names have it. What journalctl complains of stands between
/// entries, and is no name.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cursor: &str, message: &[u8]) -> Vec<u8> {
        let mut entry = format!("__CURSOR={cursor}\n__REALTIME_TIMESTAMP=1\n").into_bytes();
        if message.contains(&b'\n') {
            entry.extend_from_slice(b"MESSAGE\n");
            entry.extend_from_slice(&(message.len() as u64).to_le_bytes());
        } else {
            entry.extend_from_slice(b"MESSAGE=");
        }
        entry.extend_from_slice(message);
        entry.extend_from_slice(b"\n_BOOT_ID=MESSAGE=no\nX\n");
        entry.extend_from_slice(&3_u64.to_le_bytes());
        entry.extend_from_slice(b"\nM\n\n\n");
        entry
    }

    /// The messages that come of bytes in pieces of so many, and the cursor.
    fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Option<String>) {
        let mut export = Export::default();
        let (mut all, mut message) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(piece) {
            export.push(piece, |piece| match piece {
                Piece::Message(part) => message.extend_from_slice(part),
                Piece::End => all.push(std::mem::take(&mut message)),
            });
            assert!(export.begun.len() <= limits::JOURNAL_FIELD_MAX);
        }
        (all, export.cursor().map(ToOwned::to_owned))
    }

    #[test]
    fn messages_are_the_same_however_they_come() {
        let long = vec![b'x'; 3 * limits::JOURNAL_FIELD_MAX];
        let messages = [
            &b"one"[..],
            b"two\n__CURSOR=no\n\nlines",
            b"",
            b"\xff\x00 MESSAGE=",
            &long,
            b"\n",
        ];
        let complaint = b"Journal file x is truncated, ignoring file.\n".to_vec();
        let bytes: Vec<u8> = messages
            .iter()
            .zip(["a", "b", "c", "d", "e", "f"])
            .flat_map(|(message, cursor)| [complaint.clone(), entry(cursor, message)].concat())
            .collect();
        for piece in [1, 2, 3, 7, 64, 1000, bytes.len()] {
            let (all, cursor) = read(&bytes, piece);
            assert_eq!(all, messages, "pieces of {piece}");
            assert_eq!(cursor.as_deref(), Some("f"));
        }
    }

    #[test]
    fn the_cursor_is_that_of_the_last_whole_entry() {
        let mut bytes = entry("a", b"one");
        bytes.extend_from_slice(b"__CURSOR=b\nMESSAGE=begun");
        assert_eq!(read(&bytes, 5).1.as_deref(), Some("a"));
        assert_eq!(read(b"__CURSOR=b\nMESSAGE=begun", 5).1, None);
    }

    #[test]
    fn a_field_without_end_is_not_held() {
        let mut bytes = vec![b'A'; 10 * limits::JOURNAL_FIELD_MAX];
        bytes.extend_from_slice(b"=1\n");
        bytes.extend(entry("a", b"one"));
        let (all, cursor) = read(&bytes, 999);
        assert_eq!((all, cursor.as_deref()), (vec![b"one".to_vec()], Some("a")));
    }
}
