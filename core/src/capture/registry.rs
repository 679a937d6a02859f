//! Interface ids of a recording: never reused.

use std::sync::{Mutex, PoisonError};

use crate::limits;
use crate::pcapng::{InterfaceDescription, InterfaceId};

/// Gives ids to descriptions. An equal description has the same id again.
#[derive(Debug, Default)]
pub struct InterfaceRegistry {
    known: Mutex<Vec<InterfaceDescription>>,
}

impl InterfaceRegistry {
    /// The id of a description; the last one where a file could hold no more.
    #[must_use]
    pub fn id_for(&self, description: &InterfaceDescription) -> InterfaceId {
        // A push is whole or not done, so the list is right even after a panic.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().position(|one| one == description);
        let index = found.unwrap_or_else(|| {
            if known.len() < limits::INTERFACES_MAX {
                known.push(description.clone());
            }
            known.len() - 1
        });
        InterfaceId(u32::try_from(index).unwrap_or(u32::MAX))
    }
}
