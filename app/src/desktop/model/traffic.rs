//! Traffic over time, finely for minutes and coarsely for a day.
//!
//! - Every bin that comes in is counted once in each level.
//! - A level is bounded: its oldest bins go.

use std::collections::VecDeque;

use crashcap_core::recorder::TrafficBin;

/// How wide the bins of a level are, and how many it keeps: ten minutes of
/// tenths of a second, two hours of seconds, a day of tens of seconds.
const LEVELS: [(u64, usize); 3] = [
    (100_000_000, 6_000),
    (1_000_000_000, 7_200),
    (10_000_000_000, 8_640),
];

/// What came in one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bin {
    /// Where it begins, in nanoseconds since 1970, a multiple of the width.
    pub(crate) start: u64,
    /// Packets.
    pub(crate) packets: u64,
    /// Bytes on the wire.
    pub(crate) bytes: u64,
    /// Packets lost.
    pub(crate) lost: u64,
}

impl Bin {
    fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.lost += other.lost;
    }
}

/// The levels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    levels: [VecDeque<Bin>; 3],
}

/// One column of a picture: rates per second over its span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Column {
    /// Bytes a second, all bins together.
    pub(crate) bytes: f64,
    /// Packets a second of the fullest bin.
    pub(crate) packets_max: f64,
    /// Packets a second of the emptiest bin.
    pub(crate) packets_min: f64,
    /// Packets lost.
    pub(crate) lost: u64,
    /// Something is known of this span.
    pub(crate) known: bool,
}

impl Traffic {
    /// Takes in what the recorder counted.
    pub(crate) fn add(&mut self, bin: &TrafficBin) {
        let middle = bin.start.0 + bin.length_ns / 2;
        for (level, (width, most)) in self.levels.iter_mut().zip(LEVELS) {
            let fresh = Bin {
                start: middle - middle % width,
                packets: bin.packets.0,
                bytes: bin.wire_bytes.0,
                lost: bin.lost.0,
            };
            match level.back_mut() {
                // A clock that was set back: the time before is drawn over.
                Some(last) if last.start >= fresh.start => last.add(&fresh),
                _ => level.push_back(fresh),
            }
            if level.len() > most {
                level.pop_front();
            }
        }
    }

    /// The bins that are fine enough for columns of this width and reach back
    /// far enough, with their own width.
    fn level(&self, from: u64, column: u64) -> (&VecDeque<Bin>, u64) {
        let reaches = |index: usize| {
            let first = self.levels[index].front().map(|bin| bin.start);
            let coarser = self.levels.get(index + 1).and_then(|level| level.front());
            // A coarser level helps only where it knows of more.
            first.is_none_or(|first| first <= from)
                || coarser.is_none_or(|coarser| Some(coarser.start + LEVELS[index + 1].0) >= first)
        };
        let fine = |index: usize| LEVELS[index].0 * 2 > column || index == 0;
        let index = (0..LEVELS.len())
            .rev()
            .find(|index| LEVELS[*index].0 <= column && fine(*index))
            .unwrap_or(0);
        let index = (index..LEVELS.len())
            .find(|index| reaches(*index))
            .unwrap_or(LEVELS.len() - 1);
        (&self.levels[index], LEVELS[index].0)
    }

    /// `count` columns of `width` nanoseconds from `from` on.
    pub(crate) fn columns(&self, from: u64, width: u64, count: usize) -> Vec<Column> {
        let (level, bin_width) = self.level(from, width);
        let first = level.partition_point(|bin| bin.start + bin_width <= from);
        columns(&mut level.iter().skip(first), bin_width, from, width, count)
    }
}

/// Columns out of bins of equal width, the first of which may begin before `from`.
pub(super) fn columns(
    bins: &mut dyn Iterator<Item = &Bin>,
    bin_width: u64,
    from: u64,
    width: u64,
    count: usize,
) -> Vec<Column> {
    let mut columns = vec![Column::default(); count];
    let width = width.max(1);
    let end = from.saturating_add(width.saturating_mul(count as u64));
    let seconds = bin_width as f64 / 1e9;
    for bin in bins.take_while(|bin| bin.start < end) {
        let middle = bin.start + bin_width / 2;
        let index = (middle.saturating_sub(from) / width) as usize;
        let Some(column) = columns.get_mut(index) else {
            continue;
        };
        let packets = bin.packets as f64 / seconds;
        column.packets_min = if column.known {
            column.packets_min.min(packets)
        } else {
            packets
        };
        column.packets_max = column.packets_max.max(packets);
        column.bytes = column.bytes.max(bin.bytes as f64 / seconds);
        column.lost += bin.lost;
        column.known = true;
    }
    // Bins wider than columns leave gaps that are none.
    let mut last: Option<Column> = None;
    for column in &mut columns {
        match last {
            _ if column.known => last = Some(*column),
            Some(before) if bin_width > width => *column = Column { lost: 0, ..before },
            _ => {}
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::units::{ByteCount, PacketCount, Timestamp};

    fn bin(start_ms: u64, packets: u64) -> TrafficBin {
        TrafficBin {
            start: Timestamp(start_ms * 1_000_000),
            length_ns: 100_000_000,
            packets: PacketCount(packets),
            wire_bytes: ByteCount(packets * 100),
            lost: PacketCount(packets % 2),
        }
    }

    #[test]
    fn every_level_holds_all_that_came() {
        let mut traffic = Traffic::default();
        // Ticks come a little late.
        for number in 0..3_000_u64 {
            traffic.add(&bin(1_000_000 + number * 101, number % 7));
        }
        let came: u64 = (0..3_000).map(|number| number % 7).sum();
        for level in &traffic.levels {
            let packets: u64 = level.iter().map(|bin| bin.packets).sum();
            let bytes: u64 = level.iter().map(|bin| bin.bytes).sum();
            assert_eq!((packets, bytes), (came, came * 100));
        }
    }

    #[test]
    fn columns_show_rates_whatever_their_width() {
        let mut traffic = Traffic::default();
        for number in 0..600 {
            traffic.add(&bin(60_000 + number * 100, 50));
        }
        for width in [100_000_000, 200_000_000, 1_000_000_000, 5_000_000_000] {
            let count = (60_000_000_000 / width) as usize;
            let columns = traffic.columns(60_000_000_000, width, count);
            for column in &columns {
                assert!((column.packets_max - 500.0).abs() < 1.0, "{column:?}");
                assert!((column.bytes - 50_000.0).abs() < 1.0, "{column:?}");
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut traffic = Traffic::default();
        for number in 0..20_000 {
            traffic.add(&bin(number * 100, 1));
        }
        for (level, (_, most)) in traffic.levels.iter().zip(LEVELS) {
            assert!(level.len() <= most);
        }
    }
}
