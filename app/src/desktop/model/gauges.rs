//! What triggers measure, against what they wait for.

use crashcap_core::trigger::ConditionStatus;

use super::{Recording, Tone, escaped};

/// One condition of a trigger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gauge {
    /// When it counts.
    pub(crate) clause: String,
    /// What is seen now, or why nothing is.
    pub(crate) shown: String,
    /// Whether it counts now.
    pub(crate) tone: Tone,
    /// The number and the limit as shares of what is drawn.
    pub(crate) bar: Option<(f32, f32)>,
    /// What else was seen.
    pub(crate) note: String,
}

/// Where a bar is drawn the limit stands here, so that what is beyond it is seen.
const LIMIT_AT: f64 = 0.75;

impl Recording {
    /// All conditions that are not plainly about a process's end, without those that the
    /// first lanes of the timeline tell of.
    pub(crate) fn gauges(&self, lanes: usize) -> Vec<Gauge> {
        let conditions = self.status.iter().flat_map(|status| &status.conditions);
        let gauges = conditions.map(Gauge::of);
        gauges
            .filter(|gauge| !self.measured.tells_of(&gauge.clause, lanes))
            .collect()
    }
}

impl Gauge {
    fn of(condition: &ConditionStatus) -> Self {
        let shown = match (&condition.shown, condition.times) {
            (Some(shown), _) => shown.clone(),
            (None, 0) => "not yet".into(),
            (None, 1) => "once".into(),
            (None, times) => format!("{times} times"),
        };
        let unknown = condition.shown.is_none() && condition.limit.is_some();
        let bar = condition.value.zip(condition.limit).map(|(value, limit)| {
            // Of a limit of zero nothing but what is beyond it can be drawn.
            let whole = limit / LIMIT_AT;
            let share = if whole > 0.0 {
                (value / whole).clamp(0.0, 1.0)
            } else {
                f64::from(u8::from(value > 0.0))
            };
            (
                share as f32,
                if whole > 0.0 { LIMIT_AT as f32 } else { 0.0 },
            )
        });
        Self {
            clause: escaped(&condition.clause),
            shown: match unknown {
                true => "–".into(),
                false => escaped(&shown),
            },
            tone: if condition.counts {
                Tone::Warning
            } else {
                Tone::Plain
            },
            bar,
            note: escaped(condition.note.as_deref().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::trigger::TriggerKind;

    fn condition(value: Option<f64>, limit: Option<f64>, times: u64) -> ConditionStatus {
        ConditionStatus {
            trigger: 0,
            kind: TriggerKind::Sockets,
            clause: "sockets are above 100".into(),
            value,
            shown: value.map(|value| format!("{value}")),
            limit,
            counts: false,
            note: None,
            times,
        }
    }

    #[test]
    fn a_number_stands_before_or_beyond_its_limit() {
        let bar = |value, limit| Gauge::of(&condition(Some(value), Some(limit), 0)).bar;
        assert_eq!(bar(0.0, 100.0), Some((0.0, 0.75)));
        assert_eq!(bar(100.0, 100.0), Some((0.75, 0.75)));
        assert_eq!(bar(1e9, 100.0), Some((1.0, 0.75)));
        assert_eq!(bar(1.0, 0.0), Some((1.0, 0.0)));
        assert_eq!(bar(0.0, 0.0), Some((0.0, 0.0)));
    }

    #[test]
    fn what_happens_is_counted_and_what_is_not_known_says_so() {
        let shown = |value, limit, times| Gauge::of(&condition(value, limit, times)).shown;
        assert_eq!(shown(None, None, 0), "not yet");
        assert_eq!(shown(None, None, 3), "3 times");
        assert_eq!(shown(None, Some(1.0), 0), "–");
        assert_eq!(shown(Some(12.0), Some(100.0), 0), "12");
    }
}
