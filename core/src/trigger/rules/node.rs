//! A condition that remembers what it has seen.

use std::collections::VecDeque;
use std::time::Duration;

use super::condition::{Condition, LeafId, Test};
use super::{Signal, What};
use crate::clock::Monotonic;

/// How a condition stands at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stand {
    /// It is so now.
    pub(super) holds: bool,
    /// It has just become so, or happened.
    pub(super) pulses: bool,
}

/// How a leaf stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeafStand {
    /// Its test is met now, however long that must be so; or it has just happened
    /// often enough.
    pub counts: bool,
    /// How much its number has grown within the span, where that is tested.
    pub growth: Option<f64>,
    /// How many happenings count towards its times.
    pub happened: usize,
}

/// A condition with its memory.
#[derive(Debug)]
pub(super) struct Node {
    kind: Kind,
    held: bool,
    /// When it held or happened last.
    been: Option<Monotonic>,
    now: Stand,
}

#[derive(Debug)]
enum Kind {
    Leaf(Leaf),
    Any(Vec<Node>),
    All {
        of: Vec<Node>,
        within: Duration,
    },
    Then {
        both: Box<[Node; 2]>,
        within: Duration,
    },
}

#[derive(Debug)]
struct Leaf {
    id: LeafId,
    test: Test,
    sustained: Duration,
    value: Option<f64>,
    /// When a number was told last: for how long it is so is known until then.
    seen: Option<Monotonic>,
    /// Numbers, or happenings, within the test's span, the oldest first.
    before: VecDeque<(Monotonic, f64)>,
    /// Since when the test is met.
    since: Option<Monotonic>,
    happened: bool,
}

impl Node {
    pub(super) fn new(condition: &Condition) -> Self {
        let nodes = |of: &[Condition]| of.iter().map(Self::new).collect();
        let kind = match condition {
            Condition::Leaf {
                id,
                test,
                sustained,
            } => Kind::Leaf(Leaf {
                id: *id,
                test: *test,
                sustained: *sustained,
                value: None,
                seen: None,
                before: VecDeque::new(),
                since: None,
                happened: false,
            }),
            Condition::Any(of) => Kind::Any(nodes(of)),
            Condition::All { of, within } => Kind::All {
                of: nodes(of),
                within: *within,
            },
            Condition::Then {
                first,
                then,
                within,
            } => Kind::Then {
                both: Box::new([Self::new(first), Self::new(then)]),
                within: *within,
            },
        };
        Self {
            kind,
            held: false,
            been: None,
            now: Stand::default(),
        }
    }

    /// Takes in one signal, if there is one, and says how it stands.
    pub(super) fn step(&mut self, signal: Option<&Signal>, now: Monotonic) -> Stand {
        self.been = self.been_before(now);
        let stand = match &mut self.kind {
            Kind::Leaf(leaf) => leaf.step(signal, now, self.held),
            Kind::Any(of) => any(of, signal, now),
            Kind::All { of, within } => all(of, *within, signal, now, self.held),
            Kind::Then { both, within } => then(both, *within, signal, now),
        };
        self.held = stand.holds;
        self.now = stand;
        if stand.holds || stand.pulses {
            self.been = Some(now);
        }
        stand
    }

    /// When it may change by itself, if it may.
    pub(super) fn next(&self) -> Option<Monotonic> {
        match &self.kind {
            Kind::Leaf(leaf) => leaf.next(),
            Kind::Any(of) => of.iter().filter_map(Self::next).min(),
            Kind::All { of, within } => {
                let expiries = of
                    .iter()
                    .filter(|_| self.held)
                    .filter_map(|node| node.expiry(*within));
                of.iter().filter_map(Self::next).chain(expiries).min()
            }
            Kind::Then { both, .. } => both.iter().filter_map(Self::next).min(),
        }
    }

    pub(super) fn leaf(&self, id: LeafId) -> Option<LeafStand> {
        match &self.kind {
            Kind::Leaf(leaf) => (leaf.id == id).then(|| leaf.stand()),
            Kind::Any(of) | Kind::All { of, .. } => of.iter().find_map(|node| node.leaf(id)),
            Kind::Then { both, .. } => both.iter().find_map(|node| node.leaf(id)),
        }
    }

    /// When it will have been too long ago.
    fn expiry(&self, within: Duration) -> Option<Monotonic> {
        let been = self.been.filter(|_| !self.now.holds)?;
        Some(just_after(been.after(within)))
    }

    /// When it held or happened last, before this moment. Nothing changes between
    /// two steps, so what held then held until now.
    fn been_before(&self, now: Monotonic) -> Option<Monotonic> {
        let until = Monotonic(now.0.saturating_sub(1));
        match self.been {
            Some(been) if self.now.holds => Some(been.max(until)),
            been => been,
        }
    }

    fn been_within(&self, within: Duration, now: Monotonic) -> bool {
        self.been.is_some_and(|been| now.since(been) <= within)
    }

    /// The leaves that make it what it is now.
    pub(super) fn because(&self, found: &mut Vec<LeafId>) {
        match &self.kind {
            Kind::Leaf(leaf) if self.been.is_some() => found.push(leaf.id),
            Kind::Leaf(_) => {}
            Kind::Any(of) => {
                // Within a longer condition it may have been a while ago.
                let last = of.iter().filter_map(|node| node.been).max();
                let met = |node: &&Node| node.been.is_some() && node.been == last;
                of.iter().filter(met).for_each(|node| node.because(found));
            }
            Kind::All { of, .. } => of.iter().for_each(|node| node.because(found)),
            Kind::Then { both, .. } => both.iter().for_each(|node| node.because(found)),
        }
    }
}

fn any(of: &mut [Node], signal: Option<&Signal>, now: Monotonic) -> Stand {
    of.iter_mut().fold(Stand::default(), |so_far, node| {
        let one = node.step(signal, now);
        Stand {
            holds: so_far.holds || one.holds,
            pulses: so_far.pulses || one.pulses,
        }
    })
}

fn all(
    of: &mut [Node],
    within: Duration,
    signal: Option<&Signal>,
    now: Monotonic,
    held: bool,
) -> Stand {
    for node in &mut *of {
        node.step(signal, now);
    }
    let holds = of.iter().all(|node| node.been_within(within, now));
    Stand {
        holds,
        pulses: holds && !held,
    }
}

fn then(
    [first, then]: &mut [Node; 2],
    within: Duration,
    signal: Option<&Signal>,
    now: Monotonic,
) -> Stand {
    // What one signal does to both is no sequence: the first must have been before.
    let before = first.been_before(now);
    let before = before.is_some_and(|been| now.since(been) <= within);
    first.step(signal, now);
    let later = then.step(signal, now);
    Stand {
        holds: false,
        pulses: later.pulses && before,
    }
}

impl Leaf {
    fn step(&mut self, signal: Option<&Signal>, now: Monotonic, held: bool) -> Stand {
        self.happened = false;
        self.forget(now);
        if let Some(signal) = signal.filter(|signal| signal.leaf == self.id) {
            self.hear(signal.what, now);
        }
        if !self.test.is_measured() {
            return Stand {
                holds: false,
                pulses: self.happened,
            };
        }
        self.since = self.is_met().then(|| self.since.unwrap_or(now));
        let holds = self
            .since
            .zip(self.seen)
            .is_some_and(|(since, seen)| seen.since(since) >= self.sustained);
        Stand {
            holds,
            pulses: holds && !held,
        }
    }

    fn stand(&self) -> LeafStand {
        let is_measured = self.test.is_measured();
        LeafStand {
            counts: self.since.is_some() || self.happened,
            growth: self.growth(),
            happened: if is_measured { 0 } else { self.before.len() },
        }
    }

    /// Above the smallest number of the span.
    fn growth(&self) -> Option<f64> {
        let Test::Grows { .. } = self.test else {
            return None;
        };
        let (_, smallest) = self.before.front()?;
        Some(self.value? - smallest)
    }

    /// What is older than the test's span is no part of it.
    fn forget(&mut self, now: Monotonic) {
        let (Test::Grows { within, .. } | Test::Happens { within, .. }) = self.test else {
            return;
        };
        while let Some((at, _)) = self.before.front()
            && now.since(*at) > within
        {
            self.before.pop_front();
        }
    }

    fn hear(&mut self, what: What, now: Monotonic) {
        if let What::Measured(_) = what {
            self.seen = Some(now);
        }
        match (what, self.test) {
            (What::Measured(value), Test::Grows { .. }) => {
                self.value = Some(value);
                // Of all before, only those smaller than all after them can be
                // the smallest of a span that begins later.
                while self.before.back().is_some_and(|(_, last)| *last >= value) {
                    self.before.pop_back();
                }
                self.before.push_back((now, value));
            }
            (What::Measured(value), Test::Above(_) | Test::Below(_)) => self.value = Some(value),
            (What::Unknown, test) if test.is_measured() => {
                self.value = None;
                self.before.clear();
            }
            (What::Happened, Test::Happens { times, .. }) => {
                self.before.push_back((now, 0.0));
                if self.before.len() >= times.max(1) as usize {
                    self.before.clear();
                    self.happened = true;
                }
            }
            _ => {}
        }
    }

    fn is_met(&self) -> bool {
        let Some(value) = self.value else {
            return false;
        };
        match self.test {
            Test::Above(most) => value > most,
            Test::Below(least) => value < least,
            Test::Grows { by, .. } => self.growth().is_some_and(|growth| growth >= by),
            Test::Happens { .. } => false,
        }
    }

    /// Only growth ends by itself: whatever else changes does so when it is looked at.
    fn next(&self) -> Option<Monotonic> {
        let Test::Grows { within, .. } = self.test else {
            return None;
        };
        let (oldest, _) = self.before.front().filter(|_| self.since.is_some())?;
        Some(just_after(oldest.after(within)))
    }
}

/// The first moment at which more than a span has passed.
fn just_after(moment: Monotonic) -> Monotonic {
    Monotonic(moment.0.saturating_add(1))
}
