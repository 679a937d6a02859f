//! How a condition stands, for those who watch a recording.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::choice::{Condition, Observed};
use super::firing::TriggerKind;
use super::packets::PacketKind;
use super::rules::{LeafStand, Test, What};
use crate::measure::ListenerChoice;
use crate::units::{duration_in_words, grouped};

/// How a condition stands. A number and its limit have the same unit; which of them
/// counts is told by `counts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionStatus {
    /// The trigger's place among the triggers.
    pub trigger: usize,
    /// The kind of the condition.
    pub kind: TriggerKind,
    /// When it counts, as a clause.
    pub clause: String,
    /// The newest number: what is measured; how much that has grown within the span;
    /// how many times it happened within it; how many seconds were waited for it.
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

/// What was seen at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) value: Option<f64>,
    pub(super) note: Option<String>,
}

/// What was heard of a condition.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The newest number, happening or refusal.
    newest: Seen,
    /// The newest at which it counted.
    pub(super) met: Option<Seen>,
    /// The newest happening.
    happening: Option<String>,
    times: u64,
    /// How near it is to happening, where that is told.
    pub(super) near: Option<f64>,
}

/// A number against its limit.
struct Gauge {
    value: f64,
    shown: String,
    limit: f64,
    counts: bool,
}

/// What brings a happening nearer.
enum Nearing {
    Times(u32),
    Wait(Duration),
}

impl Heard {
    pub(super) fn hear(&mut self, what: What, note: Option<String>, counts: bool) {
        match what {
            What::Measured(value) => self.newest.value = Some(value),
            What::Unknown => self.newest.value = None,
            What::Happened => {
                self.times += 1;
                self.happening.clone_from(&note);
            }
        }
        self.newest.note = note;
        if counts {
            self.met = Some(self.newest.clone());
        }
    }

    pub(super) fn status(
        &self,
        trigger: usize,
        condition: &Condition,
        target: &str,
        stand: Option<LeafStand>,
    ) -> ConditionStatus {
        let gauge = self.gauge(condition, stand);
        // What grows is not compared with what it is.
        let grows = matches!(condition.test, Test::Grows { .. });
        let plain = self.newest.value.filter(|_| !grows);
        ConditionStatus {
            trigger,
            kind: condition.of.kind(),
            clause: condition.clause(target),
            value: gauge.as_ref().map(|gauge| gauge.value).or(plain),
            limit: match &gauge {
                Some(gauge) => Some(gauge.limit),
                None => limit(condition),
            },
            counts: gauge.as_ref().is_some_and(|gauge| gauge.counts),
            note: self.note(condition, gauge.is_some()),
            shown: gauge
                .map(|gauge| gauge.shown)
                .or_else(|| plain.map(|value| condition.number(value))),
            times: self.times,
        }
    }

    fn gauge(&self, condition: &Condition, stand: Option<LeafStand>) -> Option<Gauge> {
        let measured = |counts: fn(f64, f64) -> bool, than: f64| {
            let value = self.newest.value?;
            Some(Gauge {
                value,
                shown: condition.number(value),
                limit: limit(condition)?,
                counts: counts(value, than),
            })
        };
        match condition.test {
            Test::Above(limit) => measured(|value, limit| value > limit, limit),
            Test::Below(limit) => measured(|value, limit| value < limit, limit),
            Test::Grows { by, .. } => {
                let growth = stand?.growth?;
                Some(Gauge {
                    value: growth,
                    shown: format!("+{}", condition.number(growth)),
                    limit: by,
                    counts: growth >= by,
                })
            }
            Test::Happens { times, .. } if times > 1 => {
                let happened = stand?.happened as u64;
                // Happenings that are counted are far fewer than 2^52.
                Some(count(happened as f64, f64::from(times)))
            }
            Test::Happens { .. } => match (nearing(condition)?, self.near?) {
                (Nearing::Times(times), near) => Some(count(near, f64::from(times))),
                (Nearing::Wait(span), near) => {
                    let waited = Duration::try_from_secs_f64(near).unwrap_or_default();
                    Some(Gauge {
                        value: near,
                        shown: duration_in_words(waited),
                        limit: span.as_secs_f64(),
                        counts: waited >= span,
                    })
                }
            },
        }
    }

    /// A number's words do not tell what happened before, or what has grown.
    fn note(&self, condition: &Condition, has_gauge: bool) -> Option<String> {
        let newest = self.newest.note.clone().filter(|note| !note.is_empty());
        match (condition.test, self.newest.value) {
            (Test::Grows { .. }, Some(value)) if has_gauge => {
                let now = format!("now {}", condition.number(value));
                Some(newest.map_or(now.clone(), |note| format!("{now}; {note}")))
            }
            (Test::Happens { .. }, _) => {
                let said = newest.or_else(|| self.happening.clone())?;
                let happened = has_gauge && self.happening.as_ref() == Some(&said);
                Some(match (happened, self.times) {
                    (true, 1) => format!("once: {said}"),
                    (true, times) => format!("{times} times, the last {said}"),
                    (false, _) => said,
                })
            }
            _ => newest,
        }
    }
}

fn count(value: f64, limit: f64) -> Gauge {
    Gauge {
        value,
        // A count is whole and small.
        shown: grouped(value as u64),
        limit,
        counts: value >= limit,
    }
}

/// The number that what is measured is compared with. A check that must fail so many
/// times is compared with that many: it counts when they are reached.
fn limit(condition: &Condition) -> Option<f64> {
    match condition.test {
        Test::Above(limit) if is_health(condition) => Some(limit + 1.0),
        Test::Above(limit) | Test::Below(limit) => Some(limit),
        Test::Grows { by, .. } => Some(by),
        Test::Happens { .. } => None,
    }
}

fn is_health(condition: &Condition) -> bool {
    matches!(condition.of, Observed::Listener(ListenerChoice::Health(_)))
}

fn nearing(condition: &Condition) -> Option<Nearing> {
    let Observed::Packets(packets) = &condition.of else {
        return None;
    };
    match packets {
        PacketKind::Filter { often, .. }
        | PacketKind::Payload { often, .. }
        | PacketKind::NoAnswer { often, .. }
            if often.times > 1 =>
        {
            Some(Nearing::Times(often.times))
        }
        PacketKind::NoAnswer { after, .. } | PacketKind::Silence { after } => {
            Some(Nearing::Wait(*after))
        }
        _ => None,
    }
}
