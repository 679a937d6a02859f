//! What the words of the rules mean, in the plainest way: every moment is looked
//! at, and every look goes through all that was before it.

use super::{Condition, LeafId, Rule, Signal, Test, What};

/// A moment, and what was signalled at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: u64,
    pub(super) signal: Option<Signal>,
}

/// Whether something holds, and whether it pulses, at each point.
struct Course {
    holds: Vec<bool>,
    pulses: Vec<bool>,
}

/// A rule fired, or was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) at: u64,
    pub(super) rule: usize,
    pub(super) held_back: bool,
}

/// What rules that begin at moment 0 do. `is_open` says whether the gate is open at
/// a moment, which depends on when something fired last; never at that very moment.
pub(super) fn firings(
    rules: &[Rule],
    points: &[Point],
    is_open: impl Fn(u64, Option<u64>) -> bool,
) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    let mut remembered: Vec<Remembered> = rules
        .iter()
        .map(|rule| Remembered::new(rule, points))
        .collect();
    for (index, point) in points.iter().enumerate() {
        for (which, rule) in remembered.iter_mut().enumerate() {
            let fired = all.iter().filter(|told| !told.held_back);
            let gate = is_open(point.at, fired.map(|told| told.at).next_back());
            if let Some(held_back) = rule.look(index, points, gate) {
                all.push(Told {
                    at: point.at,
                    rule: which,
                    held_back,
                });
            }
        }
    }
    all
}

/// A rule, how its condition stands at each point, and what was told of it.
struct Remembered<'a> {
    rule: &'a Rule,
    course: Course,
    fired: Vec<u64>,
    noted: Vec<u64>,
    /// Where that began to hold of which a firing was told last, and what was held back.
    told_since: [Option<usize>; 2],
}

impl<'a> Remembered<'a> {
    fn new(rule: &'a Rule, points: &[Point]) -> Self {
        Self {
            rule,
            course: course(&rule.condition, points),
            fired: Vec::new(),
            noted: Vec::new(),
            told_since: [None, None],
        }
    }

    /// Whether it is held back, where it is met.
    fn look(&mut self, index: usize, points: &[Point], is_open: bool) -> Option<bool> {
        let rule = self.rule;
        let [sustained, grace, cool_down] =
            [rule.sustained, rule.grace, rule.cool_down].map(|span| span.as_nanos() as u64);
        let at = points[index].at;
        let begun = begin(&self.course.holds, index);
        let is_told = self
            .told_since
            .map(|since| begun.is_some() && since == begun);
        let pulses = self.course.pulses[index] && sustained == 0;
        let long = begun.is_some_and(|begun| at - points[begun].at >= sustained);
        let since = |last: &[u64]| last.last().is_none_or(|last| at - last >= cool_down);
        let ready = at >= grace
            && since(&self.fired)
            && rule
                .most
                .is_none_or(|most| self.fired.len() < most as usize);
        if !ready || !(pulses || (long && !is_told[0])) {
            return None;
        }
        let held_back = !is_open;
        let is_old = is_told[1] && !pulses;
        if held_back && (is_old || !since(&self.noted)) {
            return None;
        }
        if held_back {
            self.noted.push(at);
        } else {
            self.fired.push(at);
        }
        self.told_since[usize::from(held_back)] = begun;
        Some(held_back)
    }
}

/// The first point of the run without a break that ends here.
fn begin(holds: &[bool], index: usize) -> Option<usize> {
    if !holds[index] {
        return None;
    }
    (0..=index).rev().take_while(|point| holds[*point]).last()
}

fn course(condition: &Condition, points: &[Point]) -> Course {
    match condition {
        Condition::Leaf {
            id,
            test: Test::Happens { times, within },
            ..
        } => Course {
            holds: vec![false; points.len()],
            pulses: happenings(*id, *times, within.as_nanos() as u64, points),
        },
        Condition::Leaf {
            id,
            test,
            sustained,
        } => {
            let met: Vec<bool> = (0..points.len())
                .map(|index| is_met(*id, *test, &points[..=index]))
                .collect();
            // What is not looked at is not known to last.
            let looked = |point: &&Point| {
                let own = point.signal.filter(|signal| signal.leaf == *id);
                own.is_some_and(|signal| matches!(signal.what, What::Measured(_)))
            };
            let long = |index: usize| {
                let begun = begin(&met, index).map(|begun| points[begun].at);
                let seen = points[..=index].iter().rev().find(looked);
                begun.zip(seen).is_some_and(|(begun, seen)| {
                    seen.at.saturating_sub(begun) >= sustained.as_nanos() as u64
                })
            };
            rising((0..points.len()).map(long).collect())
        }
        Condition::Any(of) => {
            let all: Vec<Course> = of.iter().map(|one| course(one, points)).collect();
            let any = |pick: fn(&Course) -> &Vec<bool>| {
                (0..points.len())
                    .map(|index| all.iter().any(|course| pick(course)[index]))
                    .collect()
            };
            Course {
                holds: any(|course| &course.holds),
                pulses: any(|course| &course.pulses),
            }
        }
        Condition::All { of, within } => {
            let all: Vec<Course> = of.iter().map(|one| course(one, points)).collect();
            let within = within.as_nanos() as u64;
            let holds = |index: usize| {
                all.iter()
                    .all(|course| was(course, points, within, index, 0..=index))
            };
            rising((0..points.len()).map(holds).collect())
        }
        Condition::Then {
            first,
            then,
            within,
        } => {
            let (first, then) = (course(first, points), course(then, points));
            let within = within.as_nanos() as u64;
            let pulses =
                |index: usize| then.pulses[index] && was(&first, points, within, index, 0..index);
            Course {
                holds: vec![false; points.len()],
                pulses: (0..points.len()).map(pulses).collect(),
            }
        }
    }
}

/// Whether something held or pulsed at one of these points, no longer ago than this.
fn was(
    course: &Course,
    points: &[Point],
    within: u64,
    index: usize,
    mut at: impl Iterator<Item = usize>,
) -> bool {
    at.any(|one| {
        (course.holds[one] || course.pulses[one]) && points[index].at - points[one].at <= within
    })
}

/// What begins to hold pulses.
fn rising(holds: Vec<bool>) -> Course {
    let pulses = (0..holds.len())
        .map(|index| holds[index] && (index == 0 || !holds[index - 1]))
        .collect();
    Course { holds, pulses }
}

fn happenings(id: LeafId, times: u32, within: u64, points: &[Point]) -> Vec<bool> {
    let mut counted: Vec<u64> = Vec::new();
    let happens = |point: &Point| {
        let hears = Signal {
            leaf: id,
            what: What::Happened,
        };
        if point.signal != Some(hears) {
            return false;
        }
        counted.push(point.at);
        counted.retain(|at| point.at - at <= within);
        let enough = counted.len() >= times.max(1) as usize;
        if enough {
            counted.clear();
        }
        enough
    };
    points.iter().map(happens).collect()
}

/// Whether the test of a number is met at the last of these points.
fn is_met(id: LeafId, test: Test, points: &[Point]) -> bool {
    let now = points.last().map_or(0, |point| point.at);
    let own = points.iter().filter_map(|point| {
        let signal = point.signal.filter(|signal| signal.leaf == id)?;
        Some((point.at, signal.what))
    });
    let mut known: Vec<(u64, f64)> = Vec::new();
    for (at, what) in own {
        match what {
            What::Measured(value) => known.push((at, value)),
            What::Unknown => known.clear(),
            What::Happened => {}
        }
    }
    let Some((_, value)) = known.last().copied() else {
        return false;
    };
    match test {
        Test::Above(most) => value > most,
        Test::Below(least) => value < least,
        Test::Grows { by, within } => known
            .iter()
            .filter(|(at, _)| now - at <= within.as_nanos() as u64)
            .any(|(_, before)| value - before >= by),
        Test::Happens { .. } => false,
    }
}
