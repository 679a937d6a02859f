//! Text on its way to a terminal.

use std::io::Write;

/// Writes a sentence to standard error, harmless; one that nobody reads any more is no error.
pub(crate) fn complain(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "crashcap: {}", harmless(sentence));
}

/// Writes a line to standard output. False when nobody reads it any more.
pub(crate) fn say(line: &str) -> bool {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
}

/// Shows control and bidirectional characters escaped: a process's name must
/// not move the cursor or turn the line around.
pub(crate) fn harmless(text: &str) -> String {
    let bidirectional = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control() || bidirectional(c);
            let plain = (!escaped).then_some(c);
            let escape = escaped.then(|| c.escape_unicode());
            plain.into_iter().chain(escape.into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_play_with_the_terminal() {
        assert_eq!(harmless("日本語 naïve"), "日本語 naïve");
        assert_eq!(harmless("a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(harmless("x\u{202e}y"), "x\\u{202e}y");
    }
}
