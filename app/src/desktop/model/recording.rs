//! The recording as the window follows it.

use crashcap_core::recorder::{Phase, Status};

/// The recording, if there is or was one.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    /// What it says of itself last.
    pub(crate) status: Option<Status>,
    /// Start was pressed and nothing is known yet.
    pub(crate) opening: bool,
}

impl Recording {
    /// Whether a recorder runs.
    pub(crate) fn runs(&self) -> bool {
        self.opening
            || self.status.as_ref().is_some_and(|status| {
                matches!(
                    status.phase,
                    Phase::Opening | Phase::Recording | Phase::Tail
                )
            })
    }
}
