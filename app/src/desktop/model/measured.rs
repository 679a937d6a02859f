//! What triggers measure over time: the steps of each number, bounded.

use crashcap_core::recorder::Status;
use crashcap_core::trigger::{ConditionStatus, TriggerKind};
use crashcap_core::units::{ByteCount, grouped};

use super::escaped;

/// Conditions whose numbers are kept; and lanes that are drawn at most.
pub(crate) const LANES_MAX: usize = 3;
/// Steps kept of each; then every second one of the older half goes.
const STEPS_MAX: usize = 4_096;
/// So far beyond its limit a number is grave.
const GRAVE: f64 = 0.20;

/// From one moment on the number was this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Since when, in nanoseconds since 1970.
    pub(crate) at: u64,
    /// The number; `None` where nothing was measured.
    pub(crate) value: Option<f64>,
    /// Whether it counted.
    pub(crate) counts: bool,
}

/// A condition's number over time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane {
    /// When it counts.
    pub(crate) clause: String,
    /// What it is compared with.
    pub(crate) limit: f64,
    /// That in words, short.
    pub(crate) limit_shown: String,
    /// The newest number in words.
    pub(crate) shown: String,
    /// The steps, the oldest first.
    pub(crate) steps: Vec<Step>,
}

/// The numbers of the first conditions that have one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    lanes: Vec<Lane>,
}

impl Step {
    /// Whether it lies so far beyond the limit that it is grave.
    pub(crate) fn is_grave(&self, limit: f64) -> bool {
        let beyond = self.value.map_or(0.0, |value| (value - limit).abs());
        self.counts && beyond >= GRAVE * limit.abs()
    }
}

impl Measured {
    /// Takes in how the conditions stand.
    pub(super) fn stands(&mut self, status: &Status) {
        let numbers = status.conditions.iter();
        let numbers = numbers.filter_map(|one| Some((one, one.limit?)));
        for (condition, limit) in numbers.take(LANES_MAX) {
            let clause = escaped(&condition.clause);
            let known = self.lanes.iter().position(|lane| lane.clause == clause);
            let place = known.unwrap_or_else(|| {
                self.lanes.push(Lane::new(clause, condition.kind, limit));
                self.lanes.len() - 1
            });
            if let Some(lane) = self.lanes.get_mut(place) {
                lane.add(condition, status.at.0);
            }
        }
    }

    /// The first lanes, as far as they are seen between two moments.
    pub(crate) fn between(&self, count: usize, from: u64, to: u64) -> Vec<Lane> {
        let lanes = self.lanes.iter().take(count);
        lanes.map(|lane| lane.between(from, to)).collect()
    }

    /// Whether one of the first lanes tells of this condition.
    pub(crate) fn tells_of(&self, clause: &str, count: usize) -> bool {
        let mut lanes = self.lanes.iter().take(count);
        lanes.any(|lane| lane.clause == clause)
    }
}

impl Lane {
    fn new(clause: String, kind: TriggerKind, limit: f64) -> Self {
        Self {
            clause,
            limit,
            limit_shown: limit_in_words(kind, limit),
            shown: "–".into(),
            steps: Vec::new(),
        }
    }

    fn add(&mut self, condition: &ConditionStatus, at: u64) {
        let shown = condition.shown.as_deref().map(escaped);
        self.shown = shown.unwrap_or_else(|| "–".into());
        let step = Step {
            at,
            value: condition.value,
            counts: condition.counts,
        };
        // A clock that was set back: the time before is drawn over.
        while self.steps.last().is_some_and(|last| last.at > at) {
            self.steps.pop();
        }
        let same = |last: &Step| (last.value, last.counts) == (step.value, step.counts);
        if !self.steps.last().is_some_and(same) {
            self.steps.push(step);
        }
        if self.steps.len() > STEPS_MAX {
            let mut place = 0;
            self.steps.retain(|_| {
                place += 1;
                place > STEPS_MAX / 2 || place % 2 == 0
            });
        }
    }

    /// The steps that are seen, with the one that began before.
    fn between(&self, from: u64, to: u64) -> Self {
        let first = self.steps.partition_point(|step| step.at <= from);
        let last = self.steps.partition_point(|step| step.at <= to);
        let steps = self.steps.get(first.saturating_sub(1)..last);
        Self {
            steps: steps.unwrap_or_default().to_vec(),
            ..self.clone_without_steps()
        }
    }

    fn clone_without_steps(&self) -> Self {
        Self {
            clause: self.clause.clone(),
            limit: self.limit,
            limit_shown: self.limit_shown.clone(),
            shown: self.shown.clone(),
            steps: Vec::new(),
        }
    }

    /// What the top of the lane means: a quarter more than the limit, or all there is.
    pub(crate) fn top(&self) -> f64 {
        let values = self.steps.iter().filter_map(|step| step.value);
        let most = values.fold(self.limit * 1.25, f64::max);
        if most > 0.0 { most } else { 1.0 }
    }
}

/// A limit as it stands beside its line.
fn limit_in_words(kind: TriggerKind, limit: f64) -> String {
    let whole = limit.max(0.0).round() as u64;
    match kind {
        TriggerKind::Memory => super::size(ByteCount(whole)),
        TriggerKind::Cpu | TriggerKind::Retransmissions => format!("{limit:.0} %"),
        _ => match whole {
            0..100_000 => grouped(whole),
            100_000..10_000_000 => format!("{} k", whole / 1_000),
            _ => format!("{} M", grouped(whole / 1_000_000)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::units::Timestamp;

    fn status(at: u64, value: Option<f64>) -> Status {
        let mut model = crate::model::samples::recording();
        crate::model::samples::with_conditions(&mut model);
        let mut status = model.recording.status.unwrap();
        status.at = Timestamp(at);
        status.conditions.truncate(1);
        status.conditions[0].value = value;
        status.conditions[0].counts = value > Some(100.0);
        status
    }

    #[test]
    fn only_changes_are_kept_and_what_is_seen_begins_with_the_step_before() {
        let mut measured = Measured::default();
        for (at, value) in [(10, 4.0), (20, 4.0), (30, 9.0), (40, 112.0), (50, 130.0)] {
            measured.stands(&status(at, Some(value)));
        }
        measured.stands(&status(60, None));
        let lane = &measured.between(3, 0, 100)[0];
        let steps: Vec<_> = lane
            .steps
            .iter()
            .map(|step| (step.at, step.value))
            .collect();
        let all = [
            (10, Some(4.0)),
            (30, Some(9.0)),
            (40, Some(112.0)),
            (50, Some(130.0)),
            (60, None),
        ];
        assert_eq!(steps, all);
        let grave: Vec<_> = lane.steps.iter().map(|step| step.is_grave(100.0)).collect();
        assert_eq!(grave, [false, false, false, true, false]);
        assert_eq!(measured.between(3, 45, 55)[0].steps.len(), 2);
        assert!((lane.top() - 130.0).abs() < 1e-9);
        assert!(measured.tells_of(&lane.clause, 1) && !measured.tells_of(&lane.clause, 0));
    }

    #[test]
    fn however_long_it_lasts_memory_is_bounded() {
        let mut measured = Measured::default();
        let mut status = status(0, Some(0.0));
        for at in 0..3 * STEPS_MAX as u64 {
            status.at = Timestamp(at);
            status.conditions[0].value = Some((at % 7) as f64);
            measured.stands(&status);
        }
        let lane = &measured.between(1, 0, u64::MAX)[0];
        assert!(lane.steps.len() <= STEPS_MAX, "{}", lane.steps.len());
        assert!(lane.steps.is_sorted_by_key(|step| step.at));
        assert_eq!(lane.steps.last().unwrap().at, 3 * STEPS_MAX as u64 - 1);
    }

    #[test]
    fn a_limit_is_written_in_its_unit() {
        for (kind, limit, written) in [
            (TriggerKind::Memory, 2e9, "2 GB"),
            (TriggerKind::Cpu, 95.0, "95 %"),
            (TriggerKind::Sockets, 100.0, "100"),
            (TriggerKind::Traffic, 10e6, "10 M"),
        ] {
            assert_eq!(limit_in_words(kind, limit), written);
        }
    }
}
