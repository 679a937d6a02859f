//! What a packet costs: CPU time per packet at a fixed rate, drops at that rate, memory.

use std::time::Duration;

use serde::Serialize;

use super::super::capturer::{Capturer, Places, Tool};
use super::super::failure::Failure;
use super::super::stage::{Stage, on_stage};
use super::super::statistics::Spread;
use super::super::traffic::{Generator, Load};
use super::Extent;

/// One tool at one frame size, over all rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) tool: Tool,
    /// Bytes of a frame.
    pub(crate) size: usize,
    /// Nanoseconds of CPU per packet captured.
    pub(crate) ns_per_packet: Spread,
    /// Packets that came to the interface, over all rounds.
    pub(crate) delivered: u64,
    /// Packets captured, over all rounds.
    pub(crate) captured: u64,
    /// Packets that the tool knows to be lost, over all rounds.
    pub(crate) dropped: u64,
    /// Packets a second that the generator reached.
    pub(crate) reached: Spread,
    /// The most memory resident in any round, in bytes.
    pub(crate) peak_memory: u64,
}

#[derive(Clone, Copy, Debug)]
struct Round {
    tool: Tool,
    size: usize,
    ns_per_packet: f64,
    delivered: u64,
    captured: u64,
    dropped: u64,
    reached: f64,
    peak_memory: u64,
}

/// All sizes and tools. The tools take turns within each round, so that what the machine does
/// meanwhile meets all of them.
pub(crate) fn measure(extent: &Extent, places: &Places) -> Result<Vec<Cost>, Failure> {
    let rounds = on_stage(|stage| {
        let mut rounds = Vec::new();
        for &size in &extent.sizes {
            for number in 1..=extent.cost_rounds {
                eprintln!(
                    "cost: {size} bytes, round {number} of {}",
                    extent.cost_rounds
                );
                for tool in Tool::ALL {
                    rounds.push(round(stage, tool, size, extent, places)?);
                }
            }
        }
        Ok(rounds)
    })?;
    let mut costs = Vec::new();
    for &size in &extent.sizes {
        for tool in Tool::ALL {
            let own = rounds
                .iter()
                .filter(|round| round.size == size && round.tool == tool);
            costs.extend(sum_up(tool, size, own));
        }
    }
    Ok(costs)
}

fn round(
    stage: &Stage,
    tool: Tool,
    size: usize,
    extent: &Extent,
    places: &Places,
) -> Result<Round, Failure> {
    let length = Duration::from_millis(extent.cost_millis);
    let load = Load::lasting(size, extent.cost_rate, length);
    let mut capturer = Capturer::start(stage, tool, places)?;
    capturer.settle()?;
    let generator = Generator::new(stage, load, places.generator_cpu)?;
    let (delivered_before, cpu_before) = (stage.delivered()?, capturer.cpu_ns()?);
    let sent = generator.run_apart()?;
    capturer.settle()?;
    let cpu_ns = capturer.cpu_ns()? - cpu_before;
    let delivered = stage.delivered()? - delivered_before;
    let peak_memory = capturer.peak_memory()?;
    let counts = capturer.finish(delivered)?;
    if counts.captured == 0 {
        return Err(Failure::Impossible(format!(
            "{} captured none of {delivered} packets",
            tool.label()
        )));
    }
    Ok(Round {
        tool,
        size,
        ns_per_packet: cpu_ns as f64 / counts.captured as f64,
        delivered,
        captured: counts.captured,
        dropped: counts.dropped,
        reached: sent.per_second,
        peak_memory,
    })
}

fn sum_up<'a>(
    tool: Tool,
    size: usize,
    rounds: impl Iterator<Item = &'a Round> + Clone,
) -> Option<Cost> {
    Some(Cost {
        tool,
        size,
        ns_per_packet: Spread::of(rounds.clone().map(|round| round.ns_per_packet))?,
        delivered: rounds.clone().map(|round| round.delivered).sum(),
        captured: rounds.clone().map(|round| round.captured).sum(),
        dropped: rounds.clone().map(|round| round.dropped).sum(),
        reached: Spread::of(rounds.clone().map(|round| round.reached))?,
        peak_memory: rounds.map(|round| round.peak_memory).max()?,
    })
}
