//! The benches, on Linux.

mod capturer;
mod child;
mod failure;
mod lab;
mod machine;
mod options;
mod parts;
mod recording;
mod report;
mod stage;
mod statistics;
mod traffic;
mod usage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

use capturer::Places;
use failure::Failure;
use machine::Machine;
use options::{Options, Part};
use parts::{Extent, cost, firing, freeze, looking, rate, save, soak, window};
use report::Results;

/// Memory that must be left beside the ring that is saved.
const SPARE_MEMORY: u64 = 1 << 30;

/// The whole program.
pub(crate) fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let done = match (words.next(), words.next()) {
        (Some(word), Some(sockets)) if word == looking::HOLD => looking::hold(&sockets),
        _ => run(&Options::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("crashcap-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let places = places(options)?;
    let extent = extent(options);
    let mut results = Results {
        version: Results::VERSION,
        date: options.date.map_or_else(today, |date| date.to_string()),
        revision: machine::revision(),
        quick: options.quick,
        machine: Machine::describe(&places)?,
        extent,
        cost: None,
        rate: None,
        freeze: None,
        save: None,
        window: None,
        looking: None,
        firing: None,
        soak: None,
        verdicts: Vec::new(),
    };
    let extent = &results.extent;
    if options.wants(Part::Cpu) {
        results.cost = Some(cost::measure(extent, &places)?);
    }
    if options.wants(Part::Rate) {
        results.rate = Some(rate::measure(extent, &places)?);
    }
    if options.wants(Part::Freeze) {
        results.freeze = Some(freeze::measure(extent, &places)?);
    }
    if options.wants(Part::Save) {
        results.save = Some(save::measure(extent, &places)?);
    }
    if let Some(program) = options
        .window
        .as_deref()
        .filter(|_| options.wants(Part::Window))
    {
        results.window = Some(window::measure(extent, &places, &absolute(program)?)?);
    }
    if options.wants(Part::Looking) {
        results.looking = Some(looking::measure(&extent.looking, &places)?);
    }
    if options.wants(Part::Firing) {
        results.firing = Some(firing::measure(extent, &places)?);
    }
    if options.wants(Part::Soak) {
        results.soak = Some(soak::measure(&extent.soak, &places)?);
    }
    results.judge();
    tell(options, &results)
}

fn tell(options: &Options, results: &Results) -> Result<(), Failure> {
    let page = report::render(results)
        .map_err(|error| Failure::Impossible(format!("write the page: {error}")))?;
    println!("{page}");
    if let Some(path) = &options.json {
        results.write_json(path)?;
    }
    if let Some(path) = &options.write_results {
        report::write(path, &page)?;
    }
    Ok(())
}

fn places(options: &Options) -> Result<Places, Failure> {
    let cpus = machine::usable_cpus();
    // With a single CPU nothing is pinned, and the figures say little.
    let pair = (cpus.len() >= 2).then(|| (cpus[0], cpus[1]));
    if pair.is_none() {
        eprintln!("note: only one CPU: generator and capturer share it");
    }
    let crashlab = match &options.crashlab {
        Some(crashlab) => crashlab.clone(),
        None => beside_this("crashlab")?,
    };
    Ok(Places {
        crashcap: absolute(&options.crashcap)?,
        crashlab: absolute(&crashlab)?,
        scratch: absolute(options.scratch.as_deref().unwrap_or(&std::env::temp_dir()))?,
        capture_cpu: options.capture_cpu.or(pair.map(|(first, _)| first)),
        generator_cpu: options.generator_cpu.or(pair.map(|(_, second)| second)),
    })
}

fn beside_this(name: &str) -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::system("find this program's folder"))?;
    Ok(own.with_file_name(name))
}

/// Children run in folders of their own, so paths must not depend on this one.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(Failure::system(format!("find {}", path.display())))
}

fn extent(options: &Options) -> Extent {
    let mut extent = if options.quick {
        Extent::quick()
    } else {
        Extent::full()
    };
    if let Some(rounds) = options.rounds {
        (extent.cost_rounds, extent.save_rounds) = (rounds.max(1), rounds.max(1));
    }
    if let Some(deaths) = options.deaths {
        extent.deaths = deaths.max(1);
    }
    if let Some(minutes) = options.soak_minutes {
        extent.soak.crashes = minutes;
    }
    if let Some(incidents) = options.soak_incidents {
        extent.soak.incidents = incidents;
    }
    let room = machine::available_memory().map(|bytes| bytes.saturating_sub(SPARE_MEMORY));
    if let Some(room) = room.filter(|room| *room < extent.save_bytes) {
        extent.save_bytes = (room >> 20 << 20).max(Extent::quick().save_bytes);
        eprintln!(
            "note: too little memory for a ring of 1 GiB: saving {} MiB",
            extent.save_bytes >> 20
        );
    }
    extent
}

fn today() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    now.date().to_string()
}
