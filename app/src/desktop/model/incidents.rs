//! What was saved.

use std::path::PathBuf;

/// The list, and the one that is open.
#[derive(Debug, Default)]
pub(crate) struct Incidents {
    /// The row that is chosen.
    pub(crate) chosen: Option<PathBuf>,
}
