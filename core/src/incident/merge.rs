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

use std::cmp::Reverse;
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

/// A run's place in the merge: ordered by the time of its next packet, then
/// by source and arrival, which is the order of the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    time: Timestamp,
    run: usize,
}

/// The pieces of a capture in order of time.
pub(super) struct Merge<'a> {
    interfaces: &'a [InterfaceDescription],
    runs: Vec<Run<'a>>,
    /// Runs not opened, the earliest last; their time is a bound, not yet a packet's.
    pending: Vec<Head>,
    /// Runs being read.
    open: BinaryHeap<Reverse<Head>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(capture: &'a FrozenCapture) -> Self {
        let runs: Vec<_> = segments(capture)
            .map(|(from, sealed)| Run::new(from, sealed))
            .collect();
        let head = |(run, segment): (usize, &Run<'_>)| Head {
            time: earliest_stored(segment.sealed),
            run,
        };
        let mut pending: Vec<_> = runs.iter().enumerate().map(head).collect();
        pending.sort_unstable_by_key(|head| Reverse(*head));
        Self {
            interfaces: &capture.interfaces,
            runs,
            pending,
            open: BinaryHeap::new(),
        }
    }

    /// Opens the runs that may hold the next packet.
    fn open_due(&mut self) {
        while let Some(&due) = self.pending.last()
            && self.open.peek().is_none_or(|Reverse(next)| due < *next)
        {
            self.pending.pop();
            let run = &mut self.runs[due.run];
            run.open(self.interfaces);
            if let Some(next) = run.next {
                self.open.push(Reverse(Head {
                    time: next.time,
                    ..due
                }));
            }
        }
    }

    /// What comes after the run that was taken from the heap.
    fn limit(&self) -> Option<Head> {
        let open = self.open.peek().map(|Reverse(head)| *head);
        let pending = self.pending.last().copied();
        [open, pending].into_iter().flatten().min()
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
        self.open_due();
        let Reverse(head) = self.open.pop()?;
        let limit = self.limit();
        let run = &mut self.runs[head.run];
        let piece = run.take(self.interfaces, head.run, limit);
        match run.next {
            Some(next) => self.open.push(Reverse(Head {
                time: next.time,
                ..head
            })),
            // Its index is not needed any more.
            None => run.order = Order::AsStored,
        }
        Some(piece)
    }
}

/// One segment on its way out.
struct Run<'a> {
    from: SegmentIndex,
    sealed: &'a Sealed,
    bytes: &'a [u8],
    order: Order,
    /// The next packet; none before it is opened and when all are out.
    next: Option<Next>,
}

/// Where a packet's block lies, and its time.
#[derive(Clone, Copy)]
struct Next {
    offset: usize,
    length: usize,
    time: Timestamp,
}

enum Order {
    /// Packets lie in order of time.
    AsStored,
    /// Where packets begin by time, and the place of the next one but one.
    Sorted { offsets: Vec<u32>, then: usize },
}

impl<'a> Run<'a> {
    fn new(from: SegmentIndex, sealed: &'a Sealed) -> Self {
        Self {
            from,
            sealed,
            bytes: sealed.bytes(),
            order: Order::AsStored,
            next: None,
        }
    }

    /// Finds the order and the first packet.
    fn open(&mut self, interfaces: &[InterfaceDescription]) {
        if self.sealed.contents().out_of_order {
            self.order = Order::Sorted {
                offsets: by_time(self.bytes, interfaces),
                then: 0,
            };
        }
        self.advance(interfaces, 0);
    }

    /// Finds the next packet, where `end` is the end of the one before.
    fn advance(&mut self, interfaces: &[InterfaceDescription], end: usize) {
        let offset = match &mut self.order {
            Order::AsStored => Some(end),
            Order::Sorted { offsets, then } => {
                let offset = offsets.get(*then).map(|offset| *offset as usize);
                *then += 1;
                offset
            }
        };
        self.next = offset.and_then(|offset| {
            let block = PacketBlock::first(self.bytes.get(offset..)?)?;
            Some(Next {
                offset,
                length: block.bytes.len(),
                time: time_of(interfaces, &block),
            })
        });
    }

    /// The blocks from the next one up to `limit`, at least one.
    fn take(
        &mut self,
        interfaces: &[InterfaceDescription],
        run: usize,
        limit: Option<Head>,
    ) -> Piece<'a> {
        let offset = self.next.map_or(self.bytes.len(), |next| next.offset);
        let mut end = offset;
        let latest = self.sealed.contents().latest;
        if matches!(self.order, Order::AsStored) && limit.is_none_or(|limit| limit.time > latest) {
            end = self.bytes.len();
            self.next = None;
        }
        while let Some(next) = self.next
            && next.offset == end
            // The heap gave this run first: one packet is always before the limit.
            && (end == offset
                || limit.is_none_or(|limit| Head { time: next.time, run } < limit))
        {
            end += next.length;
            self.advance(interfaces, end);
        }
        Piece {
            from: self.from,
            offset,
            bytes: &self.bytes[offset..end],
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
    // Stable, and quick where most of it is in order already.
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, offset)| offset).collect()
}
