//! All triggers of a recording: from what is observed to firings.
//!
//! Pure, as the rules are: time and signals are arguments. The conditions of all
//! triggers are numbered in order; a signal names its number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::{Condition, FireWhen, Observed, Trigger, When};
use super::firing::{Firing, TriggerKind};
use super::process::ProcessConditions;
use super::rules::{self, Fired, LeafId, Rule, Rules, Signal, Test, What};
use crate::clock::{Monotonic, Now};
use crate::watch::{ProcessIdentity, WatchEvent};

/// Something was measured, or happened.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafSignal {
    /// Which condition.
    pub leaf: LeafId,
    /// What.
    pub what: What,
    /// When; on the clock of what is observed.
    pub at: Now,
    /// What else was seen, in words; why nothing is known.
    pub note: Option<String>,
}

/// How a condition stands, for those who watch a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionStatus {
    /// The trigger's place among the triggers.
    pub trigger: usize,
    /// The kind of the condition.
    pub kind: TriggerKind,
    /// When it counts, as a clause.
    pub clause: String,
    /// The newest number.
    pub value: Option<f64>,
    /// That number with its unit.
    pub shown: Option<String>,
    /// The number that it is compared with, where it is one.
    pub limit: Option<f64>,
    /// Whether that number counts now.
    #[serde(default)]
    pub counts: bool,
    /// What else was seen, or why there is no number.
    pub note: Option<String>,
    /// How many times it happened.
    pub times: u64,
}

/// How a target is called that was not chosen by its name.
pub const THE_TARGET: &str = "the target";

/// See the module's description.
#[derive(Debug)]
pub struct TriggerSet {
    target: String,
    triggers: Vec<Trigger>,
    leaves: Vec<Leaf>,
    rules: Rules,
    alive: BTreeMap<ProcessIdentity, String>,
    latest: Monotonic,
}

#[derive(Debug)]
struct Leaf {
    trigger: usize,
    condition: Condition,
    process: Option<ProcessConditions>,
    /// The newest number, happening or refusal.
    value: Option<f64>,
    note: Option<String>,
    times: u64,
    /// The newest firing of a process condition.
    firing: Option<Firing>,
}

impl TriggerSet {
    /// Triggers that have seen nothing. `target` is how the target is called.
    #[must_use]
    pub fn new(triggers: Vec<Trigger>, fire_when: FireWhen, target: &str, now: Now) -> Self {
        let mut leaves = Vec::new();
        let mut all = Vec::new();
        for (place, trigger) in triggers.iter().enumerate() {
            let first = leaves.len();
            leaves.extend(
                trigger
                    .conditions()
                    .into_iter()
                    .map(|one| Leaf::new(place, one, fire_when)),
            );
            all.push(rule(trigger, first));
        }
        Self {
            target: target.to_owned(),
            rules: Rules::new(all, now.monotonic),
            triggers,
            leaves,
            alive: BTreeMap::new(),
            latest: now.monotonic,
        }
    }

    /// Every condition with its number, for those who look at things.
    pub fn conditions(&self) -> impl Iterator<Item = (LeafId, &Condition)> {
        let numbered = self.leaves.iter().enumerate();
        numbered.map(|(place, leaf)| (leaf_id(place), &leaf.condition))
    }

    /// The target processes alive now.
    #[must_use]
    pub fn alive(&self) -> Vec<ProcessIdentity> {
        self.alive.keys().copied().collect()
    }

    /// How the target is called in what was seen: by its name where that is not
    /// what it was chosen by.
    fn who(&self) -> &str {
        let name = self.alive.values().next().map(String::as_str);
        name.filter(|_| self.target == THE_TARGET)
            .unwrap_or(&self.target)
    }

    /// Takes in what the target's processes did, and says what fires.
    pub fn observed(&mut self, event: &WatchEvent, now: Now) -> Vec<Firing> {
        match event {
            WatchEvent::Found { process, .. } => {
                self.alive.insert(process.identity, process.name.clone());
            }
            WatchEvent::Ended { process, .. } => {
                self.alive.remove(process);
            }
            _ => {}
        }
        let mut firings: Vec<Firing> = Vec::new();
        for place in 0..self.leaves.len() {
            let leaf = &mut self.leaves[place];
            let Some(process) = &mut leaf.process else {
                continue;
            };
            // One event fires one kind of process condition once.
            let Some(firing) = process.observe(event).pop() else {
                continue;
            };
            let at = firing.at;
            leaf.note = Some(firing.to_string());
            leaf.firing = Some(firing);
            leaf.times += 1;
            let signal = Signal {
                leaf: leaf_id(place),
                what: What::Happened,
            };
            let fired = self.step(Some(signal), now.monotonic);
            firings.extend(fired.iter().map(|fired| self.firing(fired, at)));
        }
        once_per_end(firings)
    }

    /// Takes in a signal, and says what fires. `now` is when it is heard, on the
    /// clock that the rules go by.
    pub fn signalled(&mut self, signal: LeafSignal, now: Now) -> Vec<Firing> {
        let place = usize::from(signal.leaf.0);
        let Some(leaf) = self.leaves.get_mut(place) else {
            return Vec::new();
        };
        match signal.what {
            What::Measured(value) => leaf.value = Some(value),
            What::Unknown => leaf.value = None,
            What::Happened => leaf.times += 1,
        }
        leaf.note = signal.note;
        let what = Signal {
            leaf: signal.leaf,
            what: signal.what,
        };
        let fired = self.step(Some(what), now.monotonic);
        let at = |fired: &Fired| {
            let itself = fired.because.contains(&signal.leaf);
            if itself { signal.at } else { now }
        };
        fired
            .iter()
            .map(|fired| self.firing(fired, at(fired)))
            .collect()
    }

    /// Time has passed: says what fires by that.
    pub fn tick(&mut self, now: Now) -> Vec<Firing> {
        let fired = self.step(None, now.monotonic);
        fired.iter().map(|fired| self.firing(fired, now)).collect()
    }

    /// How each condition stands that is not plainly about a process's end.
    #[must_use]
    pub fn status(&self) -> Vec<ConditionStatus> {
        let told = |leaf: &&Leaf| leaf.process.is_none();
        self.leaves
            .iter()
            .filter(told)
            .map(|leaf| leaf.status(self.who()))
            .collect()
    }

    fn step(&mut self, signal: Option<Signal>, now: Monotonic) -> Vec<Fired> {
        self.latest = self.latest.max(now);
        self.rules.step(signal, self.latest)
    }

    fn firing(&self, fired: &Fired, at: Now) -> Firing {
        let leaves: Vec<&Leaf> = fired
            .because
            .iter()
            .filter_map(|leaf| self.leaves.get(usize::from(leaf.0)))
            .collect();
        let process = leaves.iter().find_map(|leaf| leaf.firing.clone());
        let Some(trigger) = self.triggers.get(fired.rule) else {
            return Firing::of(TriggerKind::Combination, at, None);
        };
        let single = matches!(trigger.when, When::One(_));
        let mut firing = match process {
            Some(firing) if single => firing,
            other => {
                let seen: Vec<String> = leaves
                    .iter()
                    .map(|leaf| leaf.evidence(self.who()))
                    .collect();
                let end = other.as_ref().and_then(|one| one.end);
                Firing {
                    seen: Some(seen.join("; ")),
                    end,
                    ..Firing::of(trigger.kind(), at, other.and_then(|one| one.process))
                }
            }
        };
        if let Some(name) = &trigger.name {
            let note = format!("the trigger \"{name}\"");
            firing.note = Some(match firing.note.take() {
                Some(other) => format!("{other}; {note}"),
                None => note,
            });
        }
        firing
    }
}

impl Leaf {
    fn new(trigger: usize, condition: &Condition, fire_when: FireWhen) -> Self {
        let process = match &condition.of {
            Observed::Process(event) => Some(ProcessConditions::new(
                std::slice::from_ref(event),
                fire_when,
            )),
            _ => None,
        };
        Self {
            trigger,
            condition: condition.clone(),
            process,
            value: None,
            note: None,
            times: 0,
            firing: None,
        }
    }

    fn evidence(&self, target: &str) -> String {
        self.condition
            .evidence(target, self.value, self.note.as_deref())
    }

    fn status(&self, target: &str) -> ConditionStatus {
        let limit = match self.condition.test {
            Test::Above(limit) | Test::Below(limit) => Some(limit),
            Test::Grows { .. } | Test::Happens { .. } => None,
        };
        ConditionStatus {
            trigger: self.trigger,
            kind: self.condition.of.kind(),
            clause: self.condition.clause(target),
            value: self.value,
            shown: self.value.map(|value| self.condition.number(value)),
            limit,
            counts: match (self.value, self.condition.test) {
                (Some(value), Test::Above(limit)) => value > limit,
                (Some(value), Test::Below(limit)) => value < limit,
                _ => false,
            },
            note: self.note.clone(),
            times: self.times,
        }
    }
}

/// A crash is an end: where both are asked for, one event is told once.
fn once_per_end(firings: Vec<Firing>) -> Vec<Firing> {
    let mut told: Vec<Firing> = Vec::new();
    for firing in firings {
        let is_end = |one: &Firing| matches!(one.kind, TriggerKind::Exit | TriggerKind::Crash);
        let known = |one: &Firing| is_end(one) && one.process == firing.process;
        if !(is_end(&firing) && told.iter().any(known)) {
            told.push(firing);
        }
    }
    told
}

fn rule(trigger: &Trigger, first: usize) -> Rule {
    let mut next = first;
    Rule {
        condition: condition(&trigger.when, &mut next),
        sustained: trigger.sustained,
        grace: trigger.grace,
        cool_down: trigger.cool_down,
        most: trigger.most,
    }
}

fn condition(when: &When, next: &mut usize) -> rules::Condition {
    let all = |of: &[When], next: &mut usize| of.iter().map(|one| condition(one, next)).collect();
    match when {
        When::One(one) => {
            *next += 1;
            rules::Condition::Leaf {
                id: leaf_id(*next - 1),
                test: one.test,
                sustained: one.sustained,
            }
        }
        When::Any(of) => rules::Condition::Any(all(of, next)),
        When::All { of, within } => rules::Condition::All {
            of: all(of, next),
            within: *within,
        },
        When::Then {
            first,
            then,
            within,
        } => rules::Condition::Then {
            first: Box::new(condition(first, next)),
            then: Box::new(condition(then, next)),
            within: *within,
        },
    }
}

/// There are far fewer conditions than numbers: profiles are bounded.
fn leaf_id(place: usize) -> LeafId {
    LeafId(u16::try_from(place).unwrap_or(u16::MAX))
}
