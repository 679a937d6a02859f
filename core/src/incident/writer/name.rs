//! The names that one file may take: hidden while it is written, numbered
//! where its name is taken.

/// A file's name, in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::incident) struct FileName {
    stem: String,
    /// With the dot, or empty.
    extension: String,
}

impl FileName {
    pub(in crate::incident) fn new(stem: &str, extension: &str) -> Self {
        Self {
            stem: stem.to_owned(),
            extension: if extension.is_empty() {
                String::new()
            } else {
                format!(".{extension}")
            },
        }
    }

    /// The name without a number.
    pub(in crate::incident) fn plain(&self) -> String {
        self.numbered(1)
    }

    /// `name.pcapng` for number 1, `name-2.pcapng` for number 2.
    pub(super) fn numbered(&self, number: u32) -> String {
        let Self { stem, extension } = self;
        if number <= 1 {
            format!("{stem}{extension}")
        } else {
            format!("{stem}-{number}{extension}")
        }
    }

    /// `.name.pcapng.part`, `.name-2.pcapng.part`.
    pub(super) fn hidden(&self, number: u32) -> String {
        format!(".{}.part", self.numbered(number))
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
