//! A small JSON reader (RFC 8259) with one fault: [`Reader::skip_blanks`] asks once whether
//! anything is left and then skips white space without asking again. A body of nothing but
//! blanks takes it past the end.

use std::str;

/// How deep arrays and objects may stand in one another.
const MAX_DEPTH: u32 = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Why a body is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonError {
    #[error("the JSON ends too early")]
    EndsEarly,
    #[error("byte {0} of the JSON makes no sense")]
    Unexpected(usize),
    #[error("the JSON is nested too deep")]
    TooDeep,
    /// The fault has struck: the reader stands past the end of the body.
    #[error("the reader ran off the body")]
    RanOff,
}

impl Value {
    /// The member `name` of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The items of an array.
    pub(super) fn items(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// Reads `body`, which has to lie in a `GuardedMemory` when the reader may `walk_off`:
/// then running past its end is a real bad access; otherwise it is `JsonError::RanOff`.
pub(super) fn parse(body: &[u8], walk_off: bool) -> Result<Value, JsonError> {
    let mut reader = Reader {
        body,
        at: 0,
        walk_off,
    };
    reader.skip_blanks()?;
    let value = reader.value(0)?;
    // What follows the value is asked for properly.
    let rest = &body[reader.at..];
    match rest.iter().position(|byte| !is_blank(*byte)) {
        Some(index) => Err(JsonError::Unexpected(reader.at + index)),
        None => Ok(value),
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    walk_off: bool,
}

impl Reader<'_> {
    /// The fault.
    fn skip_blanks(&mut self) -> Result<(), JsonError> {
        if self.at == self.body.len() {
            return Ok(());
        }
        if self.walk_off {
            let start = self.body.as_ptr();
            let mut cursor = start.wrapping_add(self.at);
            // SAFETY: kept for every body in which something follows the blanks, and broken
            // on purpose for others: the cursor leaves the body. The body ends where a page
            // begins that may not be read, so that the very first read outside ends the
            // process, and no memory of anybody else is ever seen.
            while is_blank(unsafe { cursor.read_volatile() }) {
                cursor = cursor.wrapping_add(1);
            }
            self.at = cursor.addr() - start.addr();
            return Ok(());
        }
        let rest = &self.body[self.at..];
        let skipped = rest.iter().position(|byte| !is_blank(*byte));
        self.at += skipped.ok_or(JsonError::RanOff)?;
        Ok(())
    }

    fn value(&mut self, depth: u32) -> Result<Value, JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Value::Text(self.text()?)),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            b'n' => self.word(b"null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(JsonError::Unexpected(self.at)),
        }
    }

    fn object(&mut self, depth: u32) -> Result<Value, JsonError> {
        let mut members = Vec::new();
        self.expect(b'{')?;
        self.skip_blanks()?;
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_blanks()?;
            let key = self.text()?;
            self.skip_blanks()?;
            self.expect(b':')?;
            self.skip_blanks()?;
            members.push((key, self.value(depth + 1)?));
            self.skip_blanks()?;
            if !self.take(b',') {
                self.expect(b'}')?;
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<Value, JsonError> {
        let mut items = Vec::new();
        self.expect(b'[')?;
        self.skip_blanks()?;
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_blanks()?;
            items.push(self.value(depth + 1)?);
            self.skip_blanks()?;
            if !self.take(b',') {
                self.expect(b']')?;
                return Ok(Value::Array(items));
            }
        }
    }

    fn text(&mut self) -> Result<String, JsonError> {
        self.expect(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let byte = self.next()?;
            match byte {
                b'"' => break,
                b'\\' => self.escape(&mut bytes)?,
                0..0x20 => return Err(JsonError::Unexpected(self.at - 1)),
                _ => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| JsonError::Unexpected(self.at))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
        let plain = match self.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            same @ (b'"' | b'\\' | b'/') => same,
            b'u' => {
                let c = self.unicode()?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(JsonError::Unexpected(self.at - 1)),
        };
        bytes.push(plain);
        Ok(())
    }

    /// What follows `\u`: one unit of UTF-16, or two that belong together.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.utf16_unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            units.push(self.utf16_unit()?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(JsonError::Unexpected(self.at)),
        }
    }

    fn utf16_unit(&mut self) -> Result<u16, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16);
            let digit = digit.and_then(|digit| u16::try_from(digit).ok());
            unit = unit << 4 | digit.ok_or(JsonError::Unexpected(self.at - 1))?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        while matches!(
            self.peek(),
            Ok(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
        ) {
            self.at += 1;
        }
        str::from_utf8(&self.body[start..self.at])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .map(Value::Number)
            .ok_or(JsonError::Unexpected(start))
    }

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, JsonError> {
        if !self.body[self.at..].starts_with(word) {
            return Err(JsonError::Unexpected(self.at));
        }
        self.at += word.len();
        Ok(value)
    }

    fn peek(&self) -> Result<u8, JsonError> {
        self.body.get(self.at).copied().ok_or(JsonError::EndsEarly)
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let there = self.peek() == Ok(wanted);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, wanted: u8) -> Result<(), JsonError> {
        match self.next()? {
            byte if byte == wanted => Ok(()),
            _ => Err(JsonError::Unexpected(self.at - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_tests::lab::generator::Generator;
    use crashcap_tests::lab::system::GuardedMemory;

    /// The same body read both ways, the way that walks included.
    fn both(body: &str) -> Result<Value, JsonError> {
        let mut memory = GuardedMemory::new(body.len()).unwrap();
        let walked = parse(memory.place(body.as_bytes()).unwrap(), true);
        assert_eq!(parse(body.as_bytes(), false), walked, "{body}");
        walked
    }

    fn as_serde(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => (*value).into(),
            Value::Text(value) => value.as_str().into(),
            Value::Array(items) => items.iter().map(as_serde).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), as_serde(value)))
                .collect(),
        }
    }

    #[test]
    fn values_of_each_kind_are_read() {
        let value = both(
            " {\"a\": [1, -2.5e1, true, false, null, \"x\\n\\u00e9\\ud83d\\ude00/\\/\"], \"b\" : {} , \"c\":[ ]}\n",
        );
        let expected =
            serde_json::json!({"a": [1.0, -25.0, true, false, null, "x\né😀//"], "b": {}, "c": []});
        assert_eq!(as_serde(&value.unwrap()), expected);
    }

    #[test]
    fn every_body_of_the_load_is_read() {
        let generator = Generator::new(3, "h");
        let mut request = Vec::new();
        let mut bodies = 0;
        for index in 0..2000 {
            generator.request(index, &mut request);
            let text = str::from_utf8(&request).unwrap();
            let (_, body) = text.split_once("\r\n\r\n").unwrap();
            if !body.is_empty() {
                both(body).unwrap();
                bodies += 1;
            }
        }
        assert!(bodies > 400, "{bodies}");
    }

    #[test]
    fn what_is_not_json_is_an_error_and_no_crash() {
        for body in [
            "",
            "{",
            "[1,",
            "{\"a\"",
            "\"x",
            "tru",
            "01x",
            "[1]x",
            "\"\\q\"",
            "\"\\ud800x\"",
            "-",
            "{\"a\":1,}",
            "\u{1}",
        ] {
            assert!(both(body).is_err(), "{body}");
        }
        assert_eq!(both(&"[".repeat(100)), Err(JsonError::TooDeep));
    }

    #[test]
    fn blanks_to_the_end_take_the_reader_off_the_body() {
        for body in [" ".repeat(30), "[1,\n".to_owned(), "{\"a\": ".to_owned()] {
            assert_eq!(parse(body.as_bytes(), false), Err(JsonError::RanOff));
        }
    }
}
