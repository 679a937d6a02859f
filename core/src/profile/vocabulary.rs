//! What can be written of triggers and actions: their kinds and their fields, as
//! profiles, the command line, its help and the window's forms share them.

use serde::Serialize;

use super::ProfileError;

/// A kind of trigger or action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// As it is written.
    pub word: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
    /// The fields that are its own, the needed ones first.
    pub fields: &'static [&'static str],
    /// One as it is written on the command line; a combination in a profile.
    pub example: &'static str,
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// As it is written.
    pub word: &'static str,
    /// As people call it, over a form's field.
    pub title: &'static str,
    /// What it means.
    pub says: &'static str,
    /// How it is written.
    pub form: FieldForm,
    /// What holds where nothing is written: for a kind by its word, or (an empty word) for
    /// every other.
    pub usual: &'static [(&'static str, &'static str)],
}

impl FieldInfo {
    /// What holds for this kind where nothing is written, if that is something.
    #[must_use]
    pub fn usual_of(&self, kind: &str) -> Option<&'static str> {
        let of = |word: &str| self.usual.iter().find(|(of, _)| *of == word);
        of(kind).or_else(|| of("")).map(|(_, usual)| *usual)
    }
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldForm {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// A number, or one with its unit: `100`, `2GB`.
    Amount,
    /// A duration: `5s`.
    Span,
    /// true or false.
    Flag,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Several texts.
    Texts,
    /// Several whole numbers.
    Numbers,
    /// A program and its arguments, quoted as for a shell.
    Command,
    /// Triggers.
    Triggers,
}

/// All kinds of something, and all fields.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// What they are kinds of.
    pub what: &'static str,
    /// In the order in which they are shown.
    pub kinds: &'static [KindInfo],
    /// In the order in which they are told of.
    pub fields: &'static [FieldInfo],
    /// The fields that each kind has beside its own.
    pub everywhere: &'static [&'static str],
}

impl KindInfo {
    /// Whether a field is its own.
    #[must_use]
    pub fn owns(&self, field: &str) -> bool {
        field == "kind" || self.fields.contains(&field)
    }

    /// Its example as it is written on the command line, without the quotes of a shell.
    #[must_use]
    pub fn in_a_line(&self) -> String {
        if self.is_combination() {
            format!("{{ {} }}", self.example.replace('\n', ", "))
        } else {
            self.example.to_owned()
        }
    }

    /// Whether it is made of others.
    #[must_use]
    pub fn is_combination(&self) -> bool {
        self.fields.contains(&"of")
    }
}

impl Vocabulary {
    /// The kind that is written so.
    #[must_use]
    pub fn kind(&self, word: &str) -> Option<&'static KindInfo> {
        self.kinds.iter().find(|kind| kind.word == word)
    }

    /// The field that is written so.
    #[must_use]
    pub fn field(&self, word: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find(|field| field.word == word)
    }

    /// Whether a field may be written for a kind.
    #[must_use]
    pub fn takes(&self, kind: &KindInfo, field: &str) -> bool {
        kind.owns(field) || self.everywhere.contains(&field)
    }

    /// All fields that may be written for a kind, its own first.
    pub fn all_fields(&self, kind: &KindInfo) -> impl Iterator<Item = &'static str> {
        kind.fields.iter().chain(self.everywhere).copied()
    }

    /// Something of this kind is not possible.
    pub(super) fn wrong(&self, kind: &str, why: impl Into<String>) -> ProfileError {
        ProfileError::Chosen {
            what: self.what,
            kind: kind.to_owned(),
            why: why.into(),
        }
    }

    /// The kind that is written so; else what was probably meant.
    pub(super) fn known(&self, word: &str) -> Result<&'static KindInfo, ProfileError> {
        self.kind(word).ok_or_else(|| {
            let near = self
                .kinds
                .iter()
                .map(|kind| (strsim::damerau_levenshtein(word, kind.word), kind.word))
                .min()
                .filter(|(distance, _)| *distance * 2 <= word.chars().count());
            let why = match near {
                Some((_, near)) => format!("there is no such kind; did you mean {near}?"),
                None => {
                    let words: Vec<&str> = self.kinds.iter().map(|kind| kind.word).collect();
                    format!("there is no such kind; write one of {}", words.join(", "))
                }
            };
            self.wrong(word, why)
        })
    }

    /// Whose field that is, as a part of a sentence on one that is not taken.
    pub(super) fn owners(&self, field: &str) -> String {
        let owners = self.kinds.iter().filter(|kind| kind.owns(field));
        let owners: Vec<&str> = owners.map(|kind| kind.word).collect();
        match owners.as_slice() {
            [] => ",".to_owned(),
            [one] => format!(", which is of {one},"),
            [one, ..] => format!(", which is of others such as {one},"),
        }
    }
}

/// The fields that were written.
pub(super) fn written_fields(raw: &impl Serialize) -> Vec<String> {
    // Every field can be said in TOML.
    toml::Table::try_from(raw)
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}
