//! Regular expressions over lines and outputs, and such text in sentences.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

use crate::limits;

/// A regular expression in the syntax of the regex crate: matched in time that
/// grows with the text only, its own size bounded.
#[derive(Clone)]
pub struct Expression(Regex);

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none, it is too large, or it matches an empty text and so all.
    pub fn new(text: &str) -> Result<Self, BadExpression> {
        let bad = |reason: String| BadExpression {
            expression: shortened(text),
            reason,
        };
        if text.len() > limits::EXPRESSION_BYTES_MAX {
            return Err(bad(format!(
                "it has {} bytes, more than {}",
                text.len(),
                limits::EXPRESSION_BYTES_MAX
            )));
        }
        let regex = RegexBuilder::new(text)
            .size_limit(limits::EXPRESSION_MEMORY_MAX)
            .dfa_size_limit(limits::EXPRESSION_MEMORY_MAX)
            .build()
            .map_err(|error| bad(in_a_line(&error)))?;
        if regex.is_match(b"") {
            return Err(bad("it matches an empty line, and so every line".to_owned()));
        }
        Ok(Self(regex))
    }

    /// Whether it matches anywhere in these bytes.
    #[must_use]
    pub fn is_match(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.as_str())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Why a regular expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression {expression} cannot be used: {reason}; write another one")]
pub struct BadExpression {
    /// It.
    pub expression: String,
    /// Why.
    pub reason: String,
}

/// The last line of the parser's drawing says what is wrong.
fn in_a_line(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(most) => {
            format!("it would need more than {most} bytes of memory")
        }
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
    }
}

/// Bytes within quotes, on one line, shortened.
pub(super) fn quoted(bytes: &[u8]) -> String {
    // More bytes than characters are shown; a character has four at most.
    let enough = &bytes[..bytes.len().min(4 * limits::QUOTED_CHARS_MAX + 4)];
    format!("\"{}\"", shortened(&String::from_utf8_lossy(enough)))
}

fn shortened(text: &str) -> String {
    let mut shown = String::new();
    for (index, character) in text.trim_end().chars().enumerate() {
        if index == limits::QUOTED_CHARS_MAX {
            shown.push('…');
            break;
        }
        if character == '\t' {
            shown.push(' ');
        } else if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        Expression::new(text).unwrap_err().to_string()
    }

    #[test]
    fn it_matches_bytes_that_are_no_text() {
        let expression = Expression::new("p.nic: (a|b)").unwrap();
        assert!(expression.is_match(b"\xff\xfe panic: b \xff"));
        assert!(!expression.is_match(b"p\nnic: b"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        assert!(reason("(").contains("unclosed group"), "{}", reason("("));
        assert!(reason("a*").contains("every line"));
        assert!(reason(r"(\w{1000}){1000}").contains("bytes of memory"));
        assert!(reason(&"a".repeat(1 << 20)).contains("more than"));
    }

    #[test]
    fn one_that_would_explode_elsewhere_takes_its_time_only() {
        let expression = Expression::new("(a*)*b").unwrap();
        assert!(!expression.is_match(&[b'a'; 100_000]));
    }

    #[test]
    fn a_quoted_line_is_short_and_one_line() {
        assert_eq!(quoted(b"a\tb\x1b[1m\xff\r\n"), "\"a b\\u{1b}[1m\u{fffd}\"");
        let long = quoted(&[b'x'; 100_000]);
        assert_eq!(long.chars().count(), limits::QUOTED_CHARS_MAX + 3);
    }
}
