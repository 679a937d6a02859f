//! What conditions over packets did not see: told at once, and then now and then
//! with the sum.

use crate::clock::Monotonic;
use crate::limits;
use crate::trigger::packets::Gap;
use crate::units::{PacketCount, grouped};

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    skipped: Sum,
    given_up: Sum,
}

#[derive(Debug, Default)]
struct Sum {
    told: u64,
    /// Not again before.
    next: Monotonic,
}

impl Gaps {
    /// What is to be told now of these sums, as sentences.
    pub(super) fn due(
        &mut self,
        skipped: PacketCount,
        given_up: u64,
        now: Monotonic,
    ) -> Vec<(Gap, String)> {
        let mut due = Vec::new();
        if self.skipped.is_due(skipped.0, now) {
            let sentence = format!(
                "{skipped} packets so far were captured and not looked at for triggers, since they came faster than that takes; a filter leaves fewer"
            );
            due.push((Gap::Skipped, sentence));
        }
        if self.given_up.is_due(given_up, now) {
            let sentence = format!(
                "{} TCP connections so far were given up by triggers on what connections carry, since at most {} are followed at once; a filter leaves fewer",
                grouped(given_up),
                grouped(limits::CONNECTIONS_FOLLOWED_MAX as u64)
            );
            due.push((Gap::GivenUp, sentence));
        }
        due
    }
}

impl Sum {
    fn is_due(&mut self, sum: u64, now: Monotonic) -> bool {
        let is_due = sum > self.told && now >= self.next;
        if is_due {
            self.told = sum;
            self.next = now.after(limits::GAPS_TOLD_INTERVAL);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_at_once_and_then_once_a_minute_with_the_sum() {
        let mut gaps = Gaps::default();
        let mut told = Vec::new();
        for second in 0..200_u64 {
            let now = Monotonic(second * 1_000_000_000);
            let skipped = PacketCount(second.saturating_sub(9).min(150) * 1000);
            for (gap, sentence) in gaps.due(skipped, 0, now) {
                assert_eq!(gap, Gap::Skipped);
                let count = sentence.split(' ').next().unwrap().to_owned();
                told.push((second, count));
            }
        }
        let told: Vec<(u64, &str)> = told.iter().map(|(at, sum)| (*at, sum.as_str())).collect();
        let expected = [
            (10, "1,000"),
            (70, "61,000"),
            (130, "121,000"),
            (190, "150,000"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn both_gaps_are_told() {
        let mut gaps = Gaps::default();
        let told = gaps.due(PacketCount(1), 20, Monotonic(0));
        assert_eq!(told.len(), 2);
        assert!(told[1].1.starts_with("20 TCP connections"), "{told:?}");
        assert_eq!(gaps.due(PacketCount(1), 20, Monotonic(u64::MAX)), []);
    }
}
