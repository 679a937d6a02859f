//! Names of files as a person types them.

use std::path::Path;

/// Names that are tried.
const NUMBERS_MAX: u32 = 99;
/// Bytes of a name with its extension: most systems end at 255.
const BYTES_MAX: usize = 240;
/// Names that Windows keeps for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of a file without its extension, as every system takes it. What
/// some system refuses within a name becomes `_`: files travel.
///
/// # Errors
/// A sentence: it is empty, hidden, too long, or leads to another folder.
pub(crate) fn file_stem(typed: &str, extension: &str) -> Result<String, String> {
    let typed = typed.trim();
    let stem = match typed.len().checked_sub(extension.len() + 1) {
        Some(at) if !extension.is_empty() && ends_in(typed, at, extension) => &typed[..at],
        _ => typed,
    };
    if stem.contains(['/', '\\']) {
        return Err("A name has no folders: leave out / and \\.".into());
    }
    if stem.starts_with('.') {
        return Err("A name that begins with a dot would hide the file.".into());
    }
    let stem: String = stem
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect();
    let stem = stem.trim_end_matches(['.', ' ']);
    if stem.is_empty() {
        return Err("Type a name.".into());
    }
    if stem.len() + 1 + extension.len() > BYTES_MAX {
        return Err(format!(
            "The name is too long: {BYTES_MAX} bytes are possible."
        ));
    }
    if is_device(stem) {
        return Err(format!(
            "{stem} is a device's name on Windows: choose another."
        ));
    }
    Ok(stem.to_owned())
}

/// A name that no file of the folder has: this one, or with a number before its
/// extension.
pub(crate) fn free_name(folder: &Path, name: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let numbered = (2..=NUMBERS_MAX).map(|number| format!("{stem}-{number}{extension}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let free = names.find(|name| folder.join(name).symlink_metadata().is_err());
    // Whoever has so many is told that it is taken.
    free.unwrap_or_else(|| name.to_owned())
}

fn ends_in(typed: &str, at: usize, extension: &str) -> bool {
    let end = typed.get(at..).and_then(|end| end.strip_prefix('.'));
    end.is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

/// Not what Windows refuses, and nothing that would turn a line around.
fn fits(character: char) -> bool {
    let bidirectional = matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !bidirectional
        && !character.is_control()
        && !matches!(character, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or(stem).to_ascii_lowercase();
    let plain = first.trim_end_matches(|c: char| matches!(c, '1'..='9'));
    let numbered = first.len() == plain.len() + 1;
    match plain {
        "com" | "lpt" => numbered,
        plain => plain == first && DEVICES.contains(&plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let free = |name: &str| free_name(folder.path(), name);
        assert_eq!(free("a.b.pcapng"), "a.b.pcapng");
        std::fs::write(folder.path().join("a.b.pcapng"), "").unwrap();
        assert_eq!(free("a.b.pcapng"), "a.b-2.pcapng");
        std::fs::write(folder.path().join("a.b-2.pcapng"), "").unwrap();
        assert_eq!(free("a.b.pcapng"), "a.b-3.pcapng");
        std::fs::write(folder.path().join("none"), "").unwrap();
        assert_eq!(free("none"), "none-2");
    }

    #[test]
    fn names_become_what_every_system_takes() {
        for (typed, stem) in [
            (" router crash ", "router crash"),
            ("one.pcapng", "one"),
            ("ONE.PCAPNG", "ONE"),
            ("one.pcap", "one.pcap"),
            ("v1.2", "v1.2"),
            ("23.11. 05:12?", "23.11. 05_12_"),
            ("end. .", "end"),
            ("日本語", "日本語"),
            ("a\u{202e}b\nc", "a_b_c"),
            ("console", "console"),
            ("com", "com"),
            ("é", "é"),
        ] {
            assert_eq!(file_stem(typed, "pcapng").as_deref(), Ok(stem), "{typed:?}");
        }
        assert_eq!(file_stem("one.", ""), Ok("one".into()));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let long = "x".repeat(BYTES_MAX);
        for typed in [
            "", " ", ".", "..", "../up", "a/b", "a\\b", ".hidden", ".pcapng", "nul", "COM1.x",
            &long,
        ] {
            assert!(file_stem(typed, "pcapng").is_err(), "{typed:?}");
        }
    }
}
