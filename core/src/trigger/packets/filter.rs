//! Packets that pass a filter.

use super::choice::Often;
use super::often::Counter;
use super::{Seen, evidence};
use crate::capture::{CaptureError, Program};
use crate::clock::Monotonic;
use crate::packet::Flow;
use crate::pcapng::LinkType;

/// A filter, compiled for each link type that is seen.
pub(super) struct Filter {
    filter: String,
    counter: Counter,
    /// `None` where it does not compile: its packets never match.
    programs: Vec<(LinkType, Option<Program>)>,
}

impl Filter {
    pub(super) fn new(filter: String, often: Often) -> Self {
        Self {
            filter,
            counter: Counter::new(often),
            programs: Vec::new(),
        }
    }

    pub(super) fn counter(&self) -> &Counter {
        &self.counter
    }

    /// Compiles it for a link type, if that was not done.
    pub(super) fn prepare(&mut self, link_type: LinkType) -> Result<(), CaptureError> {
        if self.programs.iter().any(|(known, _)| *known == link_type) {
            return Ok(());
        }
        let compiled = Program::compile(&self.filter, link_type);
        let (program, result) = match compiled {
            Ok(program) => (Some(program), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.programs.push((link_type, program));
        result
    }

    /// A sentence when a packet makes it enough.
    pub(super) fn packet(&mut self, seen: &Seen<'_>, at: Monotonic) -> Option<String> {
        let passes = self
            .programs
            .iter()
            .find(|(known, _)| *known == seen.link_type)
            .and_then(|(_, program)| program.as_ref())
            .is_some_and(|program| program.passes(seen.captured, seen.original));
        if !passes || !self.counter.is_enough(at) {
            return None;
        }
        let often = self.counter.often();
        let ends = evidence::ends(&Flow::of(seen.link_type, seen.captured));
        let filter = &self.filter;
        Some(if often.times == 1 {
            format!("a packet matches {filter}: {ends}")
        } else {
            let many = evidence::often(often, "packets");
            format!("{many} match {filter}, the last {ends}")
        })
    }
}
