//! What a recorder used over time, and whether it grew.

use std::time::Instant;

use serde::Serialize;

use super::super::super::failure::Failure;
use super::super::super::recording::Recording;
use super::super::super::statistics::Spread;
use super::super::super::usage::Usage;

const MIB: f64 = (1 << 20) as f64;
/// More resident memory in the last quarter than this is growth.
const RESIDENT_MIB: f64 = 2.0;
/// So much more CPU is; less is what a shared machine's rounds differ by.
const CPU_FACTOR: f64 = 1.25;

/// What was used, sample by sample.
#[derive(Debug)]
pub(super) struct Track {
    began: Instant,
    samples: Vec<(f64, Usage)>,
}

/// A quarter of the samples.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Quarter {
    pub(crate) resident_mib: Spread,
    pub(crate) open_files: Spread,
    pub(crate) threads: Spread,
    /// Of one core.
    pub(crate) cpu_percent: f64,
}

/// How the last quarter stands to the first.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Drift {
    pub(crate) what: &'static str,
    pub(crate) allowed: String,
    pub(crate) measured: String,
    pub(crate) flat: bool,
}

impl Track {
    /// Begins with a first sample.
    pub(super) fn begin(recording: &Recording) -> Result<Self, Failure> {
        let mut track = Self {
            began: Instant::now(),
            samples: Vec::new(),
        };
        track.sample(recording)?;
        Ok(track)
    }

    /// Looks once.
    pub(super) fn sample(&mut self, recording: &Recording) -> Result<(), Failure> {
        let usage = recording.usage()?;
        self.samples.push((self.seconds(), usage));
        Ok(())
    }

    /// Since it began.
    pub(super) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Four of equal length, where there are enough samples.
    pub(super) fn quarters(&self) -> Vec<Quarter> {
        quarters(&self.samples)
    }
}

fn quarters(samples: &[(f64, Usage)]) -> Vec<Quarter> {
    // The first sample is where the first quarter starts.
    let gaps = samples.len().saturating_sub(1);
    let bounds = [0, 1, 2, 3, 4].map(|quarter| quarter * gaps / 4);
    let parts = bounds
        .windows(2)
        .filter_map(|bound| samples.get(bound[0]..=bound[1]));
    parts.filter_map(quarter).collect()
}

fn quarter(part: &[(f64, Usage)]) -> Option<Quarter> {
    let ([from, .., to], [_, later @ ..]) = (part, part) else {
        return None;
    };
    let spread = |figure: fn(&Usage) -> f64| Spread::of(later.iter().map(|(_, one)| figure(one)));
    let seconds = (to.0 - from.0).max(f64::MIN_POSITIVE);
    let spent = to.1.cpu_seconds - from.1.cpu_seconds;
    Some(Quarter {
        resident_mib: spread(|one| one.resident as f64 / MIB)?,
        open_files: spread(|one| one.open_files as f64)?,
        threads: spread(|one| one.threads as f64)?,
        cpu_percent: spent * 100.0 / seconds,
    })
}

/// The last quarter against the first.
pub(super) fn drifts(quarters: &[Quarter]) -> Vec<Drift> {
    let [first, .., last] = quarters else {
        return Vec::new();
    };
    let change = |from: f64, to: f64, places: usize| format!("{from:.places$} to {to:.places$}");
    let (resident, later) = (first.resident_mib.median, last.resident_mib.median);
    let (cpu, cpu_later) = (first.cpu_percent, last.cpu_percent);
    vec![
        Drift {
            what: "resident memory, MiB",
            allowed: format!("at most {RESIDENT_MIB} more"),
            measured: change(resident, later, 1),
            flat: later - resident <= RESIDENT_MIB,
        },
        no_more("open files", first.open_files, last.open_files),
        no_more("threads", first.threads, last.threads),
        Drift {
            what: "CPU, % of a core",
            allowed: "at most a quarter more".to_owned(),
            measured: change(cpu, cpu_later, 2),
            flat: cpu_later <= cpu * CPU_FACTOR,
        },
    ]
}

fn no_more(what: &'static str, first: Spread, last: Spread) -> Drift {
    Drift {
        what,
        allowed: "no more".to_owned(),
        measured: format!("{} to {}", first.median, last.median),
        flat: last.median <= first.median && last.max <= first.max + 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: u32, resident_mib: u64, open_files: u64) -> (f64, Usage) {
        let usage = Usage {
            resident: resident_mib << 20,
            open_files,
            threads: 7,
            cpu_seconds: f64::from(seconds) * 0.02,
        };
        (f64::from(seconds), usage)
    }

    #[test]
    fn what_stays_is_flat_and_what_grows_is_told() {
        let flat: Vec<_> = (0..41).map(|second| sample(second, 30, 12)).collect();
        let parts = quarters(&flat);
        assert_eq!(parts.len(), 4);
        assert!((parts[1].cpu_percent - 2.0).abs() < 1e-9);
        assert!(drifts(&parts).iter().all(|drift| drift.flat));
        let grows: Vec<_> = (0..41)
            .map(|second| sample(second, 30 + u64::from(second), 12 + u64::from(second / 20)))
            .collect();
        let told: Vec<bool> = drifts(&quarters(&grows))
            .iter()
            .map(|drift| drift.flat)
            .collect();
        assert_eq!(told, [false, false, true, true]);
    }

    #[test]
    fn too_few_samples_say_nothing() {
        assert!(quarters(&[]).is_empty());
        assert!(drifts(&quarters(&[sample(0, 1, 1)])).is_empty());
    }
}
