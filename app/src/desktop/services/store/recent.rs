//! What was used before.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crashcap_core::units::Timestamp;

use crate::model::{Fields, SavedFilter};

/// Filters kept.
const FILTERS_MAX: usize = 10;
/// Profile files kept.
const PROFILES_MAX: usize = 10;
/// Filters that were saved by name.
const SAVED_MAX: usize = 100;

/// What was used before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Recent {
    /// The last choices, as a profile.
    pub(crate) profile: String,
    /// What the process chosen last was called; a profile has only its pid.
    pub(crate) process: String,
    /// The command launched last, which no profile has.
    pub(crate) launch: String,
    /// When the recording began that runs, or ran when the window was killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recording_since: Option<Timestamp>,
    /// The folder of the last copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copies: Option<PathBuf>,
    /// Filters, the newest first.
    pub(crate) filters: Vec<String>,
    /// Files of profiles, the newest first.
    pub(crate) profiles: Vec<PathBuf>,
    /// Filters that were saved by name, in order of their names.
    pub(crate) saved: Vec<SavedFilter>,
    /// The window's size when it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) window: Option<WindowSize>,
}

/// A window's inside, in points of the screen's own scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowSize {
    /// Points.
    pub(crate) width: f32,
    /// Points.
    pub(crate) height: f32,
}

impl Recent {
    /// Reads what a file says. The sentences tell of fields that were not valid.
    pub(super) fn from_table(table: &toml::Table) -> (Self, Vec<String>) {
        let mut recent = Self::default();
        let mut notices = Vec::new();
        let mut from = Fields::new("remembered", table, &mut notices);
        from.take("profile", &mut recent.profile);
        from.take("process", &mut recent.process);
        from.take("launch", &mut recent.launch);
        from.take("recording_since", &mut recent.recording_since);
        from.take("filters", &mut recent.filters);
        from.take("profiles", &mut recent.profiles);
        from.take("saved", &mut recent.saved);
        from.take("copies", &mut recent.copies);
        from.take("window", &mut recent.window);
        recent.filters.truncate(FILTERS_MAX);
        recent.profiles.truncate(PROFILES_MAX);
        recent.saved.truncate(SAVED_MAX);
        recent.window = recent.window.filter(|size| size.is_sensible());
        (recent, notices)
    }

    /// Remembers a filter as the newest.
    pub(crate) fn used(&mut self, filter: &str) {
        let filter = filter.trim();
        if !filter.is_empty() {
            newest(&mut self.filters, filter.to_owned(), FILTERS_MAX);
        }
    }

    /// Remembers a profile's file as the newest. One whose path is no text
    /// cannot be written down.
    pub(crate) fn used_profile(&mut self, path: &Path) {
        if path.to_str().is_some() {
            newest(&mut self.profiles, path.to_owned(), PROFILES_MAX);
        }
    }

    /// Remembers the folder of a copy. One whose path is no text cannot be written
    /// down.
    pub(crate) fn copied_to(&mut self, file: &Path) {
        if let Some(folder) = file.parent().filter(|one| one.to_str().is_some()) {
            self.copies = Some(folder.to_owned());
        }
    }

    /// Where a copy goes as a rule: to the last one, else to the user's documents,
    /// else home. `None` without a home.
    pub(crate) fn folder_for_copies(&self) -> Option<PathBuf> {
        let last = self.copies.clone().filter(|folder| folder.is_dir());
        last.or_else(|| {
            let user = directories::UserDirs::new()?;
            let documents = user.document_dir().filter(|folder| folder.is_dir());
            Some(documents.unwrap_or(user.home_dir()).to_owned())
        })
    }

    /// Saves a filter by name, in the place of one that has the name. False when
    /// name or filter is empty, or there are as many as are kept.
    pub(crate) fn save_filter(&mut self, name: &str, text: &str) -> bool {
        let (name, text) = (name.trim(), text.trim());
        if name.is_empty() || text.is_empty() {
            return false;
        }
        self.saved.retain(|one| one.name != name);
        if self.saved.len() >= SAVED_MAX {
            return false;
        }
        self.saved.push(SavedFilter {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        self.saved.sort_by(|one, other| one.name.cmp(&other.name));
        true
    }

    /// Forgets the saved filter of this name.
    pub(crate) fn forget_filter(&mut self, name: &str) {
        self.saved.retain(|one| one.name != name);
    }
}

impl WindowSize {
    /// A file may say anything; a window of a hundred thousand points is refused
    /// by graphics drivers.
    fn is_sensible(self) -> bool {
        let sensible = 100.0..=16_384.0;
        sensible.contains(&self.width) && sensible.contains(&self.height)
    }
}

fn newest<T: PartialEq>(list: &mut Vec<T>, one: T, most: usize) {
    list.retain(|other| *other != one);
    list.insert(0, one);
    list.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_each_once() {
        let mut recent = Recent::default();
        for number in 0..12 {
            recent.used(&format!("port {number}"));
            recent.used_profile(Path::new(&format!("/{number}.toml")));
        }
        recent.used(" port 5 ");
        recent.used("  ");
        assert_eq!(recent.filters.len(), 10);
        assert_eq!(recent.filters[..2], ["port 5", "port 11"]);
        assert_eq!(recent.profiles.len(), 10);
        assert_eq!(recent.profiles[0], Path::new("/11.toml"));
    }

    #[test]
    fn a_copy_goes_where_the_last_one_went_as_long_as_that_is_there() {
        let place = tempfile::tempdir().unwrap();
        let mut recent = Recent::default();
        let usual = recent.folder_for_copies();
        recent.copied_to(&place.path().join("one.pcap"));
        let kept: toml::Table = toml::to_string(&recent).unwrap().parse().unwrap();
        let (kept, notices) = Recent::from_table(&kept);
        assert_eq!((&kept, notices.len()), (&recent, 0));
        assert_eq!(kept.folder_for_copies().as_deref(), Some(place.path()));
        recent.copied_to(&place.path().join("gone/one.pcap"));
        assert_eq!(recent.folder_for_copies(), usual);
    }

    #[test]
    fn saved_filters_have_names_of_their_own() {
        let mut recent = Recent::default();
        assert!(recent.save_filter("web", "port 80"));
        assert!(recent.save_filter("dns", "port 53"));
        assert!(recent.save_filter("web", "port 8080"));
        assert!(!recent.save_filter("", "port 1") && !recent.save_filter("none", " "));
        let saved: Vec<_> = recent
            .saved
            .iter()
            .map(|one| (&*one.name, &*one.text))
            .collect();
        assert_eq!(saved, [("dns", "port 53"), ("web", "port 8080")]);
        recent.forget_filter("dns");
        assert_eq!(recent.saved.len(), 1);
        for number in 1..SAVED_MAX {
            assert!(recent.save_filter(&number.to_string(), "ip"));
        }
        assert!(!recent.save_filter("one more", "ip"));
        assert!(recent.save_filter("web", "ip6"));
    }

    #[test]
    fn a_field_that_is_not_valid_costs_no_other() {
        let text = "filters = [\"port 1\"]\nprofiles = 3\nwindow = { width = nan, height = 5 }";
        let (recent, notices) = Recent::from_table(&text.parse().unwrap());
        assert_eq!(recent.filters, ["port 1"]);
        assert_eq!((recent.window, &recent.copies), (None, &None));
        assert_eq!(notices.len(), 1, "{notices:?}");
    }
}
