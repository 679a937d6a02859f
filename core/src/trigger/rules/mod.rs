//! Rules: when what is measured and what happens comes to a firing.
//!
//! Pure: [`Rules::step`] is told one signal, or that time has passed, and
//! answers with what fires. It is to be called at [`Rules::next`] too, and when
//! the gate opens. The words:
//!
//! - A measured leaf *holds* while its test is met, once that was so for its
//!   `sustained`. A leaf that happens holds never; it *pulses*.
//! - Whatever begins to hold pulses.
//! - A rule fires when its condition pulses; with `sustained`, when it has held
//!   for so long. While it holds it fires once: it must have been otherwise, or
//!   something else must have pulsed, before it fires again.
//! - Within `grace` and `cool_down` nothing fires. What still holds at their end
//!   fires then; what had only happened is forgotten.
//! - One fires at a time, and only while the gate is open. What would have fired
//!   otherwise is *held back*: told, once while it holds and once within its
//!   `cool_down`, but it counts as not fired. What still holds when the gate opens
//!   fires then.

mod condition;
mod node;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod simulation;

pub use condition::{Condition, LeafId, Rule, Test};
pub use node::LeafStand;

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

/// Whether a firing can be of use now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It can.
    Open,
    /// It cannot: what would fire is held back.
    Shut,
}

/// A rule fired, or would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Its place among the rules.
    pub rule: usize,
    /// It was held back, and counts as not fired.
    pub held_back: bool,
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
    /// It was held back while it held.
    noted: bool,
    /// Until then it is not told again as held back.
    quiet_until: Monotonic,
    /// The last step.
    stepped: Monotonic,
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
            noted: false,
            quiet_until: Monotonic::default(),
            stepped: now,
        };
        Self {
            rules: rules.into_iter().map(remembered).collect(),
        }
    }

    /// Takes in what was signalled at this moment, or that time has passed, and
    /// says what fires. No moment lies before that of the last call.
    pub fn step(&mut self, signal: Option<Signal>, now: Monotonic, mut gate: Gate) -> Vec<Fired> {
        let mut fired = Vec::new();
        // What changed by itself until now comes before what is signalled.
        let passes = [None, signal];
        for signal in &passes[..1 + usize::from(signal.is_some())] {
            for (index, rule) in self.rules.iter_mut().enumerate() {
                let Some(held_back) = rule.step(signal.as_ref(), now, gate) else {
                    continue;
                };
                if !held_back {
                    gate = Gate::Shut;
                }
                let mut because = Vec::new();
                rule.node.because(&mut because);
                fired.push(Fired {
                    rule: index,
                    held_back,
                    because,
                });
            }
        }
        fired
    }

    /// When something may change without a signal.
    #[must_use]
    pub fn next(&self) -> Option<Monotonic> {
        self.rules.iter().filter_map(Remembered::next).min()
    }

    /// How a leaf stands since the last step; `None` where no rule has it.
    #[must_use]
    pub fn leaf(&self, id: LeafId) -> Option<LeafStand> {
        self.rules.iter().find_map(|rule| rule.node.leaf(id))
    }
}

impl Remembered {
    /// Whether it was held back where it is met.
    fn step(&mut self, signal: Option<&Signal>, now: Monotonic, gate: Gate) -> Option<bool> {
        self.stepped = now;
        let stand = self.node.step(signal, now);
        self.since = stand.holds.then(|| self.since.unwrap_or(now));
        self.told &= stand.holds;
        self.noted &= stand.holds;
        if !self.is_met(stand, now) || !self.may_fire(now) {
            return None;
        }
        if gate == Gate::Shut {
            return self.hold_back(stand, now).then_some(true);
        }
        self.fired += 1;
        self.told = stand.holds;
        self.ready_at = now.after(self.rule.cool_down);
        Some(false)
    }

    /// Whether that is to be told.
    fn hold_back(&mut self, stand: Stand, now: Monotonic) -> bool {
        let is_news = !self.noted || (stand.pulses && self.rule.sustained.is_zero());
        let tells = is_news && now >= self.quiet_until;
        if tells {
            self.noted = stand.holds;
            self.quiet_until = now.after(self.rule.cool_down);
        }
        tells
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
        // One that was told as held back waits for the gate, of which others know.
        let held = self.since.filter(|_| !self.told && !self.noted);
        let fires = held.map(|since| {
            let ready = since.after(self.rule.sustained).max(self.ready_at);
            // What is ready and was not told is held back in silence.
            if ready > self.stepped {
                ready
            } else {
                self.quiet_until
            }
        });
        self.node.next().into_iter().chain(fires).min()
    }
}
