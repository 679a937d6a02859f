//! No packet at all.

use std::time::Duration;

use crate::clock::Monotonic;
use crate::units::duration_in_words;

pub(super) struct Silence {
    after: Duration,
    last: Monotonic,
    /// The present silence was told.
    told: bool,
    due: Monotonic,
}

impl Silence {
    pub(super) fn new(after: Duration, begins: Monotonic) -> Self {
        Self {
            after,
            last: begins,
            told: false,
            due: begins.after(after),
        }
    }

    pub(super) fn packet(&mut self, at: Monotonic) {
        self.last = at;
        if std::mem::take(&mut self.told) {
            self.due = at.after(self.after);
        }
    }

    /// For how many seconds there was none.
    pub(super) fn near(&self, now: Monotonic) -> f64 {
        now.since(self.last).as_secs_f64()
    }

    pub(super) fn due(&self) -> Option<Monotonic> {
        (!self.told).then_some(self.due)
    }

    pub(super) fn pass(&mut self, at: Monotonic) -> Option<String> {
        // Packets came since this was due: it is due later.
        self.due = self.last.after(self.after);
        if self.told || self.due > at {
            return None;
        }
        self.told = true;
        Some(format!("no packet for {}", duration_in_words(self.after)))
    }
}
