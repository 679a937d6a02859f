//! Names of others, made harmless to read.

/// Shows control characters and those that turn the direction of text as their
/// code points: a process may call itself anything.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        if one.is_control() || turns_direction(one) {
            out.push_str(&format!("<U+{:04X}>", u32::from(one)));
        } else {
            out.push(one);
        }
    }
    out
}

/// Bidirectional controls (Unicode Standard Annex #9) and zero-width characters.
fn turns_direction(one: char) -> bool {
    matches!(
        one,
        '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn other_scripts_stay_and_tricks_are_shown() {
        assert_eq!(escaped("日本語"), "日本語");
        assert_eq!(escaped("a\u{202E}b\nc"), "a<U+202E>b<U+000A>c");
    }
}
