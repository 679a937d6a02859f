//! What is measured, part by part.

pub(crate) mod cost;
pub(crate) mod firing;
pub(crate) mod freeze;
pub(crate) mod looking;
pub(crate) mod rate;
pub(crate) mod save;
pub(crate) mod search;
pub(crate) mod soak;
pub(crate) mod window;

use std::time::Duration;

use serde::Serialize;

/// How much is measured; the smoke run measures little and claims nothing.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Extent {
    /// Bytes of a frame, each a row of the tables.
    pub(crate) sizes: Vec<usize>,
    /// Rounds of the CPU cost.
    pub(crate) cost_rounds: usize,
    /// Packets a second while the cost is measured.
    pub(crate) cost_rate: u64,
    /// Milliseconds of traffic in one round of the cost.
    pub(crate) cost_millis: u64,
    /// Rounds of the search for the highest lossless rate, by size.
    pub(crate) rate_rounds: Vec<usize>,
    /// Milliseconds of traffic in one trial of a rate.
    pub(crate) rate_millis: u64,
    /// The search ends when the bracket is this narrow: 0.05 is five parts in a hundred.
    pub(crate) rate_resolution: f64,
    /// Trials that one search may take.
    pub(crate) rate_trials: usize,
    /// Deaths without load, and with HTTP load.
    pub(crate) deaths: usize,
    /// Deaths under the generator's load.
    pub(crate) deaths_under_packets: usize,
    /// Deaths with a core dump.
    pub(crate) core_dumps: usize,
    /// Bytes of memory that such a process has filled.
    pub(crate) ballast: u64,
    /// Rounds of saving.
    pub(crate) save_rounds: usize,
    /// Bytes of the ring that is saved.
    pub(crate) save_bytes: u64,
    /// Starts of the window.
    pub(crate) window_starts: usize,
    /// Seconds that each state of the window is measured.
    pub(crate) window_seconds: u64,
    /// What looking costs.
    pub(crate) looking: looking::Lengths,
    /// Runs of each condition, from what happened to the firing.
    pub(crate) firings: usize,
    /// How many kinds, of all that there are.
    pub(crate) firing_kinds: usize,
    /// How long each stays just below its limit.
    pub(crate) firing_quiet: Duration,
    /// The soaks.
    pub(crate) soak: soak::Lengths,
}

impl Extent {
    /// Everything, in about half an hour on two cores; the soaks take as long again.
    pub(crate) fn full() -> Self {
        Self {
            sizes: vec![64, 300, 1400],
            cost_rounds: 5,
            cost_rate: 200_000,
            cost_millis: 1_500,
            rate_rounds: vec![1, 1, 3],
            rate_millis: 1_000,
            rate_resolution: 0.05,
            rate_trials: 14,
            deaths: 100,
            deaths_under_packets: 100,
            core_dumps: 20,
            ballast: 256 << 20,
            save_rounds: 5,
            save_bytes: 1 << 30,
            window_starts: 10,
            window_seconds: 20,
            looking: looking::Lengths {
                kinds: usize::MAX,
                sockets: 20_000,
                processes: 1_000,
                each: Duration::from_secs(6),
                together: Duration::from_secs(30),
                packets: Duration::from_secs(10),
                rounds: 3,
            },
            firings: 30,
            firing_kinds: usize::MAX,
            firing_quiet: Duration::from_secs(3),
            soak: soak::Lengths {
                incidents: 300,
                crashes: 30,
                round: Duration::from_secs(60),
            },
        }
    }

    /// Each part once and briefly, in less than a minute.
    pub(crate) fn quick() -> Self {
        Self {
            sizes: vec![300],
            cost_rounds: 1,
            cost_rate: 20_000,
            cost_millis: 200,
            rate_rounds: vec![1],
            rate_millis: 100,
            rate_resolution: 0.5,
            rate_trials: 2,
            deaths: 2,
            deaths_under_packets: 1,
            core_dumps: 1,
            ballast: 16 << 20,
            save_rounds: 1,
            save_bytes: 32 << 20,
            window_starts: 1,
            window_seconds: 1,
            looking: looking::Lengths {
                kinds: 1,
                sockets: 200,
                processes: 10,
                each: Duration::from_millis(2500),
                together: Duration::from_secs(1),
                packets: Duration::from_millis(300),
                rounds: 1,
            },
            firings: 1,
            firing_kinds: 4,
            firing_quiet: Duration::from_millis(200),
            soak: soak::Lengths {
                incidents: 4,
                crashes: 1,
                round: Duration::from_secs(3),
            },
        }
    }
}
