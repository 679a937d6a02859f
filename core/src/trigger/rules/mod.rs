//! Rules: when what is measured and what happens comes to a firing.
//!
//! Pure: [`Rules::step`] is told one signal, or that time has passed, and
//! answers with what fires. It is to be called at [`Rules::next`] too. The words:
//!
//! - A measured leaf *holds* while its test is met, once that was so for its
//!   `sustained`. A leaf that happens holds never; it *pulses*.
//! - Whatever begins to hold pulses.
//! - A rule fires when its condition pulses; with `sustained`, when it has held
//!   for so long. While it holds it fires once: it must have been otherwise, or
//!   something else must have pulsed, before it fires again.
//! - Within `grace` and `cool_down` nothing fires. What still holds at their end
//!   fires then; what had only happened is forgotten.

mod condition;
mod node;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod simulation;

pub use condition::{Condition, LeafId, Rule, Test};

use self::node::{Node, Stand};
use crate::clock::Monotonic;

/// What a leaf tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// Which leaf.
    pub leaf: LeafId,
    /// What.
    pub what: What,
}

/// What was measured, or happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// A number, until the next one.
    Measured(f64),
    /// No number is to be had: no test of one is met.
    Unknown,
    /// It happened.
    Happened,
}

/// A rule fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its place among the rules.
    pub rule: usize,
    /// The leaves that made it fire.
    pub because: Vec<LeafId>,
}

/// Rules that remember what they have seen.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Remembered>,
}

#[derive(Debug)]
struct Remembered {
    rule: Rule,
    node: Node,
    ready_at: Monotonic,
    fired: u32,
    /// Since when the condition holds.
    since: Option<Monotonic>,
    /// It has fired while it held.
    told: bool,
}

impl Rules {
    /// Rules that begin now and have seen nothing.
    #[must_use]
    pub fn new(rules: Vec<Rule>, now: Monotonic) -> Self {
        let remembered = |rule: Rule| Remembered {
            node: Node::new(&rule.condition),
            ready_at: now.after(rule.grace),
            rule,
            fired: 0,
            since: None,
            told: false,
        };
        Self {
            rules: rules.into_iter().map(remembered).collect(),
        }
    }

    /// Takes in what was signalled at this moment, or that time has passed, and
    /// says what fires. No moment lies before that of the last call.
    pub fn step(&mut self, signal: Option<Signal>, now: Monotonic) -> Vec<Fired> {
        let mut fired = Vec::new();
        for (index, rule) in self.rules.iter_mut().enumerate() {
            // What changed by itself until now comes before what is signalled.
            rule.step(None, now, index, &mut fired);
            if signal.is_some() {
                rule.step(signal.as_ref(), now, index, &mut fired);
            }
        }
        fired
    }

    /// When something may change without a signal.
    #[must_use]
    pub fn next(&self) -> Option<Monotonic> {
        self.rules.iter().filter_map(Remembered::next).min()
    }
}

impl Remembered {
    fn step(
        &mut self,
        signal: Option<&Signal>,
        now: Monotonic,
        index: usize,
        fired: &mut Vec<Fired>,
    ) {
        let stand = self.node.step(signal, now);
        self.since = stand.holds.then(|| self.since.unwrap_or(now));
        self.told &= stand.holds;
        if !self.is_met(stand, now) || !self.may_fire(now) {
            return;
        }
        self.fired += 1;
        self.told = stand.holds;
        self.ready_at = now.after(self.rule.cool_down);
        let mut because = Vec::new();
        self.node.because(&mut because);
        fired.push(Fired {
            rule: index,
            because,
        });
    }

    fn is_met(&self, stand: Stand, now: Monotonic) -> bool {
        let pulses = stand.pulses && self.rule.sustained.is_zero();
        let held = self
            .since
            .is_some_and(|since| now.since(since) >= self.rule.sustained);
        pulses || (held && !self.told)
    }

    fn may_fire(&self, now: Monotonic) -> bool {
        now >= self.ready_at && !self.is_spent()
    }

    fn is_spent(&self) -> bool {
        self.rule.most.is_some_and(|most| self.fired >= most)
    }

    fn next(&self) -> Option<Monotonic> {
        if self.is_spent() {
            return None;
        }
        let held = self.since.filter(|_| !self.told);
        let fires = held.map(|since| since.after(self.rule.sustained).max(self.ready_at));
        self.node.next().into_iter().chain(fires).min()
    }
}
