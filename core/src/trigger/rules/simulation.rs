//! Random rules on random schedules, against the plain reference.

use std::time::Duration;

use super::reference::{Point, Told, firings};
use super::{Condition, Gate, LeafId, Rule, Rules, Signal, Test, What};
use crate::clock::Monotonic;

/// Schedules of one run; each has its own seed, which is printed where it fails.
const SCHEDULES: u64 = 10_000;
/// Moments of a schedule: nanoseconds, which nobody need wait for.
const MOMENTS: u64 = 32;
const LEAVES: u16 = 4;

/// Numbers from a seed (SplitMix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn span(&mut self, end: u64) -> Duration {
        // Often nothing at all, as people leave it.
        Duration::from_nanos(if self.below(3) == 0 {
            0
        } else {
            self.below(end)
        })
    }

    fn leaf(&mut self) -> Condition {
        let test = match self.below(4) {
            0 => Test::Above(self.below(4) as f64),
            1 => Test::Below(self.below(4) as f64),
            2 => Test::Grows {
                by: self.below(3) as f64 + 1.0,
                within: self.span(12),
            },
            _ => Test::Happens {
                times: self.below(4) as u32,
                within: self.span(12),
            },
        };
        let sustained = match test.is_measured() {
            true => self.span(8),
            false => Duration::ZERO,
        };
        Condition::Leaf {
            id: LeafId(self.below(LEAVES.into()) as u16),
            test,
            sustained,
        }
    }

    fn condition(&mut self, depth: u32) -> Condition {
        if depth == 0 || self.below(3) == 0 {
            return self.leaf();
        }
        let mut some = || {
            (0..=self.below(3))
                .map(|_| self.condition(depth - 1))
                .collect()
        };
        match some() {
            of if self.below(3) == 0 => Condition::Any(of),
            of if self.below(2) == 0 => Condition::All {
                of,
                within: self.span(10),
            },
            _ => Condition::Then {
                first: Box::new(self.condition(depth - 1)),
                then: Box::new(self.condition(depth - 1)),
                within: self.span(10),
            },
        }
    }

    fn rule(&mut self) -> Rule {
        let condition = self.condition(2);
        Rule {
            sustained: match condition.can_hold() {
                true => self.span(10),
                false => Duration::ZERO,
            },
            grace: self.span(20),
            cool_down: self.span(20),
            most: (self.below(4) == 0).then(|| self.below(3) as u32),
            condition,
        }
    }

    fn signal(&mut self) -> Signal {
        Signal {
            leaf: LeafId(self.below(LEAVES.into()) as u16),
            what: match self.below(8) {
                0 => What::Unknown,
                1..4 => What::Happened,
                _ => What::Measured(self.below(6) as f64),
            },
        }
    }

    fn doorway(&mut self) -> Doorway {
        let mut shut = Vec::new();
        for _ in 0..self.below(4) {
            let from = self.below(MOMENTS);
            shut.push((from, from + self.below(12)));
        }
        let rest = match self.below(3) {
            0 => 1,
            _ => 1 + self.below(12),
        };
        Doorway { shut, rest }
    }

    /// Signals in order of time, several at one moment among them.
    fn signals(&mut self) -> Vec<(u64, Signal)> {
        let mut signals = Vec::new();
        for at in 0..MOMENTS {
            while self.below(3) == 0 {
                signals.push((at, self.signal()));
            }
        }
        signals
    }
}

/// Every moment of a schedule, and what is signalled at it.
fn points(signals: &[(u64, Signal)]) -> Vec<Point> {
    let mut points = Vec::new();
    for at in 0..MOMENTS {
        points.push(Point { at, signal: None });
        for (_, signal) in signals.iter().filter(|(when, _)| *when == at) {
            points.push(Point { at, signal: None });
            points.push(Point {
                at,
                signal: Some(*signal),
            });
        }
    }
    points
}

/// When the gate is open: as the keeper's is, shut for a while after each firing,
/// and at other times.
struct Doorway {
    /// From the one moment to before the other.
    shut: Vec<(u64, u64)>,
    /// How long after a firing; never nothing.
    rest: u64,
}

impl Doorway {
    fn is_open(&self, at: u64, fired: Option<u64>) -> bool {
        let is_shut = self
            .shut
            .iter()
            .any(|(from, to)| (*from..*to).contains(&at));
        !is_shut && fired.is_none_or(|fired| at >= fired + self.rest)
    }

    /// When it opens next after this moment.
    fn opens(&self, now: u64, fired: Option<u64>) -> Option<u64> {
        let opens = |at: &u64| self.is_open(*at, fired) && !self.is_open(at - 1, fired);
        (now + 1..MOMENTS).find(opens)
    }
}

/// What fires when the rules are called only where they asked for it, and when the
/// gate opens.
fn played(rules: Vec<Rule>, signals: &[(u64, Signal)], doorway: &Doorway) -> Vec<Told> {
    let mut rules = Rules::new(rules, Monotonic(0));
    let mut all: Vec<Told> = Vec::new();
    let (mut now, mut fired) = (0, None);
    let mut signals = signals.iter().copied().peekable();
    loop {
        let opens = doorway.opens(now, fired);
        let asked = rules.next().map(|at| at.0).into_iter().chain(opens).min();
        let told = signals.peek().map(|(at, _)| *at);
        let (at, signal) = match (asked, told) {
            (Some(asked), Some(told)) if asked < told => (asked, None),
            (Some(asked), None) => (asked, None),
            (_, Some(told)) => (told, signals.next().map(|(_, signal)| signal)),
            (None, None) => return all,
        };
        if at >= MOMENTS {
            return all;
        }
        let gate = match doorway.is_open(at, fired) {
            true => Gate::Open,
            false => Gate::Shut,
        };
        for one in rules.step(signal, Monotonic(at), gate) {
            assert!(!one.because.is_empty());
            fired = if one.held_back { fired } else { Some(at) };
            all.push(Told {
                at,
                rule: one.rule,
                held_back: one.held_back,
            });
        }
        now = at;
        assert!(
            rules.next().is_none_or(|next| next.0 > at),
            "asks for what is past"
        );
    }
}

#[test]
fn ten_thousand_random_schedules_fire_as_the_reference_says() {
    let mut told = [0; 2];
    for seed in 0..SCHEDULES {
        let mut random = Random(seed);
        let rules: Vec<Rule> = (0..=random.below(2)).map(|_| random.rule()).collect();
        let signals = random.signals();
        let doorway = random.doorway();
        let is_open = |at, fired| doorway.is_open(at, fired);
        let expected = firings(&rules, &points(&signals), is_open);
        let fired = played(rules.clone(), &signals, &doorway);
        assert_eq!(fired, expected, "seed {seed}: {rules:#?} {signals:?}");
        for one in expected {
            told[usize::from(one.held_back)] += 1;
        }
    }
    // A simulation in which nothing happens proves nothing.
    let [fired, held_back] = told;
    assert!(
        fired > SCHEDULES / 5 && held_back > SCHEDULES / 20,
        "{told:?}"
    );
}

#[test]
fn what_is_held_back_is_not_spent() {
    let holds = Rule {
        cool_down: Duration::from_nanos(100),
        most: Some(1),
        ..Rule::of(Condition::Leaf {
            id: LeafId(0),
            test: Test::Above(1.0),
            sustained: Duration::ZERO,
        })
    };
    let mut rules = Rules::new(vec![holds], Monotonic(0));
    let measured = Some(Signal {
        leaf: LeafId(0),
        what: What::Measured(2.0),
    });
    let mut step = |signal, at, gate| {
        let fired = rules.step(signal, Monotonic(at), gate);
        fired.iter().map(|one| one.held_back).collect::<Vec<_>>()
    };
    assert_eq!(step(measured, 5, Gate::Shut), [true]);
    assert_eq!(step(None, 6, Gate::Shut), [false; 0], "it is told once");
    assert_eq!(step(None, 7, Gate::Open), [false]);
    assert_eq!(step(measured, 500, Gate::Open), [false; 0], "it is spent");
}
