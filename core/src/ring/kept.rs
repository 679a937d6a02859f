//! What is kept: sealed segments in the order in which they were sealed.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Sealed, SourceId};
use crate::clock::Monotonic;
use crate::units::ByteCount;

/// The ring's sealed segments. The oldest goes first, whichever source it is
/// of; so what is left is, per source, always its newest suffix.
#[derive(Debug)]
pub struct Ring {
    limit: ByteCount,
    segments_max: usize,
    age: Option<Duration>,
    kept: VecDeque<(SourceId, Sealed)>,
    /// When each of `kept` was pushed: ages do not jump when the clock is set.
    pushed: VecDeque<Monotonic>,
    held: ByteCount,
}

impl Ring {
    /// An empty ring that keeps at most `limit` bytes of blocks in at most
    /// `segments_max` segments, and what was pushed within the last `age`.
    #[must_use]
    pub fn new(limit: ByteCount, segments_max: usize, age: Option<Duration>) -> Self {
        Self {
            limit,
            segments_max,
            age,
            kept: VecDeque::new(),
            pushed: VecDeque::new(),
            held: ByteCount(0),
        }
    }

    /// Takes in a segment as the newest, sealed at `now`. Evicts nothing.
    pub fn push(&mut self, source: SourceId, segment: Sealed, now: Monotonic) {
        self.held.0 += segment.contents().bytes.0;
        self.pushed.push_back(now);
        self.kept.push_back((source, segment));
    }

    /// Takes out the oldest segment if the ring holds more than its limits, or
    /// if all of the segment is older than the age. To be called until `None`.
    pub fn evict(&mut self, now: Monotonic) -> Option<Sealed> {
        let pushed = *self.pushed.front()?;
        let aged = self.age.is_some_and(|age| pushed.after(age) < now);
        if self.held > self.limit || self.kept.len() > self.segments_max || aged {
            self.evict_oldest()
        } else {
            None
        }
    }

    /// Takes out the oldest segment.
    pub fn evict_oldest(&mut self) -> Option<Sealed> {
        let (_, segment) = self.kept.pop_front()?;
        self.pushed.pop_front();
        self.held.0 -= segment.contents().bytes.0;
        Some(segment)
    }

    /// Takes out everything: what a freeze does. Costs nothing per byte.
    pub fn take(&mut self) -> VecDeque<(SourceId, Sealed)> {
        self.held = ByteCount(0);
        self.pushed.clear();
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
