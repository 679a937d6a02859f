//! Requests that wait too long.

use std::time::Duration;

use super::choice::Often;
use super::connections::Connections;
use super::evidence;
use super::often::Counter;
use crate::clock::Monotonic;
use crate::units::duration_in_words;

pub(super) struct NoAnswer {
    after: Duration,
    ports: Vec<u16>,
    counter: Counter,
    /// Its bit among what a request remembers.
    bit: u32,
    /// Nothing is too late before this.
    due: Option<Monotonic>,
}

impl NoAnswer {
    pub(super) fn new(after: Duration, ports: Vec<u16>, often: Often, bit: u32) -> Self {
        Self {
            after,
            ports,
            counter: Counter::new(often),
            bit,
            due: None,
        }
    }

    pub(super) fn due(&self) -> Option<Monotonic> {
        self.due
    }

    /// How many requests had no answer within the span where it must be several, else
    /// for how many seconds the oldest has been waiting.
    pub(super) fn near(&self, connections: &Connections, now: Monotonic) -> f64 {
        let longest = || {
            let is_meant = |port: u16| self.ports.is_empty() || self.ports.contains(&port);
            connections.longest_wait(is_meant, now).as_secs_f64()
        };
        self.counter.near(now).unwrap_or_else(longest)
    }

    /// A request begins to wait.
    pub(super) fn asked(&mut self, at: Monotonic) {
        // Requests come in order of time: an earlier one is due earlier.
        self.due.get_or_insert(at.after(self.after));
    }

    pub(super) fn pass(&mut self, connections: &mut Connections, at: Monotonic) -> Option<String> {
        let mut due: Option<Monotonic> = None;
        let mut told = None;
        for (request, (client, server)) in connections.waiting() {
            let is_meant = self.ports.is_empty() || self.ports.contains(&server.port());
            if !is_meant || request.told & self.bit != 0 {
                continue;
            }
            let late = request.since.after(self.after);
            if late > at {
                due = Some(due.map_or(late, |due| due.min(late)));
                continue;
            }
            request.told |= self.bit;
            if self.counter.is_enough(at) {
                told = Some((client, server));
            }
        }
        self.due = due;
        let (client, server) = told?;
        let way = evidence::way(client, server);
        let after = duration_in_words(self.after);
        let often = self.counter.often();
        Some(if often.times == 1 {
            format!("no answer for {after}: {way}")
        } else {
            let many = evidence::often(often, "requests");
            format!("{many} had no answer for {after}, the last {way}")
        })
    }
}
