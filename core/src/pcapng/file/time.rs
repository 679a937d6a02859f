//! Timestamps of other programs: any resolution, any offset.

use crate::units::Timestamp;

const NANOSECONDS: u128 = 1_000_000_000;
/// The high bit of if_tsresol: a negative power of two and not of ten.
const POWER_OF_TWO: u8 = 0x80;

/// How an interface's ticks become times (options if_tsresol and if_tsoffset).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticks {
    per_second: u128,
    offset_seconds: i64,
}

impl Ticks {
    /// Microseconds since 1970: what holds without the options.
    pub(super) const MICROSECONDS: Self = Self {
        per_second: 1_000_000,
        offset_seconds: 0,
    };
    /// Nanoseconds since 1970.
    pub(super) const NANOSECONDS: Self = Self {
        per_second: NANOSECONDS,
        offset_seconds: 0,
    };

    /// From the options' values. A resolution beyond 64 bits counts as the finest within.
    pub(super) fn new(resolution: u8, offset_seconds: i64) -> Self {
        let exponent = u32::from(resolution & !POWER_OF_TWO);
        let per_second = if resolution & POWER_OF_TWO == 0 {
            10_u128.pow(exponent.min(19))
        } else {
            1 << exponent.min(63)
        };
        Self {
            per_second,
            offset_seconds,
        }
    }

    /// The moment of whole seconds and ticks beside them, as classic pcap has it.
    pub(super) fn split(self, seconds: u32, ticks: u32) -> Timestamp {
        let per_second = u64::try_from(self.per_second).unwrap_or(u64::MAX);
        self.timestamp(
            u64::from(seconds)
                .saturating_mul(per_second)
                .saturating_add(ticks.into()),
        )
    }

    /// The moment of a number of ticks; moments before 1970 become 1970.
    pub(super) fn timestamp(self, ticks: u64) -> Timestamp {
        let since = u128::from(ticks) * NANOSECONDS / self.per_second;
        let offset = i128::from(self.offset_seconds) * NANOSECONDS as i128;
        let nanoseconds = i128::try_from(since).unwrap_or(i128::MAX) + offset;
        Timestamp(u64::try_from(nanoseconds.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_resolution_becomes_nanoseconds() {
        for (resolution, offset, ticks, nanoseconds) in [
            (6, 0, 1_500_000, 1_500_000_000),
            (9, 0, 7, 7),
            (12, 0, 7_999, 7),
            (0, 0, 3, 3_000_000_000),
            (0x80 | 10, 0, 1_536, 1_500_000_000),
            (9, 2, 1, 2_000_000_001),
            (9, -2, 1, 0),
            (255, 0, u64::MAX, 1_999_999_999),
        ] {
            let time = Ticks::new(resolution, offset).timestamp(ticks);
            assert_eq!(time, Timestamp(nanoseconds), "{resolution} {offset}");
        }
        assert_eq!(
            Ticks::new(0, i64::MAX).timestamp(u64::MAX),
            Timestamp(u64::MAX)
        );
    }
}
