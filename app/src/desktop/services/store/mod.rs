//! Settings, recent things and profiles, where this system expects them.
//!
//! - A file is written under a hidden name, flushed and renamed: a power cut
//!   leaves the old one or the new one.
//! - A damaged file is set aside and named; the window starts with defaults.

mod profiles;
mod recent;
mod whole;

use std::path::{Path, PathBuf};

use crashcap_core::units::Timestamp;
use serde::Serialize;

use crate::model::Settings;
pub(crate) use profiles::Profiles;
pub(crate) use recent::{Recent, WindowSize};
pub(crate) use whole::write_whole;

/// Where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    settings: PathBuf,
    recent: PathBuf,
    profiles: Profiles,
}

/// What was kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// The settings.
    pub(crate) settings: Settings,
    /// What was used before.
    pub(crate) recent: Recent,
    /// Sentences for the user: what was damaged or not valid.
    pub(crate) notices: Vec<String>,
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
            profiles: Profiles::within(config.join("profiles")),
        }
    }

    /// Reads what was kept. A file that is damaged is set aside, named by `at`.
    pub(crate) fn read(&self, at: Timestamp) -> Kept {
        let mut kept = Kept::default();
        let (settings, told) = read_with(&self.settings, at, Settings::from_table);
        kept.settings = settings;
        kept.notices.extend(told);
        let (recent, told) = read_with(&self.recent, at, Recent::from_table);
        kept.recent = recent;
        kept.notices.extend(told);
        kept
    }

    /// The profiles that are kept by name.
    pub(crate) fn profiles(&self) -> &Profiles {
        &self.profiles
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

fn read_with<T: Default>(
    path: &Path,
    at: Timestamp,
    from_table: impl Fn(&toml::Table) -> (T, Vec<String>),
) -> (T, Vec<String>) {
    match whole::read_table(path, at) {
        Ok(Some(table)) => from_table(&table),
        Ok(None) => (T::default(), Vec::new()),
        Err(notice) => (T::default(), vec![notice]),
    }
}

fn keep(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| format!("write {}: {why}", path.display());
    let text = toml::to_string_pretty(value).map_err(|error| failed(&error))?;
    write_whole(path, text.as_bytes()).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const AT: Timestamp = Timestamp(1_795_410_753_000_000_000);

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::within(&folder.path().join("config"), &folder.path().join("state"));
        assert_eq!(store.read(AT), Kept::default());
        let settings = Settings {
            text_size: 150,
            ..Settings::default()
        };
        store.keep_settings(&settings).unwrap();
        let mut recent = Recent::default();
        recent.used("port 5");
        recent.save_filter("web", "port 80");
        recent.recording_since = Some(AT);
        recent.used_profile(Path::new("/a profile.toml"));
        recent.window = Some(WindowSize {
            width: 1280.0,
            height: 800.5,
        });
        store.keep_recent(&recent).unwrap();
        let kept = Kept {
            settings,
            recent,
            notices: Vec::new(),
        };
        assert_eq!(store.read(AT), kept);
    }

    #[test]
    fn a_damaged_file_is_set_aside_named_and_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::within(folder.path(), folder.path());
        fs::write(&store.settings, "theme = [[[").unwrap();
        fs::write(&store.recent, "filters = [\"port 1\"]").unwrap();
        let kept = store.read(AT);
        assert_eq!(kept.settings, Settings::default());
        assert_eq!(kept.recent.filters, ["port 1"]);
        let [notice] = &kept.notices[..] else {
            panic!("{:?}", kept.notices);
        };
        assert!(
            notice.contains("settings.damaged-20261123T051233Z.toml"),
            "{notice}"
        );
        assert_eq!(store.read(AT).notices, Vec::<String>::new());
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_that_cannot_be_written_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let store = Store::within(&file, &file);
        let refused = store.keep_settings(&Settings::default()).unwrap_err();
        assert!(refused.contains("settings.toml"), "{refused}");
        let notices = store.read(AT).notices;
        assert_eq!(notices.len(), 2, "{notices:?}");
    }
}
