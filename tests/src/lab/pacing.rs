//! When each request is due, computed from the start and never from the one before it:
//! a late request delays no other, and the rate does not drift.

use std::time::Duration;

/// A steady rate: request `k` is due `k / rate` after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    per_second: u32,
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;

impl Schedule {
    /// `per_second` requests a second, over all connections; 0 is taken as 1.
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second: per_second.max(1),
        }
    }

    /// How long after the start request `index` is due.
    pub fn due(self, index: u64) -> Duration {
        let nanos = u128::from(index) * NANOS_PER_SECOND / u128::from(self.per_second);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many requests are due before `length` has passed, that at the start included.
    pub fn count(self, length: Duration) -> u64 {
        let count = (length.as_nanos() * u128::from(self.per_second)).div_ceil(NANOS_PER_SECOND);
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_holds_without_drift() {
        let schedule = Schedule::new(3000);
        assert_eq!(schedule.due(0), Duration::ZERO);
        assert_eq!(schedule.due(3000), Duration::from_secs(1));
        assert_eq!(schedule.due(3_000_000_000), Duration::from_secs(1_000_000));
        assert_eq!(schedule.due(1), Duration::from_nanos(333_333));
    }

    #[test]
    fn count_is_the_first_index_not_due() {
        for per_second in [1, 7, 3000, 100_000] {
            let schedule = Schedule::new(per_second);
            for millis in [1, 333, 1000, 10_001] {
                let length = Duration::from_millis(millis);
                let count = schedule.count(length);
                assert!(schedule.due(count) >= length, "{per_second}/s, {millis} ms");
                assert!(
                    schedule.due(count - 1) < length,
                    "{per_second}/s, {millis} ms"
                );
            }
        }
    }

    #[test]
    fn absurd_numbers_do_not_overflow() {
        assert!(Schedule::new(0).due(u64::MAX) > Duration::from_secs(1));
        assert_eq!(Schedule::new(u32::MAX).count(Duration::MAX), u64::MAX);
    }
}
