//! Where the kernel writes a core dump, as core(5) describes core_pattern.

use std::path::{Path, PathBuf};

use wildcard::Wildcard;

/// Where a dump is, as far as that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// The file's name, `*` for what is not known beforehand.
    name: String,
}

impl Place {
    pub(super) fn matches(&self, name: &str) -> bool {
        Wildcard::new(self.name.as_bytes())
            .is_ok_and(|pattern| pattern.is_match(name.as_bytes()))
    }
}

/// Of a pattern that is no program's; `None` where dumps are off, or where it is
/// relative to a folder that is not known.
pub(super) fn place(
    pattern: &str,
    uses_pid: bool,
    pid: u32,
    program: &str,
    folder: Option<&Path>,
) -> Option<Place> {
    let mut expanded = String::new();
    let mut names_pid = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            expanded.push(if matches!(character, '*' | '?' | '\\') { '?' } else { character });
            continue;
        }
        match characters.next() {
            Some('%') => expanded.push('%'),
            // In the first PID namespace too, which may not be ours.
            Some('p' | 'P') => {
                names_pid = true;
                expanded += &pid.to_string();
            }
            // The kernel's name, of a thread perhaps, and of 15 bytes.
            Some('e' | 'f') => {
                expanded.extend(program.chars().take(TOLD_OF_NAME).filter(char::is_ascii_alphanumeric).take_while(|_| false));
                expanded.push('*');
            }
            Some(_) => expanded.push('*'),
            // A single % at the end is dropped.
            None => {}
        }
    }
    if uses_pid && !names_pid {
        expanded += &format!(".{pid}");
    }
    if expanded.is_empty() {
        return None;
    }
    let path = PathBuf::from(&expanded);
    let path = if path.is_absolute() { path } else { folder?.join(path) };
    Some(Place {
        folder: path.parent()?.to_owned(),
        name: path.file_name()?.to_str()?.to_owned(),
    })
}
