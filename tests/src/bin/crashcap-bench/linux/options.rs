//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Where the committed page is.
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/RESULTS.md");

/// Measures Crashcap beside tcpdump and dumpcap on the same traffic.
///
/// All traffic is made in a network namespace of the bench's own, or on loopback. It takes root,
/// or `cargo xtask bench`, and two CPUs.
#[derive(Debug, Parser)]
#[command(name = "crashcap-bench", version)]
pub(crate) struct Options {
    /// The program `crashcap`, as a release build
    #[arg(long)]
    pub(crate) crashcap: PathBuf,
    /// The program `crashcap-desktop`, as a release build; without it the window is not measured
    #[arg(long)]
    pub(crate) window: Option<PathBuf>,
    /// The program `crashlab`; by default the one beside this program
    #[arg(long)]
    pub(crate) crashlab: Option<PathBuf>,
    /// Runs these parts only
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// A smoke run of a few seconds whose figures mean nothing
    #[arg(long)]
    pub(crate) quick: bool,
    /// Writes the figures into this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes the page into this file; without FILE into tests/benches/RESULTS.md
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = RESULTS,
        conflicts_with_all = ["quick", "only"])]
    pub(crate) write_results: Option<PathBuf>,
    /// The day that the page names, as YYYY-MM-DD; today in UTC by default
    #[arg(long)]
    pub(crate) date: Option<jiff::civil::Date>,
    /// A folder on the disk that files are written to; the system's temporary folder by default
    #[arg(long)]
    pub(crate) scratch: Option<PathBuf>,
    /// The CPU that the capturers run on; the first by default
    #[arg(long)]
    pub(crate) capture_cpu: Option<usize>,
    /// The CPU that the generator runs on; the second by default
    #[arg(long)]
    pub(crate) generator_cpu: Option<usize>,
    /// Rounds of the CPU cost and of saving
    #[arg(long)]
    pub(crate) rounds: Option<usize>,
    /// Minutes of the soak at 3000 requests a second, each with a crash
    #[arg(long)]
    pub(crate) soak_minutes: Option<u32>,
    /// Incidents of the soak at speed
    #[arg(long)]
    pub(crate) soak_incidents: Option<u32>,
    /// Deaths without load and with HTTP load
    #[arg(long)]
    pub(crate) deaths: Option<usize>,
}

/// A part of the benches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// CPU per packet, drops and memory at a fixed rate
    Cpu,
    /// The highest rate without loss
    Rate,
    /// From a death to the freeze and the incident
    Freeze,
    /// Saving a frozen ring
    Save,
    /// The window while it records
    Window,
    /// What looking for triggers costs
    Looking,
    /// From what happened to a trigger's firing
    Firing,
    /// Hundreds of incidents, and half an hour with a crash each minute; only where it is named
    Soak,
}

impl Options {
    /// Whether `part` is to be run.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.contains(&part) || (self.only.is_empty() && part != Part::Soak)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn parts_are_picked_and_all_by_default() {
        let parse = |more: &[&str]| {
            let words = ["crashcap-bench", "--crashcap", "x"];
            Options::try_parse_from(words.iter().chain(more))
        };
        let all = parse(&[]).unwrap();
        assert!(all.wants(Part::Cpu) && all.wants(Part::Save) && !all.wants(Part::Soak));
        let soak = parse(&["--only", "soak", "--soak-minutes", "2"]).unwrap();
        assert!(soak.wants(Part::Soak) && !soak.wants(Part::Cpu));
        let two = parse(&["--only", "cpu,rate"]).unwrap();
        assert!(two.wants(Part::Rate) && !two.wants(Part::Freeze));
        let page = parse(&["--write-results"]).unwrap().write_results;
        assert!(page.unwrap().ends_with("benches/RESULTS.md"));
        assert!(parse(&["--write-results", "--quick"]).is_err());
    }
}
