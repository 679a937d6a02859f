//! The highest rate at which nothing is lost.

use std::time::Duration;

use serde::Serialize;

use super::super::capturer::{Capturer, Places, Tool};
use super::super::failure::Failure;
use super::super::stage::{Stage, on_stage};
use super::super::statistics::Spread;
use super::super::traffic::{Generator, Load};
use super::Extent;
use super::search::{Highest, Search, Trial};

/// Where the first search begins, in packets a second, and how far it steps.
const START: f64 = 300_000.0;
const FIRST_STEP: f64 = 1.5;
/// Later searches begin where the one before ended.
const LATER_STEP: f64 = 1.12;

/// Packets that may be missing from the count of tcpdump or dumpcap without being lost: what the
/// kernel's open block holds when they are ended, which they do not wait for.
const OPEN_BLOCK: u64 = 2048;

/// One tool at one frame size.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rate {
    pub(crate) tool: Tool,
    /// Bytes of a frame.
    pub(crate) size: usize,
    /// Packets a second.
    pub(crate) per_second: Spread,
    /// True when in some round the generator's limit came first.
    pub(crate) at_least: bool,
}

/// All sizes and tools; the tools take turns within each round.
pub(crate) fn measure(extent: &Extent, places: &Places) -> Result<Vec<Rate>, Failure> {
    on_stage(|stage| {
        let mut rates = Vec::new();
        for (&size, &rounds) in extent.sizes.iter().zip(&extent.rate_rounds) {
            let mut found: Vec<(Tool, Highest)> = Vec::new();
            for number in 1..=rounds {
                eprintln!("rate: {size} bytes, round {number} of {rounds}");
                for tool in Tool::ALL {
                    let earlier = found.iter().rev().find(|(of, _)| *of == tool);
                    let search = plan(extent, earlier.map(|(_, highest)| *highest));
                    let highest =
                        search.run(|rate| trial(stage, tool, size, rate, extent, places))?;
                    found.push((tool, highest));
                }
            }
            for tool in Tool::ALL {
                let own = found.iter().filter(|(of, _)| *of == tool);
                let per_second = Spread::of(own.clone().map(|(_, highest)| highest.per_second));
                rates.extend(per_second.map(|per_second| Rate {
                    tool,
                    size,
                    per_second,
                    at_least: own.clone().any(|(_, highest)| highest.at_least),
                }));
            }
        }
        Ok(rates)
    })
}

fn plan(extent: &Extent, earlier: Option<Highest>) -> Search {
    let earlier = earlier.filter(|highest| highest.per_second > 0.0);
    Search {
        start: earlier.map_or(START, |highest| highest.per_second),
        step: earlier.map_or(FIRST_STEP, |_| LATER_STEP),
        resolution: extent.rate_resolution,
        trials: extent.rate_trials,
    }
}

/// A trial that fell short, by a loss or by the generator, is made once more before it counts:
/// the machine itself pauses now and then.
fn trial(
    stage: &Stage,
    tool: Tool,
    size: usize,
    rate: f64,
    extent: &Extent,
    places: &Places,
) -> Result<Trial, Failure> {
    let first = once(stage, tool, size, rate, extent, places)?;
    if first.lossless && !first.short_of(rate) {
        return Ok(first);
    }
    let second = once(stage, tool, size, rate, extent, places)?;
    Ok(if first.lossless && !second.lossless {
        first
    } else {
        second
    })
}

fn once(
    stage: &Stage,
    tool: Tool,
    size: usize,
    rate: f64,
    extent: &Extent,
    places: &Places,
) -> Result<Trial, Failure> {
    let length = Duration::from_millis(extent.rate_millis);
    let load = Load::lasting(size, rate.round() as u64, length);
    let mut capturer = Capturer::start(stage, tool, places)?;
    let generator = Generator::new(stage, load, places.generator_cpu)?;
    let before = stage.delivered()?;
    let sent = generator.run_apart()?;
    capturer.settle()?;
    let delivered = stage.delivered()? - before;
    let counts = capturer.finish(delivered)?;
    let excused = match tool {
        Tool::Crashcap | Tool::CrashcapSmall => 0,
        _ => OPEN_BLOCK,
    };
    Ok(Trial {
        reached: sent.per_second,
        lossless: counts.dropped == 0 && counts.captured + excused >= delivered,
    })
}
