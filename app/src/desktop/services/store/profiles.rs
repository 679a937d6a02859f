//! Profiles by name: files of one folder.
//!
//! - A name is a file's name without its extension; none leads out of the folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::whole::write_whole;
use crate::services::files::file_stem;

/// Profiles that are listed.
const LISTED_MAX: usize = 1_000;
const EXTENSION: &str = "toml";

/// The user's profiles.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    folder: PathBuf,
}

impl Profiles {
    pub(super) fn within(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they lie; it is made, where that can be done.
    pub(crate) fn folder(&self) -> &Path {
        // Whatever is written there tells why it is missing.
        let _ = fs::create_dir_all(&self.folder);
        &self.folder
    }

    /// Their names in order.
    ///
    /// # Errors
    /// A sentence: the folder cannot be read.
    pub(crate) fn names(&self) -> Result<Vec<String>, String> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(format!(
                    "list the profiles in {}: {error}",
                    self.folder.display()
                ));
            }
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut names: Vec<String> = paths
            .filter(|path| path.extension().is_some_and(|found| found == EXTENSION))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| !name.starts_with('.'))
            .take(LISTED_MAX)
            .collect();
        names.sort();
        Ok(names)
    }

    /// Writes one, over one that has the name.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.path(name)?;
        write_whole(&path, text.as_bytes())
            .map_err(|error| format!("write the profile {}: {error}", path.display()))?;
        Ok(path)
    }

    /// Deletes one.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn delete(&self, name: &str) -> Result<(), String> {
        let path = self.path(name)?;
        fs::remove_file(&path)
            .map_err(|error| format!("delete the profile {}: {error}", path.display()))
    }

    /// The file of one.
    ///
    /// # Errors
    /// A sentence: it is no name of a file.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, String> {
        let stem = file_stem(name, EXTENSION)?;
        Ok(self.folder.join(format!("{stem}.{EXTENSION}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_written_listed_read_and_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::within(folder.path().join("profiles"));
        assert_eq!(profiles.names(), Ok(Vec::new()));
        let text = "[ring]\nsize = \"1GiB\"\n";
        profiles.write("router crash", text).unwrap();
        let path = profiles.write("日本語.toml", "").unwrap();
        assert_eq!(path, profiles.folder().join("日本語.toml"));
        fs::write(profiles.folder().join("notes.txt"), "").unwrap();
        fs::write(profiles.folder().join(".hidden.toml"), "").unwrap();
        let names = profiles.names().unwrap();
        assert_eq!(names, ["router crash", "日本語"]);
        let read = |name| fs::read_to_string(profiles.path(name).unwrap());
        assert_eq!(read("router crash").unwrap(), text);
        profiles.write("router crash", "").unwrap();
        assert_eq!(read("router crash").unwrap(), "");
        profiles.delete("router crash").unwrap();
        let gone = profiles.delete("router crash").unwrap_err();
        assert!(gone.contains("router crash.toml"), "{gone}");
        for name in ["", "..", "../settings", ".x", "a/b"] {
            assert!(profiles.write(name, "").is_err(), "{name:?}");
        }
    }
}
