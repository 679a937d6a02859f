//! What stands in the window, as it tells those who cannot see it.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// A control or a text, with its place in pixels of the window.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Control {
    /// What it is: "Button", "TextInput", "Label".
    pub role: String,
    /// What it is called.
    pub name: String,
    /// What stands in it.
    pub value: String,
    /// It has the keys.
    pub focused: bool,
    /// It is on, or chosen.
    pub chosen: bool,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Control {
    /// All of a window that writes them into this file; none before its first frame.
    ///
    /// # Panics
    /// When the file is not what the window writes.
    pub(super) fn read_all(path: &Path) -> Vec<Self> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let controls = text.lines().map(serde_json::from_str);
        controls
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Its middle.
    pub(super) fn middle(&self) -> (f64, f64) {
        let (x, y) = (self.left + self.width / 2.0, self.top + self.height / 2.0);
        (x.round(), y.round())
    }

    /// Whether it is of this kind and called so.
    pub fn is(&self, role: &str, name: &str) -> bool {
        self.role == role && self.name == name
    }

    /// Whether this stands in it.
    pub fn says(&self, part: &str) -> bool {
        self.name.contains(part) || self.value.contains(part)
    }
}
