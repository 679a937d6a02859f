//! What was frozen, and how it is kept: facts, saving, the incidents folder.
//!
//! - What was frozen is never changed; saving reads it and may be tried again
//!   elsewhere until it has succeeded.
//! - A file appears under its name only when it is complete and flushed.

mod facts;

pub use facts::{Facts, FrozenBy, InterfaceFacts, NotedFiring};

use std::sync::Arc;

use crate::capture::Counters;
use crate::pcapng::InterfaceDescription;
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

/// The format of an incident's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// pcapng: everything in one file.
    #[default]
    Pcapng,
    /// Classic pcap: packets only, one file per link type.
    Pcap,
}

/// One source's part.
#[derive(Debug)]
pub struct FrozenSource {
    /// Which source.
    pub source: SourceId,
    /// Its segments, the oldest first; packets within are in order of arrival.
    pub segments: Vec<Sealed>,
    /// Its counters at the freeze.
    pub counters: Counters,
}
