//! Settings and recent things, where this system expects them.
//!
//! - A file is written under a hidden name, flushed and renamed: a power cut
//!   leaves the old one or the new one.
//! - A damaged file is set aside and named; the window starts with defaults.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Settings;

/// Filters kept.
const FILTERS_MAX: usize = 10;

/// What was used last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Recent {
    /// The last choices, as a profile.
    pub(crate) profile: String,
    /// Filters, the newest first.
    pub(crate) filters: Vec<String>,
}

impl Recent {
    /// Remembers a filter as the newest.
    pub(crate) fn used(&mut self, filter: &str) {
        let filter = filter.trim();
        if filter.is_empty() {
            return;
        }
        self.filters.retain(|one| one != filter);
        self.filters.insert(0, filter.to_owned());
        self.filters.truncate(FILTERS_MAX);
    }
}

/// Where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    settings: PathBuf,
    recent: PathBuf,
}

impl Store {
    /// In the folders of this user; `None` where there is no home.
    pub(crate) fn of_user() -> Option<Self> {
        let folders = directories::ProjectDirs::from("", "", "crashcap")?;
        let state = folders.state_dir().unwrap_or(folders.data_local_dir());
        Some(Self::within(folders.config_dir(), state))
    }

    fn within(config: &Path, state: &Path) -> Self {
        Self {
            settings: config.join("settings.toml"),
            recent: state.join("recent.toml"),
        }
    }

    /// The settings, and what is to be told of them.
    pub(crate) fn settings(&self) -> (Settings, Vec<String>) {
        match read(&self.settings) {
            Ok(Some(table)) => Settings::from_table(&table),
            Ok(None) => (Settings::default(), Vec::new()),
            Err(notice) => (Settings::default(), vec![notice]),
        }
    }

    /// What was used last, and what is to be told of it.
    pub(crate) fn recent(&self) -> (Recent, Vec<String>) {
        match read(&self.recent) {
            Ok(table) => {
                let read = table.and_then(|table| table.try_into().ok());
                (read.unwrap_or_default(), Vec::new())
            }
            Err(notice) => (Recent::default(), vec![notice]),
        }
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn keep_settings(&self, settings: &Settings) -> Result<(), String> {
        keep(&self.settings, settings)
    }

    /// Writes what was used last.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn keep_recent(&self, recent: &Recent) -> Result<(), String> {
        keep(&self.recent, recent)
    }
}

/// Reads a table; one that is damaged is set aside.
fn read(path: &Path) -> Result<Option<toml::Table>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(format!(
                "read {}: {error}; defaults are used",
                path.display()
            ));
        }
    };
    match text.parse() {
        Ok(table) => Ok(Some(table)),
        Err(error) => {
            let aside = path.with_extension("damaged.toml");
            let moved = fs::rename(path, &aside);
            let whereto = match moved {
                Ok(()) => format!("it was set aside as {}", aside.display()),
                Err(error) => format!("it could not be set aside: {error}"),
            };
            Err(format!(
                "{} is damaged ({}); {whereto}, and defaults are used",
                path.display(),
                error.message()
            ))
        }
    }
}

fn keep(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| format!("write {}: {why}", path.display());
    let text = toml::to_string_pretty(value).map_err(|error| failed(&error))?;
    write_whole(path, text.as_bytes()).map_err(|error| failed(&error))
}

/// Writes a file under a hidden name, flushes it and gives it its name.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = folder.join(format!(".{name}.{}", std::process::id()));
    let written = File::create(&hidden)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&hidden, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&hidden);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::within(&folder.path().join("config"), &folder.path().join("state"));
        assert_eq!(store.settings(), (Settings::default(), Vec::new()));
        let settings = Settings {
            text_size: 150,
            ..Settings::default()
        };
        store.keep_settings(&settings).unwrap();
        assert_eq!(store.settings(), (settings, Vec::new()));
        let mut recent = Recent::default();
        for number in 0..12 {
            recent.used(&format!("port {number}"));
        }
        recent.used("port 5");
        assert_eq!(
            (recent.filters.len(), recent.filters[0].as_str()),
            (10, "port 5")
        );
        store.keep_recent(&recent).unwrap();
        assert_eq!(store.recent(), (recent, Vec::new()));
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::within(folder.path(), folder.path());
        fs::write(&store.settings, "theme = [[[").unwrap();
        let (settings, notices) = store.settings();
        assert_eq!(settings, Settings::default());
        assert!(notices[0].contains("settings.damaged.toml"), "{notices:?}");
        let aside = folder.path().join("settings.damaged.toml");
        assert_eq!(fs::read_to_string(aside).unwrap(), "theme = [[[");
        assert_eq!(store.settings(), (Settings::default(), Vec::new()));
    }
}
