//! A system that is not asked here what a process uses.

use super::{Resource, Unseen};
use crate::watch::ProcessIdentity;

/// Nothing can be made of this.
pub(super) enum Meter {}

impl Meter {
    /// # Errors
    /// Always.
    pub(super) fn new(_resource: Resource) -> Result<Self, Unseen> {
        Err(Unseen {
            reason: "what a process uses is not measured on this system".to_owned(),
            remedy: "use a command that measures it",
        })
    }

    pub(super) fn begin(&mut self) -> Result<(), Unseen> {
        match *self {}
    }

    pub(super) fn read(&mut self, _process: ProcessIdentity) -> Result<Option<u64>, Unseen> {
        match *self {}
    }
}
