//! CPU time into per cent of a core.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Monotonic;
use crate::watch::ProcessIdentity;

/// The least span of a rate: systems count CPU time in steps of up to 16 ms.
const SPAN_MIN: Duration = Duration::from_millis(200);

/// What was seen of each process at the look before.
#[derive(Debug, Default)]
pub(super) struct Rates {
    last: HashMap<ProcessIdentity, Last>,
}

#[derive(Debug)]
struct Last {
    at: Monotonic,
    used: u64,
    percent: Option<f64>,
}

impl Rates {
    /// Forgets processes that are no target any more.
    pub(super) fn keep(&mut self, targets: &[ProcessIdentity]) {
        if self.last.len() > targets.len() {
            let targets: std::collections::HashSet<_> = targets.iter().collect();
            self.last.retain(|process, _| targets.contains(process));
        }
    }

    /// Per cent of a core since the look before, from the nanoseconds used since
    /// the process started; `None` at the first look. A look that follows sooner
    /// than the steps of the count allow tells the rate of the one before.
    pub(super) fn percent(
        &mut self,
        process: ProcessIdentity,
        used: u64,
        at: Monotonic,
    ) -> Option<f64> {
        let now = Last {
            at,
            used,
            percent: None,
        };
        let Some(last) = self.last.get_mut(&process) else {
            self.last.insert(process, now);
            return None;
        };
        let span = at.since(last.at);
        if span < SPAN_MIN {
            return last.percent;
        }
        let used_since = Duration::from_nanos(used.saturating_sub(last.used));
        let percent = Some(100.0 * used_since.as_secs_f64() / span.as_secs_f64());
        *last = Last { percent, ..now };
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn a_rate_needs_two_looks_and_a_span() {
        let process = |pid| ProcessIdentity { pid, started: 1 };
        let mut rates = Rates::default();
        let start = 500 * MS;
        assert_eq!(rates.percent(process(7), start, Monotonic(0)), None);
        let soon = rates.percent(process(7), start, Monotonic(10 * MS));
        assert_eq!(soon, None, "no span to speak of");
        let at = |ms: u64| Monotonic(ms * MS);
        let half = rates.percent(process(7), start + 500 * MS, at(1000));
        assert_eq!(half, Some(50.0));
        let same = rates.percent(process(7), start + 501 * MS, at(1001));
        assert_eq!(same, half, "the rate of the look before");
        let two = rates.percent(process(7), start + 2500 * MS, at(2000));
        assert_eq!(two, Some(200.0), "two cores since the look that counted");
        let back = rates.percent(process(7), 0, at(3000));
        assert_eq!(back, Some(0.0));

        rates.percent(process(8), 0, at(3000));
        rates.keep(&[process(8)]);
        assert_eq!(rates.percent(process(7), 0, at(4000)), None, "forgotten");
        assert_eq!(rates.percent(process(8), 0, at(4000)), Some(0.0));
    }
}
