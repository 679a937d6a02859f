//! What looking for triggers costs: on a host with many sockets and many processes, and over
//! packets at the rate of the story.

mod crowd;
mod probes;
mod traffic;

use std::time::Duration;

use serde::Serialize;

use super::super::capturer::Places;
use super::super::failure::Failure;
use super::super::stage::on_own_loopback;

pub(crate) use crowd::{HOLD, hold};
pub(crate) use probes::{OfProbes, Together, Watching};
pub(crate) use traffic::OfPackets;

/// How much is there, and how long it is looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lengths {
    /// How many kinds are looked at by themselves, of all that there are.
    pub(crate) kinds: usize,
    /// TCP sockets, two for each connection.
    pub(crate) sockets: usize,
    /// Processes.
    pub(crate) processes: usize,
    /// How long each kind is looked at for its cost per look.
    pub(crate) each: Duration,
    /// How long all kinds together are.
    pub(crate) together: Duration,
    /// How long each set of conditions over packets is.
    pub(crate) packets: Duration,
    /// How often each set is, in turn.
    pub(crate) rounds: u32,
}

/// Everything about looking.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Looking {
    pub(crate) probes: OfProbes,
    pub(crate) packets: Vec<OfPackets>,
}

/// Measures it all, in networks of its own.
pub(crate) fn measure(lengths: &Lengths, places: &Places) -> Result<Looking, Failure> {
    Ok(Looking {
        probes: on_own_loopback(|| probes::measure(lengths, places))?,
        packets: on_own_loopback(|| traffic::measure(lengths, places))?,
    })
}
