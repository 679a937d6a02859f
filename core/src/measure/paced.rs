//! Looking no oftener than it is worth: a probe that measures what its looks cost.
//!
//! Whatever is looked at, however much of it there is, looking takes at most
//! one part in [`limits::LOOK_SHARE`] of a core: after a costly look the next
//! ones are answered from memory until that share is kept. Probes that are read
//! side by side share it: see [`pace_together`].

use std::time::Duration;

use super::{Probe, Reading, Unmeasured};
use crate::clock::{Monotonic, Now};
use crate::limits;
use crate::watch::ProcessIdentity;

/// A probe, and what its looks cost.
pub struct Paced {
    probe: Box<dyn Probe>,
    /// What this thread used of a processor so far.
    used: Clock,
    last: Option<Last>,
    cost: Cost,
    /// What it may take of a core.
    share: f64,
}

/// Tells the time that was used so far.
type Clock = Box<dyn Fn() -> Duration + Send>;

struct Last {
    result: Result<Reading, Unmeasured>,
    /// When and at whom it looked.
    at: Monotonic,
    targets: Vec<ProcessIdentity>,
    rest: Duration,
}

impl Last {
    fn rest_left(&self, at: Monotonic) -> Duration {
        self.rest.saturating_sub(at.since(self.at))
    }
}

/// What looking cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Looks that were made.
    pub looks: u64,
    /// Looks that were answered from memory, to keep the share.
    pub remembered: u64,
    /// Time on a processor that the last look took.
    pub last: Duration,
    /// That all took.
    pub sum: Duration,
}

impl Paced {
    /// Paces a probe.
    #[must_use]
    pub fn new(probe: Box<dyn Probe>) -> Self {
        Self::with(probe, Box::new(used_or_passed))
    }

    fn with(probe: Box<dyn Probe>, used: Clock) -> Self {
        Self {
            probe,
            used,
            last: None,
            cost: Cost::default(),
            share: SHARE_OF_ALL,
        }
    }

    /// What it would take of a core, were it to look as often as this.
    fn demand(&self, every: Duration) -> f64 {
        self.cost.last.as_secs_f64() / every.as_secs_f64().max(1e-9)
    }

    /// What looking has cost so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }
}

impl Probe for Paced {
    fn what(&self) -> String {
        self.probe.what()
    }

    /// Looks, or tells again what was seen while it is too soon for another
    /// look. Other targets are looked at sooner, since what was seen of those
    /// that ended says little of them; but not without end where they change
    /// all the time.
    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured> {
        if let Some(last) = &self.last {
            let left = last.rest_left(now.monotonic);
            let soon = if last.targets == targets {
                Duration::ZERO
            } else {
                limits::LOOK_ADVANCE_MAX
            };
            if left > soon && !targets.is_empty() {
                self.cost.remembered += 1;
                return last.result.clone();
            }
        }
        let before = (self.used)();
        let result = self.probe.read(targets, now);
        let took = (self.used)().saturating_sub(before);
        self.cost.looks += 1;
        self.cost.last = took;
        self.cost.sum += took;
        // What is left of an earlier rest is not forgiven.
        let left = self
            .last
            .as_ref()
            .map_or(Duration::ZERO, |last| last.rest_left(now.monotonic));
        let rest = left.as_secs_f64() + took.as_secs_f64() / self.share;
        let most = limits::LOOK_REST_MAX.as_secs_f64();
        self.last = Some(Last {
            result: result.clone(),
            at: now.monotonic,
            targets: targets.to_vec(),
            rest: Duration::from_secs_f64(rest.min(most)),
        });
        result
    }
}

/// One part in [`limits::LOOK_SHARE`] of a core.
const SHARE_OF_ALL: f64 = 1.0 / limits::LOOK_SHARE as f64;

/// Divides the share of a core among probes that one thread reads, each with how often
/// it is to be looked at. Each gets as much as it needs or all get the same: what
/// cheap ones leave is for the costly ones.
pub fn pace_together<'a>(probes: impl Iterator<Item = (&'a mut Paced, Duration)>) {
    let mut all: Vec<(f64, &mut Paced)> = probes
        .map(|(probe, every)| (probe.demand(every), probe))
        .collect();
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (mut left, mut probes_left) = (SHARE_OF_ALL, all.len());
    for (demand, probe) in all {
        let equal = left / probes_left as f64;
        // One that needs less keeps the right to it: it may cost more next time.
        probe.share = equal;
        left -= demand.min(equal);
        probes_left -= 1;
    }
}

/// What this thread used of processors so far, where the system tells that of threads.
#[must_use]
pub fn used_by_this_thread() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        // The clock of a thread never stands before its start.
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Elsewhere time itself, which is more than what was used.
fn used_or_passed() -> Duration {
    used_by_this_thread()
        .unwrap_or_else(|| crate::clock::now().monotonic.since(Monotonic::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A look costs what it was told, and counts itself.
    struct Costly {
        millis: u64,
        used: Arc<AtomicU64>,
        looks: f64,
    }

    impl Probe for Costly {
        fn what(&self) -> String {
            "looks".to_owned()
        }

        fn read(&mut self, targets: &[ProcessIdentity], _: Now) -> Result<Reading, Unmeasured> {
            self.used.fetch_add(self.millis, Ordering::Relaxed);
            self.looks += 1.0;
            if targets.is_empty() {
                return Err(Unmeasured::NoTarget);
            }
            Ok(Reading {
                value: self.looks,
                note: None,
            })
        }
    }

    fn paced(millis: u64) -> Paced {
        let used = Arc::new(AtomicU64::new(0));
        let costly = Costly {
            millis,
            used: Arc::clone(&used),
            looks: 0.0,
        };
        let clock = move || Duration::from_millis(used.load(Ordering::Relaxed));
        Paced::with(Box::new(costly), Box::new(clock))
    }

    fn at(millis: u64) -> Now {
        Now {
            monotonic: Monotonic(millis * 1_000_000),
            ..Now::default()
        }
    }

    fn process(pid: u32) -> ProcessIdentity {
        ProcessIdentity { pid, started: 1 }
    }

    #[test]
    fn a_cheap_probe_looks_each_time() {
        let mut probe = paced(9);
        for second in 0..10 {
            probe.read(&[process(7)], at(second * 1000)).unwrap();
        }
        let cost = probe.cost();
        assert_eq!((cost.looks, cost.remembered), (10, 0));
        assert_eq!(cost.sum, Duration::from_millis(90));
    }

    #[test]
    fn a_costly_probe_keeps_its_share() {
        let mut probe = paced(35);
        for second in 0..1000 {
            probe.read(&[process(7)], at(second * 1000)).unwrap();
        }
        let cost = probe.cost();
        assert!(cost.sum <= Duration::from_secs(10), "{cost:?}");
        assert_eq!((cost.looks, cost.remembered), (250, 750));
        assert_eq!(cost.last, Duration::from_millis(35));
    }

    /// Reads all each second; the looks of each in the last 900 of 1000, and what they took.
    fn read_together(costs: &[u64]) -> Vec<(u64, Duration)> {
        let mut probes: Vec<Paced> = costs.iter().map(|millis| paced(*millis)).collect();
        let every = Duration::from_secs(1);
        let mut before = Vec::new();
        for second in 0..1000 {
            if second == 100 {
                before = probes.iter().map(Paced::cost).collect();
            }
            for probe in &mut probes {
                probe.read(&[process(7)], at(second * 1000)).unwrap();
            }
            pace_together(probes.iter_mut().map(|probe| (probe, every)));
        }
        let both = probes.iter().map(Paced::cost).zip(before);
        both.map(|(now, before)| (now.looks - before.looks, now.sum - before.sum))
            .collect()
    }

    #[test]
    fn ten_costly_probes_share_what_one_may_take() {
        let read = read_together(&[35; 10]);
        let sum: Duration = read.iter().map(|(_, took)| *took).sum();
        // 900 s; a look more or less lies at the edges.
        assert!(sum <= Duration::from_millis(9_400), "{read:?}");
        // Each in 35 seconds, not in 3.5.
        let is_fair = |(looks, _): &(u64, Duration)| (24..=26).contains(looks);
        assert!(read.iter().all(is_fair), "{read:?}");
    }

    #[test]
    fn what_cheap_probes_leave_is_for_the_costly_one() {
        let read = read_together(&[0, 0, 1, 35, 0]);
        // Of 10 ms a second one is left to the cheap one: 35 ms each 3.9 seconds.
        assert_eq!(read[2].0, 900, "{read:?}");
        assert!((220..=232).contains(&read[3].0), "{read:?}");
    }

    #[test]
    fn other_targets_are_looked_at_sooner() {
        let mut probe = paced(50);
        let first = probe.read(&[process(7)], at(0)).unwrap();
        assert_eq!(probe.read(&[process(7)], at(1)), Ok(first.clone()));
        let other = probe.read(&[process(8)], at(2)).unwrap();
        assert!(other.value > first.value);
        assert_eq!(probe.cost().looks, 2);
        // Without a target there is nothing to look at, and that is told at once.
        assert_eq!(probe.read(&[], at(3)), Err(Unmeasured::NoTarget));
    }

    #[test]
    fn targets_that_change_all_the_time_do_not_break_the_share() {
        let mut probe = paced(35);
        for second in 0..1000 {
            let pid = u32::try_from(second).unwrap();
            probe.read(&[process(pid)], at(second * 1000)).unwrap();
        }
        let cost = probe.cost();
        assert!(cost.sum <= Duration::from_millis(10_200), "{cost:?}");
    }

    #[test]
    fn however_costly_it_was_some_day_it_looks_again() {
        let mut probe = paced(5000);
        probe.read(&[process(7)], at(0)).unwrap();
        let rest = u64::try_from(limits::LOOK_REST_MAX.as_millis()).unwrap();
        probe.read(&[process(7)], at(rest - 1)).unwrap();
        assert_eq!(probe.cost().looks, 1);
        probe.read(&[process(7)], at(rest)).unwrap();
        assert_eq!(probe.cost().looks, 2);
    }

    #[test]
    fn the_thread_uses_what_it_uses() {
        let before = used_or_passed();
        let mut sum = 0_u64;
        while used_or_passed() - before < Duration::from_millis(2) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(sum > 0);
    }
}
