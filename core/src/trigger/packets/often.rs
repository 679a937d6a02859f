//! So many times within a span.

use std::collections::VecDeque;

use super::choice::Often;
use crate::clock::Monotonic;
use crate::limits;

/// Counts what happens and says when it has happened often enough.
pub(super) struct Counter {
    often: Often,
    /// Those that count still; never more than `often.times`.
    moments: VecDeque<Monotonic>,
    /// Until then it says nothing: a flood is one thing, told now and then.
    quiet_until: Monotonic,
}

impl Counter {
    pub(super) fn new(often: Often) -> Self {
        Self {
            moments: VecDeque::with_capacity(often.times as usize),
            often,
            quiet_until: Monotonic(0),
        }
    }

    pub(super) fn often(&self) -> Often {
        self.often
    }

    /// How often it has happened within the span, where once is not enough.
    pub(super) fn near(&self, now: Monotonic) -> Option<f64> {
        let counts = |at: &&Monotonic| now.since(**at) <= self.often.within;
        // Each is remembered, so that they are few.
        let near = || self.moments.iter().filter(counts).count() as f64;
        (self.often.times > 1).then(near)
    }

    /// It happened; the moments given never go back.
    pub(super) fn is_enough(&mut self, at: Monotonic) -> bool {
        if self.often.times > 1 {
            while self
                .moments
                .front()
                .is_some_and(|first| at.since(*first) > self.often.within)
            {
                self.moments.pop_front();
            }
            self.moments.push_back(at);
            if self.moments.len() < self.often.times as usize {
                return false;
            }
            self.moments.clear();
        }
        if at < self.quiet_until {
            return false;
        }
        self.quiet_until = at.after(limits::PULSE_SPACING);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Monotonic {
        Monotonic(millis * 1_000_000)
    }

    #[test]
    fn so_many_within_a_span_are_enough_and_count_once() {
        let mut counter = Counter::new(Often {
            times: 3,
            within: Duration::from_millis(100),
        });
        let told = [0, 90, 150, 170, 180, 181, 300].map(|millis| counter.is_enough(at(millis)));
        // 90, 150 and 170 are three; 180 begins anew.
        assert_eq!(told, [false, false, false, true, false, false, false]);
    }

    #[test]
    fn a_flood_is_told_now_and_then() {
        let mut counter = Counter::new(Often::ONCE);
        let told = (0..1_000).filter(|millis| counter.is_enough(at(*millis)));
        assert_eq!(
            told.count(),
            1_000 / limits::PULSE_SPACING.as_millis() as usize
        );
    }
}
