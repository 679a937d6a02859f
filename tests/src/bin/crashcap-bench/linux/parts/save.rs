//! Saving a frozen ring, beside `dd` writing as many zeros to the same disk.

use std::process::Command;
use std::time::Duration;

use serde::Serialize;

use super::super::capturer::{Places, Recorder, RecorderPlan};
use super::super::child::Program;
use super::super::failure::Failure;
use super::super::stage::{Stage, on_stage};
use super::super::statistics::Spread;
use super::super::traffic::{Generator, Load};
use super::Extent;

/// Large frames fill the ring soonest.
const FRAME: usize = 1400;
/// A rate that nobody loses packets at.
const RATE: u64 = 250_000;
const DD_BLOCK: u64 = 4 << 20;

/// All rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Saving {
    /// Bytes of the ring.
    pub(crate) ring: u64,
    /// Bytes of the largest file saved.
    pub(crate) file: u64,
    /// Milliseconds that Crashcap took to write, as it says.
    pub(crate) crashcap_ms: Spread,
    /// Milliseconds that dd took for as many bytes, as it says.
    pub(crate) dd_ms: Spread,
    /// Crashcap's time over dd's, round by round.
    pub(crate) ratio: Spread,
}

struct Saved {
    ms: f64,
    bytes: u64,
}

/// Crashcap and dd in turn, each round in the other order.
pub(crate) fn measure(extent: &Extent, places: &Places) -> Result<Saving, Failure> {
    let mut rounds = Vec::new();
    // What dd writes when it comes first: the file holds a little less than the ring.
    let mut expected = extent.save_bytes;
    for number in 1..=extent.save_rounds {
        eprintln!("save: round {number} of {}", extent.save_rounds);
        let (saved, dd_ms) = if number.is_multiple_of(2) {
            let dd_ms = dd(expected, places)?;
            (save(extent, places)?, dd_ms)
        } else {
            let saved = save(extent, places)?;
            let dd_ms = dd(saved.bytes, places)?;
            (saved, dd_ms)
        };
        expected = saved.bytes;
        rounds.push((saved, dd_ms));
    }
    let none = || Failure::Impossible("no round of saving was asked for".to_owned());
    let spread = |figure: fn(&(Saved, f64)) -> f64| Spread::of(rounds.iter().map(figure));
    Ok(Saving {
        ring: extent.save_bytes,
        file: rounds
            .iter()
            .map(|(saved, _)| saved.bytes)
            .max()
            .unwrap_or(0),
        crashcap_ms: spread(|(saved, _)| saved.ms).ok_or_else(none)?,
        dd_ms: spread(|(_, dd_ms)| *dd_ms).ok_or_else(none)?,
        ratio: spread(|(saved, dd_ms)| saved.ms / dd_ms).ok_or_else(none)?,
    })
}

/// Fills the ring and somewhat more, freezes, and takes the time that Crashcap names.
fn save(extent: &Extent, places: &Places) -> Result<Saved, Failure> {
    let incident = on_stage(|stage| {
        let mut recorder = Recorder::start(places, &RecorderPlan::on_stage(extent.save_bytes))?;
        fill(stage, &mut recorder, extent.save_bytes, places)?;
        recorder.freeze()?;
        recorder.incident()
    })?;
    // A ring keeps at least all but its open segment.
    if incident.bytes < extent.save_bytes / 10 * 8 {
        return Err(Failure::Impossible(format!(
            "the incident has {} bytes: the ring of {} was not full",
            incident.bytes, extent.save_bytes
        )));
    }
    Ok(Saved {
        ms: incident.write_ns as f64 / 1e6,
        bytes: incident.bytes,
    })
}

fn fill(stage: &Stage, recorder: &mut Recorder, ring: u64, places: &Places) -> Result<(), Failure> {
    let load = Load {
        bytes: FRAME,
        per_second: RATE,
        count: ring / FRAME as u64 + ring / FRAME as u64 / 20,
    };
    let before = stage.delivered()?;
    Generator::new(stage, load, places.generator_cpu)?.run_apart()?;
    recorder.counts(stage.delivered()? - before)?;
    Ok(())
}

/// How long `dd bs=4M conv=fsync` takes for `bytes`, rounded to its blocks, in milliseconds.
fn dd(bytes: u64, places: &Places) -> Result<f64, Failure> {
    let folder = places.folder()?;
    let blocks = (bytes + DD_BLOCK / 2) / DD_BLOCK;
    let mut command = Command::new("dd");
    command
        .arg("if=/dev/zero")
        .arg(format!("of={}", folder.path().join("zeros").display()))
        .args(["bs=4M", "conv=fsync"])
        .arg(format!("count={blocks}"));
    let mut dd = Program::start("dd", command, None)?;
    let limit = Duration::from_secs(120);
    let taken = dd.wait_for("its time", limit, |line| Ok(dd_seconds(&line.text)))?;
    dd.finish()?;
    Ok(taken * 1e3)
}

/// "1073741824 bytes (1.1 GB, 1.0 GiB) copied, 0.74 s, 1.4 GB/s".
fn dd_seconds(text: &str) -> Option<f64> {
    let (_, rest) = text.split_once(" copied, ")?;
    rest.split_once(" s")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_dd_are_understood() {
        let said = "1073741824 bytes (1.1 GB, 1.0 GiB) copied, 0.742 s, 1.4 GB/s";
        assert_eq!(dd_seconds(said), Some(0.742));
        assert_eq!(dd_seconds("256+0 records out"), None);
    }
}
