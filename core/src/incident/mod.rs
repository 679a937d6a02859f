//! What was frozen, and how it is kept: facts, saving, the incidents folder.
//!
//! - What was frozen is never changed; saving reads it and may be tried again
//!   elsewhere until it has succeeded.
//! - A file appears under its name only when it is complete and flushed.

mod beside;
mod classic;
mod classic_copy;
mod comment;
mod facts;
mod folder;
mod head;
mod keep;
mod machine;
mod mark;
mod merge;
mod packets;
mod place;
mod save;
#[cfg(test)]
mod tests;
mod words;
mod writer;

pub use beside::{add_comments, added_comments, write_beside};
pub use classic_copy::{ClassicCopy, ClassicCopyError, copy_as_classic};
pub use comment::{FACTS_VERSION, FactsError};
pub use facts::{Facts, FrozenBy, InterfaceFacts, NotedFiring, Watched};
pub use folder::{check, default_folder, ensure, file_stem, room};
pub use keep::{Keep, Kept};
pub use place::PlaceError;
pub use save::{Format, SaveError, Saved, save, save_as};
pub use words::{moment, sentence};

use std::sync::Arc;

use crate::capture::Counters;
use crate::pcapng::{InterfaceDescription, InterfaceId};
use crate::ring::{Sealed, SourceId};

/// A frozen capture and why it was frozen.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Why, what and when.
    pub facts: Facts,
    /// The packets.
    pub capture: Arc<FrozenCapture>,
}

/// The packets of an incident: nothing was copied, nothing can change it.
#[derive(Debug)]
pub struct FrozenCapture {
    /// Every interface description of the recording, by id.
    pub interfaces: Vec<InterfaceDescription>,
    /// Per source its segments, the oldest first.
    pub sources: Vec<FrozenSource>,
}

/// One source's part.
#[derive(Debug)]
pub struct FrozenSource {
    /// Which source.
    pub source: SourceId,
    /// The interface that it has open, or had last: its counters are written
    /// under this one.
    pub interface: InterfaceId,
    /// Its segments, the oldest first; packets within are in order of arrival.
    pub segments: Vec<Sealed>,
    /// Its counters at the freeze.
    pub counters: Counters,
}
