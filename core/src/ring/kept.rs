//! What is kept: sealed segments in the order in which they were sealed.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Sealed, SourceId};
use crate::units::{ByteCount, Timestamp};

/// The ring's sealed segments. The oldest goes first, whichever source it is
/// of; so what is left is, per source, always its newest suffix.
#[derive(Debug)]
pub struct Ring {
    limit: ByteCount,
    segments_max: usize,
    age: Option<Duration>,
    kept: VecDeque<(SourceId, Sealed)>,
    held: ByteCount,
}

impl Ring {
    /// An empty ring that keeps at most `limit` bytes of blocks in at most
    /// `segments_max` segments, and packets of the last `age` at least (more as
    /// far as whole segments hold more).
    #[must_use]
    pub fn new(limit: ByteCount, segments_max: usize, age: Option<Duration>) -> Self {
        Self {
            limit,
            segments_max,
            age,
            kept: VecDeque::new(),
            held: ByteCount(0),
        }
    }

    /// Takes in a segment as the newest. Evicts nothing.
    pub fn push(&mut self, source: SourceId, segment: Sealed) {
        self.held.0 += segment.contents().bytes.0;
        self.kept.push_back((source, segment));
    }

    /// Takes out the oldest segment if the ring holds more than its limits, or
    /// if all of the segment is older than the age. To be called until `None`.
    pub fn evict(&mut self, now: Timestamp) -> Option<Sealed> {
        let (_, oldest) = self.kept.front()?;
        let latest = oldest.contents().latest;
        let aged = self.age.is_some_and(|age| latest.after(age) < now);
        if self.held > self.limit || self.kept.len() > self.segments_max || aged {
            self.evict_oldest()
        } else {
            None
        }
    }

    /// Takes out the oldest segment.
    pub fn evict_oldest(&mut self) -> Option<Sealed> {
        let (_, segment) = self.kept.pop_front()?;
        self.held.0 -= segment.contents().bytes.0;
        Some(segment)
    }

    /// Takes out everything: what a freeze does. Costs nothing per byte.
    pub fn take(&mut self) -> VecDeque<(SourceId, Sealed)> {
        self.held = ByteCount(0);
        std::mem::take(&mut self.kept)
    }

    /// The segments, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(SourceId, Sealed)> {
        self.kept.iter()
    }

    /// Bytes of blocks held.
    #[must_use]
    pub fn held(&self) -> ByteCount {
        self.held
    }
}
