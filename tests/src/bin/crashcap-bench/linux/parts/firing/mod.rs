//! From the moment something was brought about to the freeze that it leads to: each kind of
//! condition, over many runs of one recording with re-arm, and what fires while everything stays
//! just below the limits.
//!
//! The moment is this program's clock, read just before what brings it about; the freeze's
//! moment is the recorder's word.

mod others;
mod packets;
mod processes;
mod resources;
mod sockets;

use std::time::Duration;

use serde::Serialize;

use super::super::capturer::Places;
use super::super::child::wall_ns;
use super::super::failure::Failure;
use super::super::recording::{Event, Recording, TOLD_LIMIT};
use super::super::stage::on_own_loopback;
use super::super::statistics::Spread;
use super::Extent;

/// How often probes look here: oftener than by default, so that many runs take minutes.
const EVERY: Duration = Duration::from_millis(200);
/// The same as it is written.
const EVERY_WORD: &str = "every=200ms";
/// What one look, its way to the keeper and being scheduled on a busy machine may take.
const LOOK: Duration = Duration::from_millis(100);
/// The moments of the runs are spread over the interval by the golden section.
const SPREAD: f64 = 0.618_034;

/// One kind of condition: how it is brought about, and taken back.
trait Case {
    /// As in the profile.
    fn kind(&self) -> &'static str;
    /// What is brought about, in a few words.
    fn what(&self) -> &'static str;
    /// The options of the recording.
    fn options(&mut self) -> Result<Vec<String>, Failure>;
    /// How long a firing may take: interval, sustained time and one look.
    fn bound(&self) -> Duration;
    /// Waits until the recorder has seen that it is not so.
    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure>;
    /// Lets it be almost so for a while.
    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure>;
    /// Brings it about, and gives the moment.
    fn provoke(&mut self, recording: &mut Recording) -> Result<u64, Failure>;
    /// Takes it back.
    fn relax(&mut self, recording: &mut Recording) -> Result<(), Failure>;
}

/// The firings of one kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Firings {
    pub(crate) kind: &'static str,
    pub(crate) what: &'static str,
    /// Milliseconds from what happened to the freeze.
    pub(crate) times_ms: Spread,
    pub(crate) bound_ms: f64,
    /// How many were later than that.
    pub(crate) beyond: usize,
    /// Firings while it was not so.
    pub(crate) false_alarms: u64,
}

impl Firings {
    /// How many came later than the bound.
    pub(crate) fn late(&self) -> usize {
        self.beyond
    }
}

/// All kinds, in a network of their own.
pub(crate) fn measure(extent: &Extent, places: &Places) -> Result<Vec<Firings>, Failure> {
    on_own_loopback(|| {
        let mut cases: Vec<Box<dyn Case>> = Vec::new();
        cases.extend(processes::cases(places));
        cases.extend(sockets::cases());
        cases.extend(resources::cases(places));
        cases.extend(packets::cases()?);
        cases.extend(others::cases(places)?);
        let mut all = Vec::new();
        for mut case in cases.into_iter().take(extent.firing_kinds) {
            eprintln!("firing: {}, {}", case.kind(), case.what());
            all.push(runs(case.as_mut(), extent, places)?);
        }
        eprintln!("firing: time");
        all.push(others::time(extent.firings, places)?);
        Ok(all)
    })
}

/// The options of every recording here, with these triggers.
fn options(more: &[&str]) -> Vec<String> {
    let mut options = vec![
        "--interface",
        "lo",
        "--ring",
        "8MB",
        "--kernel-buffer",
        "2MiB",
    ];
    options.extend(["--tail", "0s", "--rearm", "--keep", "3"]);
    options.extend(["--when-full", "drop-oldest"]);
    options.extend(more);
    options.into_iter().map(ToOwned::to_owned).collect()
}

fn runs(case: &mut dyn Case, extent: &Extent, places: &Places) -> Result<Firings, Failure> {
    let options = case.options()?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut recording = Recording::start(places, &options)?;
    case.ready(&mut recording)?;
    case.just_below(&mut recording, extent.firing_quiet)?;
    // What that leads to is told within the bound.
    recording.listen(case.bound())?;
    let mut times = Vec::new();
    for run in 0..extent.firings {
        case.ready(&mut recording)?;
        recording.listen(EVERY.mul_f64((run as f64 * SPREAD).fract()))?;
        let at_ns = case.provoke(&mut recording)?;
        let frozen_ns = next_freeze(&mut recording, at_ns)?;
        recording.wait_until_saved()?;
        times.push(frozen_ns.saturating_sub(at_ns) as f64 / 1e6);
        case.relax(&mut recording)?;
    }
    let (heard, _) = recording.stop()?;
    let fired = heard.froze + heard.noted;
    let false_alarms = fired.saturating_sub(extent.firings as u64);
    if false_alarms > 0 {
        eprintln!("note: fired {fired} times: {:?}", heard.sentences);
    }
    sum_up(case.kind(), case.what(), times, case.bound(), false_alarms)
}

/// The first freeze after that moment; one before it was a false alarm.
fn next_freeze(recording: &mut Recording, at_ns: u64) -> Result<u64, Failure> {
    recording.wait("a freeze", TOLD_LIMIT, |event| match event {
        Event::Frozen { at_ns: frozen_ns } if *frozen_ns >= at_ns => Some(*frozen_ns),
        _ => None,
    })
}

fn sum_up(
    kind: &'static str,
    what: &'static str,
    times: Vec<f64>,
    bound: Duration,
    false_alarms: u64,
) -> Result<Firings, Failure> {
    let bound_ms = bound.as_secs_f64() * 1e3;
    let beyond = times.iter().filter(|time| **time > bound_ms).count();
    let none = || Failure::Impossible("no run was asked for".to_owned());
    Ok(Firings {
        kind,
        what,
        times_ms: Spread::of(times).ok_or_else(none)?,
        bound_ms,
        beyond,
        false_alarms,
    })
}

/// Waits until the first condition has a number that does not count.
fn measured(recording: &mut Recording) -> Result<(), Failure> {
    recording.wait_for_status("a number below its limit", |status| {
        let condition = status.conditions.first();
        condition.is_some_and(|one| one.value.is_some() && !one.counts)
    })?;
    Ok(())
}

/// The moment, and what comes of doing it.
fn now_doing<T>(doing: impl FnOnce() -> Result<T, Failure>) -> Result<(u64, T), Failure> {
    let at_ns = wall_ns();
    Ok((at_ns, doing()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_later_than_its_bound_is_counted() {
        let times = vec![10.0, 90.0, 110.0];
        let firings = sum_up("log", "a line", times, LOOK, 2).unwrap();
        assert_eq!((firings.late(), firings.false_alarms), (1, 2));
        assert_eq!(firings.times_ms.median, 90.0);
        assert!(sum_up("log", "a line", Vec::new(), LOOK, 0).is_err());
    }
}
