//! Bytes in what TCP and UDP carry.

use super::choice::Often;
use super::connections::Step;
use super::evidence;
use super::often::Counter;
use super::order::Place;
use super::pattern::{Pattern, Progress, shown};
use crate::clock::Monotonic;
use crate::limits;
use crate::packet::Transport;

/// Bytes before a match's end that are told with it.
const EXCERPT: usize = 60;

pub(super) struct Payload {
    pattern: Pattern,
    counter: Counter,
    /// How far each direction of each connection was looked at.
    progress: Vec<Progress>,
}

impl Payload {
    pub(super) fn new(pattern: Pattern, often: Often) -> Self {
        Self {
            progress: vec![pattern.start(); 2 * limits::CONNECTIONS_FOLLOWED_MAX],
            counter: Counter::new(often),
            pattern,
        }
    }

    pub(super) fn counter(&self) -> &Counter {
        &self.counter
    }

    /// Looks at a datagram, which is a stream of its own.
    pub(super) fn datagram(&mut self, datagram: &Transport<'_>, at: Monotonic) -> Option<String> {
        let mut progress = self.pattern.start();
        self.look(&mut progress, datagram, 0, at)
    }

    /// Looks at a segment in its place.
    pub(super) fn segment(
        &mut self,
        step: &Step,
        segment: &Transport<'_>,
        at: Monotonic,
    ) -> Option<String> {
        let start = self.pattern.start();
        let slot = 2 * step.slot;
        if step.is_new {
            self.progress[slot..slot + 2].fill(start);
        }
        if segment.payload_on_wire == 0 {
            return None;
        }
        let begins = step.takes_turn && self.pattern.is_anchored();
        let mut progress = self.progress[slot + step.side];
        let seen = match step.place {
            Place::Empty | Place::Again | Place::Probe => return None,
            // It stands alone: what comes before and after it was looked at already.
            Place::Overtaken | Place::Repaired => {
                return self.look(&mut { start }, segment, 0, at);
            }
            Place::AfterGap => {
                progress = start;
                0
            }
            Place::Next { seen } => {
                if begins {
                    progress = start;
                }
                seen as usize
            }
        };
        let told = self.look(&mut progress, segment, seen, at);
        let is_cut = segment.payload.len() < segment.payload_on_wire as usize;
        self.progress[slot + step.side] = if is_cut { start } else { progress };
        told
    }

    fn look(
        &mut self,
        progress: &mut Progress,
        carried: &Transport<'_>,
        seen: usize,
        at: Monotonic,
    ) -> Option<String> {
        let bytes = carried.payload.get(seen..)?;
        let mut told = None;
        let counter = &mut self.counter;
        self.pattern.feed(progress, bytes, |end| {
            if counter.is_enough(at) {
                told = Some(end);
            }
        });
        let end = told?;
        let way = evidence::way(carried.from, carried.to);
        let excerpt = shown(&bytes[end.saturating_sub(EXCERPT)..end]);
        let often = self.counter.often();
        let pattern = self.pattern.shown();
        Some(if often.times == 1 {
            format!("a payload holds \"{pattern}\": {way}, \"{excerpt}\"")
        } else {
            let many = evidence::often(often, "times");
            format!("payloads hold \"{pattern}\" {many}, the last {way}, \"{excerpt}\"")
        })
    }
}
