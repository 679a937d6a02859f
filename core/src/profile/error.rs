//! Why a profile is not valid.

/// Why a profile is not valid. Each is a sentence that says what was meant or may be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The file is not TOML, or has a field that there is none of.
    #[error("line {line}: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong there and what was probably meant.
        why: String,
    },
    /// A field's value is not possible.
    #[error("{field} {written} is not possible: {why}")]
    Value {
        /// The field, as in a file: `ring.size`.
        field: &'static str,
        /// What was written.
        written: String,
        /// What is possible.
        why: String,
    },
    /// A trigger or an action that cannot be.
    #[error("{what} {kind}: {why}")]
    Chosen {
        /// "trigger" or "action".
        what: &'static str,
        /// Its kind, or the whole line where that is not known.
        kind: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// Fields that do not go together.
    #[error("{0}")]
    Together(String),
}
