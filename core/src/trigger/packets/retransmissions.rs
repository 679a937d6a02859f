//! How much of TCP is sent again.

use std::collections::VecDeque;
use std::time::Duration;

use super::order::Place;
use crate::clock::Monotonic;
use crate::limits;
use crate::trigger::rules::What;
use crate::units::{duration_in_words, grouped};

/// A span is looked at in this many parts; a share is told at the end of each.
const PARTS: u32 = 10;

#[derive(Clone, Copy, Default)]
struct Part {
    all: u32,
    again: u32,
}

pub(super) struct Retransmissions {
    within: Duration,
    ends: Monotonic,
    now: Part,
    before: VecDeque<Part>,
}

impl Retransmissions {
    pub(super) fn new(within: Duration, begins: Monotonic) -> Self {
        Self {
            within,
            ends: begins.after(within / PARTS),
            now: Part::default(),
            before: VecDeque::with_capacity(PARTS as usize + 1),
        }
    }

    pub(super) fn segment(&mut self, place: Place) {
        let again = match place {
            Place::Empty | Place::Probe => return,
            Place::Next { seen: 0 } | Place::AfterGap | Place::Overtaken => false,
            Place::Next { .. } | Place::Repaired | Place::Again => true,
        };
        self.now.all = self.now.all.saturating_add(1);
        self.now.again = self.now.again.saturating_add(u32::from(again));
    }

    pub(super) fn missed(&mut self) {
        self.now = Part::default();
        self.before.clear();
    }

    pub(super) fn due(&self) -> Monotonic {
        self.ends
    }

    /// Ends a part. Time goes on until `until` without a packet.
    pub(super) fn pass(&mut self, until: Monotonic) -> (What, String) {
        let part = self.within / PARTS;
        self.before.push_back(std::mem::take(&mut self.now));
        if self.before.len() > PARTS as usize {
            self.before.pop_front();
        }
        let all: u64 = self.before.iter().map(|part| u64::from(part.all)).sum();
        let again: u64 = self.before.iter().map(|part| u64::from(part.again)).sum();
        let mut next = self.ends.after(part);
        if all == 0 && until > next {
            // A long gap of a file.
            let parts = until.since(next).as_nanos() / part.as_nanos().max(1);
            next = next.after(part.saturating_mul(u32::try_from(parts).unwrap_or(u32::MAX)));
        }
        self.ends = next;
        let span = duration_in_words(self.within);
        if all < u64::from(limits::RETRANSMISSION_SEGMENTS_MIN) {
            let few = format!("only {all} TCP segments within {span}");
            return (What::Unknown, few);
        }
        let share = again as f64 / all as f64 * 100.0;
        let all = grouped(all);
        let words = format!("{share:.1} % of {all} TCP segments within {span} were sent again");
        (What::Measured(share), words)
    }
}
