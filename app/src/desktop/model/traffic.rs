//! Traffic over time, finely for minutes and coarsely for a day.
//!
//! - Every bin that comes in is counted once in each level.
//! - A level is bounded: its oldest bins go.
//! - A rate is what came over the time that was counted, so that the newest bin,
//!   of which only a part is known, is no lower than the others.

use std::collections::VecDeque;

use crashcap_core::recorder::TrafficBin;

/// How wide the bins of a level are, and how many it keeps: ten minutes of
/// tenths of a second, two hours of seconds, a day of tens of seconds.
const LEVELS: [(u64, usize); 3] = [
    (100_000_000, 6_000),
    (1_000_000_000, 7_200),
    (10_000_000_000, 8_640),
];

/// A clock set back by less is a clock that is being trimmed: 2 s.
const TRIM_MAX: u64 = 2_000_000_000;

/// What came in one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bin {
    /// Where it begins, in nanoseconds since 1970, a multiple of the width.
    pub(crate) start: u64,
    /// Nanoseconds that were counted.
    pub(crate) counted: u64,
    /// Packets.
    pub(crate) packets: u64,
    /// Bytes on the wire.
    pub(crate) bytes: u64,
    /// Packets lost.
    pub(crate) lost: u64,
}

impl Bin {
    fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.lost += other.lost;
    }

    /// A count of this bin per second.
    fn rate(&self, count: u64) -> f64 {
        count as f64 * 1e9 / self.counted.max(1) as f64
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

/// A column while its bins are gathered.
#[derive(Clone, Copy, Debug, Default)]
struct Gathered {
    sum: Bin,
    most: f64,
    least: f64,
}

impl Gathered {
    fn add(&mut self, bin: &Bin) {
        let rate = bin.rate(bin.packets);
        self.least = match self.sum.counted {
            0 => rate,
            _ => self.least.min(rate),
        };
        self.most = self.most.max(rate);
        self.sum.add(bin);
    }

    fn column(&self) -> Column {
        Column {
            bytes: self.sum.rate(self.sum.bytes),
            packets_max: self.most,
            packets_min: self.least,
            lost: self.sum.lost,
            known: self.sum.counted > 0,
        }
    }
}

impl Traffic {
    /// Takes in what the recorder counted.
    pub(crate) fn add(&mut self, bin: &TrafficBin) {
        let middle = bin.start.0 + bin.length_ns / 2;
        for (level, (width, most)) in self.levels.iter_mut().zip(LEVELS) {
            let fresh = Bin {
                start: middle - middle % width,
                counted: bin.length_ns,
                packets: bin.packets.0,
                bytes: bin.wire_bytes.0,
                lost: bin.lost.0,
            };
            // A clock that was set back: the time before is drawn over.
            while level
                .back()
                .is_some_and(|last| last.start > fresh.start + TRIM_MAX.max(width))
            {
                level.pop_back();
            }
            match level.back_mut() {
                Some(last) if last.start >= fresh.start => last.add(&fresh),
                _ => level.push_back(fresh),
            }
            if level.len() > most {
                level.pop_front();
            }
        }
    }

    /// The finest bins that are kept for so long and reach back far enough, with
    /// their width. The span decides and not what is there yet: a picture does
    /// not change its grain as it fills.
    fn level(&self, from: u64, span: u64) -> (&VecDeque<Bin>, u64) {
        let keeps = |index: usize| LEVELS[index].0 * LEVELS[index].1 as u64 >= span;
        let reaches = |index: usize| {
            let first = self.levels[index].front().map(|bin| bin.start);
            let coarser = self.levels.get(index + 1).and_then(|level| level.front());
            // A coarser level helps only where it knows of more.
            first.is_none_or(|first| first <= from)
                || coarser.is_none_or(|coarser| Some(coarser.start + LEVELS[index + 1].0) >= first)
        };
        let index = (0..LEVELS.len())
            .find(|index| keeps(*index) && reaches(*index))
            .unwrap_or(LEVELS.len() - 1);
        (&self.levels[index], LEVELS[index].0)
    }

    /// `count` columns of `width` nanoseconds from `from` on.
    pub(crate) fn columns(&self, from: u64, width: u64, count: usize) -> Vec<Column> {
        let span = width.saturating_mul(count as u64);
        let (level, bin_width) = self.level(from, span);
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
    let width = width.max(1);
    let end = from.saturating_add(width.saturating_mul(count as u64));
    let mut gathered = vec![Gathered::default(); count];
    for bin in bins.take_while(|bin| bin.start < end) {
        let middle = bin.start + bin_width / 2;
        let index = (middle.saturating_sub(from) / width) as usize;
        if let Some(one) = gathered.get_mut(index) {
            one.add(bin);
        }
    }
    let mut columns: Vec<Column> = gathered.iter().map(Gathered::column).collect();
    carry_on(&mut columns, (2 * bin_width / width) as usize);
    columns
}

/// Fills holes that are none: bins wider than columns, and ticks that came a
/// little late and left a bin out.
fn carry_on(columns: &mut [Column], most: usize) {
    let mut last: Option<(usize, Column)> = None;
    for (index, column) in columns.iter_mut().enumerate() {
        if column.known {
            last = Some((index, *column));
        } else if let Some((at, before)) = last
            && index - at <= most
        {
            *column = Column { lost: 0, ..before };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::units::{ByteCount, PacketCount, Timestamp};

    const TENTH: u64 = 100_000_000;
    const MINUTE: u64 = 60_000_000_000;

    fn bin(start: u64, length_ns: u64, packets: u64) -> TrafficBin {
        TrafficBin {
            start: Timestamp(start),
            length_ns,
            packets: PacketCount(packets),
            wire_bytes: ByteCount(packets * 100),
            lost: PacketCount(packets % 2),
        }
    }

    /// Numbers that look random and are the same each time (splitmix64).
    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    #[test]
    fn every_level_holds_all_that_came() {
        for first in 0..50 {
            let mut seed = first;
            let mut traffic = Traffic::default();
            let mut at = 1_795_410_753_000_000_000 + random(&mut seed) % MINUTE;
            let mut came = Bin::default();
            for _ in 0..2_000 {
                // Ticks come early and late, and the clock is trimmed.
                let length = TENTH / 2 + random(&mut seed) % TENTH;
                let one = bin(at, length, random(&mut seed) % 5_000);
                came.add(&Bin {
                    start: 0,
                    counted: length,
                    packets: one.packets.0,
                    bytes: one.wire_bytes.0,
                    lost: one.lost.0,
                });
                traffic.add(&one);
                at += length + random(&mut seed) % 1_000_000;
                at -= random(&mut seed) % 50_000_000;
            }
            for level in &traffic.levels {
                let mut sum = Bin::default();
                level.iter().for_each(|bin| sum.add(bin));
                assert_eq!(sum, came, "seed {first}");
                assert!(level.iter().is_sorted_by(|one, two| one.start < two.start));
            }
        }
    }

    #[test]
    fn columns_show_rates_whatever_their_width_and_however_late_ticks_come() {
        let mut traffic = Traffic::default();
        for number in 0..594 {
            traffic.add(&bin(MINUTE + number * 101_000_000, 101_000_000, 101));
        }
        for width in [50_000_000, TENTH, 2 * TENTH, 1_000_000_000, 5_000_000_000] {
            let count = (MINUTE / width) as usize;
            let columns = traffic.columns(MINUTE, width, count);
            // The first bin may begin within a column.
            for column in columns.iter().skip(1) {
                assert!(column.known, "{width}");
                assert!((column.packets_max - 1_000.0).abs() < 1.0, "{column:?}");
                assert!((column.packets_min - 1_000.0).abs() < 1.0, "{column:?}");
                assert!((column.bytes - 100_000.0).abs() < 1.0, "{column:?}");
            }
        }
    }

    #[test]
    fn a_column_spans_the_fullest_and_the_emptiest_bin() {
        let mut traffic = Traffic::default();
        for (number, packets) in [10, 40, 20].into_iter().enumerate() {
            traffic.add(&bin(MINUTE + number as u64 * TENTH, TENTH, packets));
        }
        let columns = traffic.columns(MINUTE, 3 * TENTH, 1);
        let column = columns[0];
        assert!((column.packets_max - 400.0).abs() < 0.1, "{column:?}");
        assert!((column.packets_min - 100.0).abs() < 0.1, "{column:?}");
        assert!((column.bytes - 7_000_f64 / 0.3).abs() < 0.1, "{column:?}");
    }

    #[test]
    fn what_was_not_counted_is_not_known() {
        let mut traffic = Traffic::default();
        traffic.add(&bin(MINUTE, TENTH, 10));
        traffic.add(&bin(MINUTE + 20 * TENTH, TENTH, 10));
        let known: Vec<bool> = traffic
            .columns(MINUTE, 5 * TENTH, 5)
            .iter()
            .map(|column| column.known)
            .collect();
        assert_eq!(known, [true, false, false, false, true]);
    }

    #[test]
    fn a_clock_set_back_draws_over_what_was_there() {
        let mut traffic = Traffic::default();
        for number in 0..600 {
            traffic.add(&bin(60 * MINUTE + number * TENTH, TENTH, 10));
        }
        for number in 0..100 {
            traffic.add(&bin(30 * MINUTE + number * TENTH, TENTH, 20));
        }
        for column in traffic.columns(30 * MINUTE, 5 * TENTH, 20) {
            assert!((column.packets_max - 200.0).abs() < 1.0, "{column:?}");
        }
        assert!(traffic.levels.iter().all(|level| level.len() <= 100));
    }

    #[test]
    fn memory_is_bounded() {
        let mut traffic = Traffic::default();
        for number in 0..20_000 {
            traffic.add(&bin(number * TENTH, TENTH, 1));
        }
        for (level, (_, most)) in traffic.levels.iter().zip(LEVELS) {
            assert!(level.len() <= most);
        }
    }

    #[test]
    fn a_picture_keeps_its_grain_as_it_fills() {
        let mut traffic = Traffic::default();
        let grain = |traffic: &Traffic, from| traffic.level(from, 30 * MINUTE).1;
        for number in 0..60 {
            traffic.add(&bin(MINUTE + number * TENTH, TENTH, 1));
        }
        assert_eq!(grain(&traffic, 0), 10 * TENTH);
        for number in 60..12_000 {
            traffic.add(&bin(MINUTE + number * TENTH, TENTH, 1));
        }
        assert_eq!(grain(&traffic, MINUTE), 10 * TENTH);
    }
}
