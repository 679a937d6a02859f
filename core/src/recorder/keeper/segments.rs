//! Where empty segments come from.

use super::Keeper;
use crate::clock::{Monotonic, Now};
use crate::ring::{Sealed, SegmentWriter};

impl Keeper {
    /// Takes from the ring what is over its bounds. Between a firing and the
    /// complete incident the ring is left alone.
    pub(super) fn evict(&mut self, now: Now) {
        let at = self.ring_time(now);
        loop {
            let evicted = match &mut self.freezing {
                Some(freezing) => freezing.next.evict(at),
                None => self.ring.evict(at),
            };
            match evicted {
                Some(segment) => self.reuse(segment),
                None => return,
            }
        }
    }

    /// An empty segment: from the pool, else the newest ring's oldest.
    pub(super) fn empty_segment(&mut self) -> Option<SegmentWriter> {
        loop {
            if let Some(segment) = self.pool.pop() {
                return Some(segment);
            }
            self.reclaim_shared();
            if !self.pool.is_empty() {
                continue;
            }
            let oldest = match &mut self.freezing {
                Some(freezing) => freezing.next.evict_oldest(),
                None => self.ring.evict_oldest(),
            };
            self.reuse(oldest?);
        }
    }

    /// Makes a segment empty; one that a snapshot still reads waits for it.
    pub(super) fn reuse(&mut self, segment: Sealed) {
        match segment.recycle() {
            Ok(empty) => self.pool.push(empty),
            Err(read) => self.shared.push(read),
        }
    }

    /// Looks again at segments that were still being read.
    pub(super) fn reclaim_shared(&mut self) {
        for segment in std::mem::take(&mut self.shared) {
            self.reuse(segment);
        }
    }

    /// "Now" for ages: the clock that nobody sets, or the newest packet of a
    /// capture file.
    fn ring_time(&self, now: Now) -> Monotonic {
        if self.settings.live {
            return now.monotonic;
        }
        self.ring
            .iter()
            .next_back()
            .map_or(Monotonic(0), |(_, segment)| played_at(segment))
    }

    /// When a segment was sealed, for its age.
    pub(super) fn sealed_at(&self, segment: &Sealed, now: Now) -> Monotonic {
        if self.settings.live {
            now.monotonic
        } else {
            played_at(segment)
        }
    }
}

/// A capture file's clock is its packets' stamps, at whatever speed it is played.
fn played_at(segment: &Sealed) -> Monotonic {
    Monotonic(segment.contents().latest.0)
}
