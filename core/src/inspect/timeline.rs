//! Traffic over a file's span.
//!
//! The span is known only at the end, and times may be out of order: bins are
//! fine at first, and ten become one whenever there would be too many. Never
//! more than ten times [`TIMELINE_BINS_MAX`] are held, so that the last step,
//! from a power of ten to 2 or 5 of them, still leaves the finest that fit.

use std::collections::VecDeque;
use std::time::Duration;

use super::Traffic;
use crate::limits::TIMELINE_BINS_MAX;
use crate::units::{ByteCount, Timestamp};

/// Nanoseconds of the finest bin: what classic pcap can tell apart.
const FINEST: u64 = 1_000;
/// Bins held while counting.
const HELD_MAX: u64 = 10 * TIMELINE_BINS_MAX;

/// Packets and bytes in each of equal spans of time, without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Where the first bin begins: a multiple of the width, not after the
    /// first packet.
    pub start: Timestamp,
    /// A bin's width: 1, 2 or 5 of a power of ten nanoseconds, the smallest
    /// with which no more than [`TIMELINE_BINS_MAX`] bins cover the span.
    pub width: Duration,
    /// From the first packet's bin to the last one's; none without packets.
    pub bins: Vec<Traffic>,
}

impl Timeline {
    /// Where a bin begins.
    #[must_use]
    pub fn begin(&self, bin: usize) -> Timestamp {
        let bin = u32::try_from(bin).unwrap_or(u32::MAX);
        self.start.after(self.width.saturating_mul(bin))
    }
}

/// A timeline that is being counted.
pub(super) struct Counting {
    /// Nanoseconds of a bin: a power of ten.
    width: u64,
    /// The first bin's begin in widths since 1970.
    first: u64,
    bins: VecDeque<Traffic>,
}

impl Counting {
    pub(super) fn new() -> Self {
        Self {
            width: FINEST,
            first: 0,
            bins: VecDeque::new(),
        }
    }

    pub(super) fn count(&mut self, at: Timestamp, bytes: ByteCount) {
        if self.bins.is_empty() {
            self.first = at.0 / self.width;
        }
        let place = loop {
            let bin = at.0 / self.width;
            let last = self.first + (self.bins.len() as u64).saturating_sub(1);
            if last.max(bin) - self.first.min(bin) < HELD_MAX {
                break bin;
            }
            self.fold(10);
        };
        while place < self.first {
            self.bins.push_front(Traffic::default());
            self.first -= 1;
        }
        let index = usize::try_from(place - self.first).unwrap_or(usize::MAX);
        if index >= self.bins.len() {
            self.bins.resize(index + 1, Traffic::default());
        }
        self.bins[index].count(bytes);
    }

    /// Makes one bin of so many, aligned to their multiples.
    fn fold(&mut self, many: u64) {
        let first = self.first / many;
        let mut folded = VecDeque::new();
        for (bin, traffic) in (self.first..).zip(&self.bins) {
            let index = usize::try_from(bin / many - first).unwrap_or(usize::MAX);
            if index >= folded.len() {
                folded.push_back(Traffic::default());
            }
            folded[index] = folded[index].plus(*traffic);
        }
        self.bins = folded;
        self.first = first;
        self.width = self.width.saturating_mul(many);
    }

    pub(super) fn finish(mut self) -> Timeline {
        let last = self.first + (self.bins.len() as u64).saturating_sub(1);
        let fits = |many: &u64| last / many - self.first / many < TIMELINE_BINS_MAX;
        if let Some(many) = [1, 2, 5, 10, 20].into_iter().find(fits) {
            self.fold(many);
        }
        Timeline {
            start: Timestamp(self.first.saturating_mul(self.width)),
            width: Duration::from_nanos(self.width),
            bins: self.bins.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn timeline(times: &[u64]) -> Timeline {
        let mut counting = Counting::new();
        for at in times {
            counting.count(Timestamp(*at), ByteCount(100));
            assert!(counting.bins.len() as u64 <= HELD_MAX);
        }
        counting.finish()
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_width_is_the_smallest_step_that_fits() {
        for (span, width) in [
            (0, 1_000),
            (1_999_000, 1_000),
            (2_000_000, 2_000),
            (SECOND, 1_000_000),
            (60 * SECOND, 50_000_000),
            (3_600 * SECOND, 2 * SECOND),
            (86_400 * SECOND, 50 * SECOND),
        ] {
            let start = 1_700_000_000 * SECOND;
            let timeline = timeline(&[start, start + span]);
            assert_eq!(timeline.width, Duration::from_nanos(width), "{span}");
            assert_eq!(timeline.start, Timestamp(start));
            assert_eq!(timeline.bins.len() as u64, span / width + 1);
        }
    }

    #[test]
    fn no_packets_have_no_bins() {
        assert!(timeline(&[]).bins.is_empty());
    }

    proptest! {
        #[test]
        fn every_packet_is_in_its_bin_in_any_order(
            times in prop::collection::vec(
                prop_oneof![0..5_000_u64, 0..SECOND, any::<u64>(), Just(u64::MAX)],
                1..40,
            ),
        ) {
            let timeline = timeline(&times);
            let bins = &timeline.bins;
            prop_assert!(bins.len() as u64 <= TIMELINE_BINS_MAX);
            let width = u64::try_from(timeline.width.as_nanos()).unwrap();
            let place = |at: &u64| usize::try_from(at / width - timeline.start.0 / width).unwrap();
            let mut expected = vec![0; bins.len()];
            for at in &times {
                expected[place(at)] += 1;
            }
            let counted: Vec<_> = bins.iter().map(|bin| bin.packets.0).collect();
            prop_assert_eq!(counted, expected);
            // Neither could be spared, and a finer step would not do.
            prop_assert!(bins[0].packets.0 > 0 && bins[bins.len() - 1].packets.0 > 0);
            let leading = width.to_string();
            prop_assert!(matches!(leading.trim_end_matches('0'), "1" | "2" | "5"));
            let finer = if leading.starts_with('5') { width / 5 * 2 } else { width / 2 };
            let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
            prop_assert!(width == FINEST || last / finer - first / finer >= TIMELINE_BINS_MAX);
        }
    }
}
