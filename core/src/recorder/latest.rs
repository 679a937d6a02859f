//! The newest status, for those who ask now and then.

use std::sync::{Arc, Mutex, PoisonError};

use super::messages::Status;

/// Shared between the keeper, which writes it, and whoever answers questions.
#[derive(Clone, Debug, Default)]
pub struct LatestStatus {
    status: Arc<Mutex<Option<Box<Status>>>>,
}

impl LatestStatus {
    /// The newest status; `None` in the first moments of a recording.
    #[must_use]
    pub fn get(&self) -> Option<Box<Status>> {
        self.lock().clone()
    }

    pub(super) fn set(&self, status: Box<Status>) {
        *self.lock() = Some(status);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Box<Status>>> {
        // A status is replaced whole, so it is right even after a panic.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
