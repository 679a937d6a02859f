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

/// Whether sizes are counted in thousands or in 1024s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Units {
    /// MB: 1,000,000 bytes.
    #[default]
    Decimal,
    /// MiB: 1,048,576 bytes.
    Binary,
}

/// Whether rates are counted in bytes or in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rates {
    /// Bytes a second, as captures are counted.
    #[default]
    Bytes,
    /// Bits a second, as lines are sold.
    Bits,
}

/// In which zone times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Zone {
    /// This computer's.
    #[default]
    Local,
    /// UTC.
    Utc,
}

/// What draws the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Renderer {
    /// OpenGL.
    Glow,
    /// Vulkan, Direct3D or Metal.
    Wgpu,
    /// The processor alone.
    Software,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    /// Dark or light.
    pub(crate) theme: Theme,
    /// Hundredths of the usual text size.
    pub(crate) text_size: u16,
    /// Whether sizes are counted in thousands or in 1024s.
    pub(crate) units: Units,
    /// Whether rates are counted in bytes or in bits.
    pub(crate) rates: Rates,
    /// In which zone times are shown.
    pub(crate) zone: Zone,
    /// Where incidents go unless the choices say otherwise; empty: the usual place.
    pub(crate) folder: String,
    /// Wireshark's program; empty: it is found by itself.
    pub(crate) wireshark: String,
    /// Tell on the desktop when an incident is saved.
    pub(crate) notifications: bool,
    /// Start recording at launch with the last choices.
    pub(crate) record_at_launch: bool,
    /// What draws first; none: the usual one of this system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) renderer: Option<Renderer>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            text_size: 100,
            units: Units::Decimal,
            rates: Rates::Bytes,
            zone: Zone::Local,
            folder: String::new(),
            wireshark: String::new(),
            notifications: true,
            record_at_launch: false,
            renderer: None,
        }
    }
}

impl Settings {
    /// Where incidents go unless the choices say otherwise.
    pub(crate) fn usual_folder(&self) -> String {
        match self.folder.trim() {
            "" => crashcap_core::incident::default_folder()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            folder => folder.to_owned(),
        }
    }

    /// Reads what a file says. The sentences tell of fields that were not valid.
    pub(crate) fn from_table(table: &toml::Table) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut notices = Vec::new();
        let mut from = Fields::new("setting", table, &mut notices);
        from.take("theme", &mut settings.theme);
        from.take("text_size", &mut settings.text_size);
        from.take("units", &mut settings.units);
        from.take("rates", &mut settings.rates);
        from.take("zone", &mut settings.zone);
        from.take("folder", &mut settings.folder);
        from.take("wireshark", &mut settings.wireshark);
        from.take("notifications", &mut settings.notifications);
        from.take("record_at_launch", &mut settings.record_at_launch);
        from.take("renderer", &mut settings.renderer);
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

/// Reads a table field by field: one that is not valid costs no other.
pub(crate) struct Fields<'a> {
    what: &'static str,
    table: &'a toml::Table,
    notices: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    /// `what` is what a person calls such a field.
    pub(crate) fn new(
        what: &'static str,
        table: &'a toml::Table,
        notices: &'a mut Vec<String>,
    ) -> Self {
        Self {
            what,
            table,
            notices,
        }
    }

    /// Takes a field where it is there and valid.
    pub(crate) fn take<'de, T: Deserialize<'de>>(&mut self, name: &str, field: &mut T) {
        let Some(value) = self.table.get(name) else {
            return;
        };
        match value.clone().try_into() {
            Ok(read) => *field = read,
            Err(error) => self.notices.push(format!(
                "the {} {name} is not valid ({}); its default is used",
                self.what,
                error.to_string().trim()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_as_it_was_written() {
        let all = Settings {
            theme: Theme::Light,
            text_size: 150,
            units: Units::Binary,
            rates: Rates::Bits,
            zone: Zone::Utc,
            folder: "/evidence".into(),
            wireshark: "/opt/wireshark".into(),
            notifications: false,
            record_at_launch: true,
            renderer: Some(Renderer::Software),
        };
        let written: toml::Table = toml::to_string(&all).unwrap().parse().unwrap();
        assert_eq!(written.len(), 10);
        assert_eq!(Settings::from_table(&written), (all, Vec::new()));
    }

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
