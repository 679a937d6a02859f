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

    /// Keeps it without its traffic, which is for the one front alone.
    pub(super) fn set(&self, status: &Status) {
        let sources = status.sources.clone();
        let targets = status.targets.clone();
        let conditions = status.conditions.clone();
        *self.lock() = Some(Box::new(Status {
            traffic: Vec::new(),
            sources,
            targets,
            unsaved: status.unsaved.clone(),
            conditions,
            ..*status
        }));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Box<Status>>> {
        // A status is replaced whole, so it is right even after a panic.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
