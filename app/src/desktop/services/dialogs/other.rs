//! macOS and Windows have dialogs of their own.

use std::path::PathBuf;

use super::Answer;

/// Shows one.
pub(super) fn show(dialog: impl FnOnce() -> Option<PathBuf> + Send + 'static) -> Answer {
    dialog().map_or(Answer::Dismissed, Answer::Chosen)
}
