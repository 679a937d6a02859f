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

/// When a rule that begins at moment 0 fires.
pub(super) fn firings(rule: &Rule, points: &[Point]) -> Vec<u64> {
    let course = course(&rule.condition, points);
    let [sustained, grace, cool_down] =
        [rule.sustained, rule.grace, rule.cool_down].map(|span| span.as_nanos() as u64);
    let mut fired: Vec<u64> = Vec::new();
    let mut told_since = None;
    for (index, point) in points.iter().enumerate() {
        let begun = begin(&course.holds, index);
        if begun.is_none() || begun != told_since {
            told_since = None;
        }
        let long = begun.is_some_and(|begun| point.at - points[begun].at >= sustained);
        let met = (course.pulses[index] && sustained == 0) || (long && told_since.is_none());
        let ready = point.at >= grace
            && fired.last().is_none_or(|last| point.at - last >= cool_down)
            && rule.most.is_none_or(|most| fired.len() < most as usize);
        if met && ready {
            fired.push(point.at);
            told_since = begun;
        }
    }
    fired
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
            let long = |index: usize| {
                begin(&met, index).is_some_and(|begun| {
                    points[index].at - points[begun].at >= sustained.as_nanos() as u64
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
