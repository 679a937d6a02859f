//! The window's settings. A missing field has its default, an invalid one its
//! default and a notice, an unknown one is left alone.

use serde::{Deserialize, Serialize};

/// Text sizes, in hundredths of the usual one.
pub(crate) const TEXT_SIZES: std::ops::RangeInclusive<u16> = 80..=200;

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    /// Dark or light.
    pub(crate) theme: Theme,
    /// Hundredths of the usual text size.
    pub(crate) text_size: u16,
    /// Wireshark's program; empty: it is found by itself.
    pub(crate) wireshark: String,
    /// Tell on the desktop when an incident is saved.
    pub(crate) notifications: bool,
    /// Start recording at launch with the last choices.
    pub(crate) record_at_launch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            text_size: 100,
            wireshark: String::new(),
            notifications: true,
            record_at_launch: false,
        }
    }
}

impl Settings {
    /// Reads what a file says. The sentences tell of fields that were not valid.
    pub(crate) fn from_table(table: &toml::Table) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut notices = Vec::new();
        take(table, "theme", &mut settings.theme, &mut notices);
        take(table, "text_size", &mut settings.text_size, &mut notices);
        take(table, "wireshark", &mut settings.wireshark, &mut notices);
        take(
            table,
            "notifications",
            &mut settings.notifications,
            &mut notices,
        );
        take(
            table,
            "record_at_launch",
            &mut settings.record_at_launch,
            &mut notices,
        );
        if !TEXT_SIZES.contains(&settings.text_size) {
            let size = settings.text_size;
            notices.push(format!(
                "the setting text_size is {size}; 80 to 200 are possible"
            ));
            settings.text_size = 100;
        }
        (settings, notices)
    }
}

fn take<'de, T: Deserialize<'de>>(
    table: &toml::Table,
    name: &str,
    field: &mut T,
    notices: &mut Vec<String>,
) {
    let Some(value) = table.get(name) else {
        return;
    };
    match value.clone().try_into() {
        Ok(read) => *field = read,
        Err(error) => notices.push(format!(
            "the setting {name} is not valid ({}); its default is used",
            error.to_string().trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_valid_has_its_default_and_a_notice() {
        let text = "theme = \"dark\"\ntext_size = 900\nnotifications = \"perhaps\"\nnew = 1";
        let (settings, notices) = Settings::from_table(&text.parse().unwrap());
        assert_eq!(settings.theme, Theme::Dark);
        assert_eq!(settings.text_size, 100);
        assert!(settings.notifications);
        assert_eq!(notices.len(), 2, "{notices:?}");
        let written = toml::to_string(&settings).unwrap();
        let (again, none) = Settings::from_table(&written.parse().unwrap());
        assert_eq!((again, none.len()), (settings, 0));
    }
}
