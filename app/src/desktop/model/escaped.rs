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

/// A long text without its middle: paths and command lines tell most at their ends.
pub(crate) fn elided_in_middle(text: &str, letters_max: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= letters_max {
        return text.to_owned();
    }
    let kept = letters_max.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    let part = |part: &[char]| part.iter().collect::<String>();
    format!(
        "{}…{}",
        part(&letters[..head]),
        part(&letters[letters.len() - tail..])
    )
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
    use super::*;

    #[test]
    fn other_scripts_stay_and_tricks_are_shown() {
        assert_eq!(escaped("日本語"), "日本語");
        assert_eq!(escaped("a\u{202E}b\nc"), "a<U+202E>b<U+000A>c");
    }

    #[test]
    fn a_long_path_keeps_both_its_ends() {
        assert_eq!(elided_in_middle("/srv/incidents", 14), "/srv/incidents");
        assert_eq!(elided_in_middle("/srv/日本/incidents", 11), "/srv/…dents");
        assert_eq!(elided_in_middle("ab", 1), "…");
        assert_eq!(elided_in_middle("ab", 0), "…");
    }
}
