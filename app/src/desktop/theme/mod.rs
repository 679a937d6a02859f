//! What everything looks like: colours, type and shapes, in one place.
//!
//! - No colour literal stands anywhere else.
//! - Colour means state. Every text has a contrast of at least 4.5 on every
//!   surface that it stands on, every shape one of 3; a test calculates it.

mod contrast;
mod fonts;
mod sizes;
mod style;
mod tokens;

pub(crate) use fonts::{Face, font};
pub(crate) use sizes::*;
pub(crate) use style::apply;
pub(crate) use tokens::{Tokens, tokens};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Rust files below a folder.
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn no_colour_is_written_but_here() {
        let desktop = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desktop");
        let mut all = Vec::new();
        sources(&desktop, &mut all);
        assert!(all.len() > 100, "{}", all.len());
        let elsewhere = all
            .iter()
            .filter(|path| !path.starts_with(desktop.join("theme")));
        for path in elsewhere {
            let text = fs::read_to_string(path).expect("a source");
            for (number, line) in text.lines().enumerate() {
                let written = ["Color32::", "Rgba::from_", "hex_color!"];
                let found = written.iter().any(|one| line.contains(one));
                assert!(!found, "{}:{}: {line}", path.display(), number + 1);
            }
        }
    }
}
