//! Finding the packet at the moment of the firing.

use super::FrozenCapture;
use super::merge::{Piece, SegmentIndex, earliest_stored, segments, time_of};
use crate::pcapng::{InterfaceDescription, PacketBlock, blocks};
use crate::ring::Sealed;
use crate::units::Timestamp;

/// A packet of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    time: Timestamp,
    from: SegmentIndex,
    offset: usize,
}

impl Mark {
    /// The last packet at or before a moment in the order in which packets are
    /// saved; the first one of all where none is. `None` without packets.
    ///
    /// Walks only segments that may hold it, most often one or two.
    pub(super) fn find(capture: &FrozenCapture, moment: Timestamp) -> Option<Self> {
        last_until(capture, moment).or_else(|| first(capture))
    }

    /// Where in a piece the marked packet begins, if it is in there.
    pub(super) fn within(&self, piece: &Piece<'_>) -> Option<usize> {
        let offset = self.offset.checked_sub(piece.offset)?;
        (self.from == piece.from && offset < piece.bytes.len()).then_some(offset)
    }

    /// The packet.
    pub(super) fn block<'a>(&self, capture: &'a FrozenCapture) -> Option<PacketBlock<'a>> {
        let source = capture.sources.get(self.from.source)?;
        let segment = source.segments.get(self.from.segment)?;
        PacketBlock::first(segment.bytes().get(self.offset..)?)
    }
}

fn last_until(capture: &FrozenCapture, moment: Timestamp) -> Option<Mark> {
    let mut found: Option<Mark> = None;
    let mut candidates: Vec<_> = segments(capture)
        .filter(|(_, sealed)| earliest_stored(sealed) <= moment)
        .map(|(index, sealed)| (sealed.contents().latest.min(moment), index, sealed))
        .collect();
    candidates.sort_by_key(|(bound, index, _)| (*bound, *index));
    for (bound, index, sealed) in candidates.into_iter().rev() {
        if found.is_some_and(|best| best.time > bound) {
            break;
        }
        let last = marks(&capture.interfaces, index, sealed)
            .filter(|mark| mark.time <= moment)
            .max();
        found = found.max(last);
    }
    found
}

fn first(capture: &FrozenCapture) -> Option<Mark> {
    let mut found: Option<Mark> = None;
    for (index, sealed) in segments(capture) {
        if found.is_some_and(|best| best.time < earliest_stored(sealed)) {
            continue;
        }
        let first = marks(&capture.interfaces, index, sealed).min();
        found = [found, first].into_iter().flatten().min();
    }
    found
}

fn marks<'a>(
    interfaces: &'a [InterfaceDescription],
    from: SegmentIndex,
    sealed: &'a Sealed,
) -> impl Iterator<Item = Mark> + 'a {
    let mut walk = blocks(sealed.bytes());
    std::iter::from_fn(move || {
        let offset = walk.offset();
        let block = walk.next()?;
        Some(Mark {
            time: time_of(interfaces, &block),
            from,
            offset,
        })
    })
}
