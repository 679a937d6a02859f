//! For long: many incidents at speed, and the story again and again at its own rate. What the
//! recorder uses must not grow, and no incident may be missing or not be whole.

mod at_speed;
mod flat;
mod story;
mod whole;

use std::time::Duration;

use serde::Serialize;

use super::super::capturer::Places;
use super::super::failure::Failure;
use super::super::recording::Heard;
use super::super::stage::on_own_loopback;

use flat::Track;
pub(crate) use flat::{Drift, Quarter};

/// How the server is called, and so the target: processes of other benches are none.
fn name() -> String {
    format!("soak_{}", std::process::id())
}

/// How much is soaked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lengths {
    /// Incidents at speed.
    pub(crate) incidents: u32,
    /// Crashes of the story.
    pub(crate) crashes: u32,
    /// From one crash's load to the next.
    pub(crate) round: Duration,
}

/// Both soaks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Soaks {
    pub(crate) at_speed: Option<Soak>,
    pub(crate) story: Option<Soak>,
}

/// What one soak found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Soak {
    /// How long it took.
    pub(crate) seconds: f64,
    /// Incidents that were brought about, and that the recorder counts.
    pub(crate) wanted: u64,
    pub(crate) counted: u64,
    /// Files that read whole and hold as many packets as told.
    pub(crate) whole: u64,
    /// Files that should hold a poisonous request, and that do.
    pub(crate) poisoned: u64,
    pub(crate) with_poison: u64,
    /// Files that are there in the end, and that should be.
    pub(crate) kept: usize,
    pub(crate) keep: usize,
    /// Files that were deleted as the oldest.
    pub(crate) deleted: u64,
    /// Firings that did not freeze.
    pub(crate) noted: u64,
    /// Packets recorded and lost.
    pub(crate) packets: u64,
    pub(crate) lost: u64,
    /// What else the recorder told, each once.
    pub(crate) notices: Vec<String>,
    /// What it used, quarter by quarter.
    pub(crate) quarters: Vec<Quarter>,
}

impl Soak {
    /// Whether every incident is there, whole, and with what led to it.
    pub(crate) fn is_complete(&self) -> bool {
        self.wanted == self.counted
            && self.wanted == self.whole
            && self.poisoned == self.with_poison
            && self.kept == self.keep
            && self.deleted == self.wanted.saturating_sub(self.keep as u64)
            && self.noted == 0
    }

    /// What grew from the first quarter to the last.
    pub(crate) fn drifts(&self) -> Vec<Drift> {
        flat::drifts(&self.quarters)
    }

    fn sum_up(tally: &Tally, track: &Track, heard: Heard, kept: usize, keep: u32) -> Self {
        let status = heard.status.as_ref();
        Self {
            seconds: track.seconds(),
            wanted: tally.wanted,
            counted: status.map_or(0, |status| status.incidents),
            whole: tally.whole,
            poisoned: tally.poisoned,
            with_poison: tally.with_poison,
            kept,
            keep: usize::try_from(tally.wanted.min(u64::from(keep))).unwrap_or(usize::MAX),
            deleted: heard.deleted,
            noted: heard.noted,
            packets: status.map_or(0, |status| status.packets),
            lost: tally.lost.max(status.map_or(0, |status| status.lost)),
            notices: heard.notices,
            quarters: track.quarters(),
        }
    }
}

/// What is counted while it goes on.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    wanted: u64,
    whole: u64,
    poisoned: u64,
    with_poison: u64,
    lost: u64,
}

/// Both, each in a network of its own. One with nothing to do is left out.
pub(crate) fn measure(lengths: &Lengths, places: &Places) -> Result<Soaks, Failure> {
    let at_speed = (lengths.incidents > 0)
        .then(|| on_own_loopback(|| at_speed::run(lengths.incidents, places)))
        .transpose()?;
    let story = (lengths.crashes > 0)
        .then(|| on_own_loopback(|| story::run(lengths, places)))
        .transpose()?;
    Ok(Soaks { at_speed, story })
}
