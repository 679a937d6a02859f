//! The names that one file may take: hidden while it is written, numbered
//! where its name is taken.

use std::ffi::{OsStr, OsString};

/// A file's name, in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::incident) struct FileName {
    stem: OsString,
    /// Without the dot; empty where there is none.
    extension: OsString,
}

impl FileName {
    pub(in crate::incident) fn new(stem: impl AsRef<OsStr>, extension: impl AsRef<OsStr>) -> Self {
        Self {
            stem: stem.as_ref().to_owned(),
            extension: extension.as_ref().to_owned(),
        }
    }

    /// `name.pcapng` for number 1, `name-2.pcapng` for number 2.
    pub(super) fn numbered(&self, number: u32) -> OsString {
        let mut name = self.stem.clone();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        if !self.extension.is_empty() {
            name.push(".");
            name.push(&self.extension);
        }
        name
    }

    /// `.name.pcapng.part`, `.name-2.pcapng.part`.
    pub(super) fn hidden(&self, number: u32) -> OsString {
        let mut name = OsString::from(".");
        name.push(self.numbered(number));
        name.push(".part");
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_has_no_number() {
        let name = FileName::new("web_crash", "pcapng");
        assert_eq!(name.numbered(1), "web_crash.pcapng");
        assert_eq!(name.numbered(2), "web_crash-2.pcapng");
        assert_eq!(name.hidden(1), ".web_crash.pcapng.part");
        assert_eq!(FileName::new("dump", "").numbered(1), "dump");
    }
}
