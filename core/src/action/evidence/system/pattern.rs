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
        Wildcard::new(self.name.as_bytes()).is_ok_and(|pattern| pattern.is_match(name.as_bytes()))
    }
}

/// Of a pattern that is no program's; `None` where dumps are off, or where it is
/// relative to a folder that is not known.
pub(super) fn place(
    pattern: &str,
    uses_pid: bool,
    pid: u32,
    folder: Option<&Path>,
) -> Option<Place> {
    let mut expanded = String::new();
    let mut names_pid = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            expanded.push(if matches!(character, '*' | '?' | '\\') {
                '?'
            } else {
                character
            });
            continue;
        }
        match characters.next() {
            Some('%') => expanded.push('%'),
            // In the first PID namespace too, which may not be ours.
            Some('p' | 'P') => {
                names_pid = true;
                expanded += &pid.to_string();
            }
            // Time, host, user and the like; and the name, which is the thread's (%e).
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
    let path = if path.is_absolute() {
        path
    } else {
        folder?.join(path)
    };
    Some(Place {
        folder: path.parent()?.to_owned(),
        name: path.file_name()?.to_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str, uses_pid: bool) -> Option<(String, String)> {
        let place = place(pattern, uses_pid, 4121, Some(Path::new("/srv/web")))?;
        Some((place.folder.to_str().unwrap().to_owned(), place.name))
    }

    #[test]
    fn patterns_become_places() {
        let is = |folder: &str, name: &str| Some((folder.to_owned(), name.to_owned()));
        assert_eq!(of("core", false), is("/srv/web", "core"));
        assert_eq!(of("core", true), is("/srv/web", "core.4121"));
        assert_eq!(of("core.%p", true), is("/srv/web", "core.4121"));
        assert_eq!(
            of("/var/cores/%e-%t.%p", false),
            is("/var/cores", "*-*.4121")
        );
        assert_eq!(of("/cores/100%%", false), is("/cores", "100%"));
        assert_eq!(of("/cores/core%", false), is("/cores", "core"));
        assert_eq!(of("", false), None);
        assert_eq!(place("core", false, 1, None), None);
    }

    #[test]
    fn a_dump_is_known_by_its_name() {
        let place = place("/cores/core.%e.%p", false, 4121, None).unwrap();
        assert!(place.matches("core.router.4121"));
        assert!(!place.matches("core.router.4122"));
        assert!(!place.matches("old.core.router.4121"));
    }
}
