//! All triggers of a recording: from what is observed to firings.
//!
//! Pure, as the rules are: time and signals are arguments. The conditions of all
//! triggers are numbered in order; a signal names its number.

use std::collections::BTreeMap;

use super::choice::{Condition, FireWhen, Observed, Trigger, When};
use super::firing::{Firing, TriggerKind};
use super::process::ProcessConditions;
use super::rules::{self, Fired, Gate, LeafId, Rule, Rules, Signal, What};
use super::status::{ConditionStatus, Heard};
use crate::clock::{Monotonic, Now};
use crate::watch::{ProcessIdentity, ProcessInfo, WatchEvent};

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

/// A trigger has fired, or would have.
#[derive(Clone, Debug, PartialEq)]
pub struct Fires {
    /// What happened.
    pub firing: Firing,
    /// Whether it freezes. Else it was held back, and counts as not fired.
    pub freezes: bool,
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
    heard: Heard,
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

    /// These are the target's processes at the start: no event tells of them as new.
    #[must_use]
    pub fn begun_with(mut self, found: &[ProcessInfo]) -> Self {
        for process in found {
            self.alive.insert(process.identity, process.name.clone());
            let conditions = self
                .leaves
                .iter_mut()
                .filter_map(|leaf| leaf.process.as_mut());
            for one in conditions {
                one.begin_with(process);
            }
        }
        self
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
    pub fn observed(&mut self, event: &WatchEvent, now: Now, mut gate: Gate) -> Vec<Fires> {
        match event {
            WatchEvent::Found { process, .. } => {
                self.alive.insert(process.identity, process.name.clone());
            }
            WatchEvent::Ended { process, .. } => {
                self.alive.remove(process);
            }
            _ => {}
        }
        let mut all: Vec<Fires> = Vec::new();
        for place in 0..self.leaves.len() {
            let leaf = &mut self.leaves[place];
            let Some(process) = &mut leaf.process else {
                continue;
            };
            // One event fires one kind of process condition once.
            let Some(firing) = process.observe(event).pop() else {
                continue;
            };
            let (at, note) = (firing.at, firing.to_string());
            leaf.firing = Some(firing);
            for fired in self.hear(place, What::Happened, Some(note), now, gate) {
                if !fired.held_back {
                    gate = Gate::Shut;
                }
                all.push(self.fires(&fired, at));
            }
        }
        once_per_end(all)
    }

    /// Takes in a signal, and says what fires. `now` is when it is heard, on the
    /// clock that the rules go by.
    pub fn signalled(&mut self, signal: LeafSignal, now: Now, gate: Gate) -> Vec<Fires> {
        let place = usize::from(signal.leaf.0);
        if place >= self.leaves.len() {
            return Vec::new();
        }
        let fired = self.hear(place, signal.what, signal.note, now, gate);
        let at = |fired: &Fired| {
            let itself = fired.because.contains(&signal.leaf);
            if itself { signal.at } else { now }
        };
        fired
            .iter()
            .map(|fired| self.fires(fired, at(fired)))
            .collect()
    }

    /// Time has passed, or the gate was opened: says what fires by that.
    pub fn tick(&mut self, now: Now, gate: Gate) -> Vec<Fires> {
        let fired = self.step(None, now.monotonic, gate);
        fired.iter().map(|fired| self.fires(fired, now)).collect()
    }

    /// Takes in how near something is to happening: how often it was seen within its
    /// span, or for how many seconds it has been waited for.
    pub fn neared(&mut self, leaf: LeafId, value: f64) {
        if let Some(leaf) = self.leaves.get_mut(usize::from(leaf.0)) {
            leaf.heard.near = Some(value);
        }
    }

    /// How each condition stands that is not plainly about a process's end.
    #[must_use]
    pub fn status(&self) -> Vec<ConditionStatus> {
        let numbered = self.leaves.iter().enumerate();
        numbered
            .filter(|(_, leaf)| leaf.process.is_none())
            .map(|(place, leaf)| {
                let stand = self.rules.leaf(leaf_id(place));
                let (condition, who) = (&leaf.condition, self.who());
                leaf.heard.status(leaf.trigger, condition, who, stand)
            })
            .collect()
    }

    /// Takes in what is said of one condition. What was seen when it counted is kept.
    fn hear(
        &mut self,
        place: usize,
        what: What,
        note: Option<String>,
        now: Now,
        gate: Gate,
    ) -> Vec<Fired> {
        let id = leaf_id(place);
        let fired = self.step(Some(Signal { leaf: id, what }), now.monotonic, gate);
        let counts = self.rules.leaf(id).is_some_and(|stand| stand.counts);
        if let Some(leaf) = self.leaves.get_mut(place) {
            leaf.heard.hear(what, note, counts);
        }
        fired
    }

    fn step(&mut self, signal: Option<Signal>, now: Monotonic, gate: Gate) -> Vec<Fired> {
        self.latest = self.latest.max(now);
        self.rules.step(signal, self.latest, gate)
    }

    fn fires(&self, fired: &Fired, at: Now) -> Fires {
        Fires {
            firing: self.firing(fired, at),
            freezes: !fired.held_back,
        }
    }

    fn firing(&self, fired: &Fired, at: Now) -> Firing {
        let leaves: Vec<&Leaf> = fired
            .because
            .iter()
            .filter_map(|leaf| self.leaves.get(usize::from(leaf.0)))
            .collect();
        let of_processes = || leaves.iter().filter_map(|leaf| leaf.firing.as_ref());
        // What is told of a process's end is worth most.
        let end = of_processes().find(|firing| is_end(firing));
        let process = end.or_else(|| of_processes().next()).cloned();
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
                let process = other.as_ref().and_then(|one| one.process.clone());
                let end = other.filter(is_end);
                Firing {
                    seen: Some(seen.join("; ")),
                    status: end.as_ref().and_then(|end| end.status.clone()),
                    fault: end.as_ref().and_then(|end| end.fault),
                    end: end.and_then(|end| end.end),
                    ..Firing::of(trigger.kind(), at, process)
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
            heard: Heard::default(),
            firing: None,
        }
    }

    fn evidence(&self, target: &str) -> String {
        let met = self.heard.met.as_ref();
        let note = met.and_then(|met| met.note.as_deref());
        let value = met.and_then(|met| met.value);
        self.condition.evidence(target, value, note)
    }
}

fn is_end(firing: &Firing) -> bool {
    matches!(firing.kind, TriggerKind::Exit | TriggerKind::Crash)
}

/// A crash is an end: where both are asked for, one event is told once.
fn once_per_end(all: Vec<Fires>) -> Vec<Fires> {
    let mut told: Vec<Fires> = Vec::new();
    for one in all {
        let known =
            |before: &Fires| is_end(&before.firing) && before.firing.process == one.firing.process;
        if !(is_end(&one.firing) && told.iter().any(known)) {
            told.push(one);
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
