//! All segments of a capture in order of time, without copying a packet.
//!
//! - Every segment is one run of the merge, opened when its earliest packet is
//!   next. Where a clock stepped back, the segments before and after the step
//!   overlap in time and are woven together like those of two sources.
//! - Only a segment that is out of order within itself gets an index of its
//!   packets, four bytes each, for as long as it is being read.
//! - Packets of equal time stay in order of source, then of arrival.
//! - What comes out are pieces of whole blocks, as long as the order allows:
//!   whole segments where nothing overlaps.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::FrozenCapture;
use crate::pcapng::{InterfaceDescription, PacketBlock, blocks};
use crate::ring::Sealed;
use crate::units::Timestamp;

/// Which segment of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentIndex {
    pub(super) source: usize,
    pub(super) segment: usize,
}

/// Consecutive whole blocks of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) from: SegmentIndex,
    /// Where `bytes` begin within the segment.
    pub(super) offset: usize,
    pub(super) bytes: &'a [u8],
}

/// A packet's time, by its interface's resolution.
pub(super) fn time_of(interfaces: &[InterfaceDescription], block: &PacketBlock<'_>) -> Timestamp {
    let resolution = interfaces
        .get(block.interface.0 as usize)
        .map(|interface| interface.resolution);
    resolution.map_or(Timestamp(block.ticks), |known| known.timestamp(block.ticks))
}

/// A time that no packet of a segment lies before, whatever its interface's
/// resolution: packets are stored rounded down, and what a segment knows is not.
pub(super) fn earliest_stored(segment: &Sealed) -> Timestamp {
    let earliest = segment.contents().earliest.0;
    Timestamp(earliest - earliest % 1_000)
}

/// What the heap orders runs by.
type Key = (Timestamp, SegmentIndex);

/// One segment on its way out.
struct Run<'a> {
    key: Key,
    sealed: &'a Sealed,
    order: Order,
}

enum Order {
    /// The key's time is a bound and not yet the first packet's.
    Unopened,
    /// Packets lie in order of time; the next one begins here.
    AsStored(usize),
    /// Packets by time: where they begin, and how many are out.
    Sorted { offsets: Vec<u32>, done: usize },
}

impl Ord for Run<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Run<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Run<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Run<'_> {}

/// The pieces of a capture in order of time.
pub(super) struct Merge<'a> {
    interfaces: &'a [InterfaceDescription],
    runs: BinaryHeap<Reverse<Run<'a>>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(capture: &'a FrozenCapture) -> Self {
        let runs = segments(capture)
            .map(|(index, sealed)| {
                Reverse(Run {
                    key: (earliest_stored(sealed), index),
                    sealed,
                    order: Order::Unopened,
                })
            })
            .collect();
        Self {
            interfaces: &capture.interfaces,
            runs,
        }
    }
}

/// Every segment that holds a packet.
pub(super) fn segments(capture: &FrozenCapture) -> impl Iterator<Item = (SegmentIndex, &Sealed)> {
    let sources = capture.sources.iter().enumerate();
    sources
        .flat_map(|(source, frozen)| {
            let segments = frozen.segments.iter().enumerate();
            segments.map(move |(segment, sealed)| (SegmentIndex { source, segment }, sealed))
        })
        .filter(|(_, sealed)| sealed.contents().packets.0 > 0)
}

impl<'a> Iterator for Merge<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let Reverse(mut run) = self.runs.pop()?;
            if matches!(run.order, Order::Unopened) {
                if run.open(self.interfaces) {
                    self.runs.push(Reverse(run));
                }
                continue;
            }
            let limit = self.runs.peek().map(|Reverse(next)| next.key);
            let (piece, more) = run.take(self.interfaces, limit);
            if more {
                self.runs.push(Reverse(run));
            }
            return Some(piece);
        }
    }
}

impl<'a> Run<'a> {
    /// Finds the order and the first packet's time; false where there is none.
    fn open(&mut self, interfaces: &[InterfaceDescription]) -> bool {
        self.order = if self.sealed.contents().out_of_order {
            Order::Sorted {
                offsets: by_time(self.sealed.bytes(), interfaces),
                done: 0,
            }
        } else {
            Order::AsStored(0)
        };
        self.settle(interfaces)
    }

    /// Where the next packet begins.
    fn next_offset(&self) -> Option<usize> {
        match &self.order {
            Order::Unopened => Some(0),
            Order::AsStored(offset) => Some(*offset),
            Order::Sorted { offsets, done } => offsets.get(*done).map(|offset| *offset as usize),
        }
    }

    fn block_at(&self, offset: usize) -> Option<PacketBlock<'a>> {
        PacketBlock::first(self.sealed.bytes().get(offset..)?)
    }

    /// Moves the key to the next packet; false where there is none.
    fn settle(&mut self, interfaces: &[InterfaceDescription]) -> bool {
        let next = self.next_offset().and_then(|offset| self.block_at(offset));
        if let Some(block) = &next {
            self.key.0 = time_of(interfaces, block);
        }
        next.is_some()
    }

    /// The blocks from the next one up to `limit`, at least one, and whether
    /// there are more.
    fn take(
        &mut self,
        interfaces: &[InterfaceDescription],
        limit: Option<Key>,
    ) -> (Piece<'a>, bool) {
        let bytes = self.sealed.bytes();
        let start = self.next_offset().unwrap_or(bytes.len());
        let latest = self.sealed.contents().latest;
        if let Order::AsStored(offset) = &mut self.order
            && limit.is_none_or(|(time, _)| time > latest)
        {
            *offset = bytes.len();
            return (self.piece(start, bytes.len()), false);
        }
        let mut end = start;
        let mut more = true;
        // The heap gave this run first, so that one packet is always before the limit.
        while more && (end == start || limit.is_none_or(|limit| self.key < limit)) {
            if self.next_offset() != Some(end) {
                break;
            }
            let Some(block) = self.block_at(end) else {
                more = false;
                break;
            };
            end += block.bytes.len();
            self.advance(end);
            more = self.settle(interfaces);
        }
        (self.piece(start, end), more)
    }

    fn advance(&mut self, end: usize) {
        match &mut self.order {
            Order::Unopened => {}
            Order::AsStored(offset) => *offset = end,
            Order::Sorted { done, .. } => *done += 1,
        }
    }

    fn piece(&self, start: usize, end: usize) -> Piece<'a> {
        Piece {
            from: self.key.1,
            offset: start,
            bytes: &self.sealed.bytes()[start..end],
        }
    }
}

/// Where the packets begin, in order of time; those of equal time as they lie.
fn by_time(bytes: &[u8], interfaces: &[InterfaceDescription]) -> Vec<u32> {
    let mut timed = Vec::new();
    let mut walk = blocks(bytes);
    let mut offset = 0;
    while let Some(block) = walk.next() {
        timed.push((time_of(interfaces, &block), offset));
        // Segments are of a few MiB.
        offset = u32::try_from(walk.offset()).unwrap_or(u32::MAX);
    }
    timed.sort_unstable();
    timed.into_iter().map(|(_, offset)| offset).collect()
}
