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
    /// The id of a description; `None` for a new one where there are as many
    /// as a file may hold.
    #[must_use]
    pub fn id_for(&self, description: &InterfaceDescription) -> Option<InterfaceId> {
        // A push is whole or not done, so the list is right even after a panic.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().position(|one| one == description);
        let index = match found {
            Some(index) => index,
            None if known.len() < limits::INTERFACES_MAX => {
                known.push(description.clone());
                known.len() - 1
            }
            None => return None,
        };
        u32::try_from(index).ok().map(InterfaceId)
    }
}

/// Why a recording takes no other interface.
pub(super) const TOO_MANY: &str = "this recording has seen more interfaces than a file may hold";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcapng::{LinkType, Resolution};

    #[test]
    fn equal_descriptions_share_an_id_and_none_is_reused() {
        let registry = InterfaceRegistry::default();
        let describe = |number: usize| InterfaceDescription {
            name: format!("if{number}"),
            description: None,
            link_type: LinkType::ETHERNET,
            snaplen: 65_535,
            resolution: Resolution::Nanoseconds,
            filter: None,
        };
        for number in 0..limits::INTERFACES_MAX {
            let id = u32::try_from(number).ok().map(InterfaceId);
            assert_eq!(registry.id_for(&describe(number)), id);
        }
        assert_eq!(registry.id_for(&describe(7)), Some(InterfaceId(7)));
        assert_eq!(registry.id_for(&describe(limits::INTERFACES_MAX)), None);
    }
}
