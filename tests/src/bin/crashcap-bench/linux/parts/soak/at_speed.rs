//! Some hundred incidents, one after another: a server is started, a freeze is asked for, the
//! server crashes, and so on.

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::Recording;
use super::flat::Track;
use super::{Soak, Tally, name, whole};

/// Incidents that are kept.
const KEEP: u32 = 20;
/// A sample after so many incidents.
const SAMPLE_EACH: u32 = 2;

/// Brings about so many.
pub(super) fn run(incidents: u32, places: &Places) -> Result<Soak, Failure> {
    let (keep, name) = (KEEP.to_string(), name());
    let mut options = vec!["--interface", "lo", "--ring", "8MB", "--tail", "0s"];
    options.extend(["--target", &name, "--wait", "--trigger", "crash"]);
    options.extend(["--rearm", "--keep", &keep, "--when-full", "drop-oldest"]);
    let mut recording = Recording::start(places, &options)?;
    let folder = places.folder()?;
    let truth = folder.path().join("truth.json");
    let mut track = Track::begin(&recording)?;
    let mut tally = Tally::default();
    for number in 0..incidents.div_ceil(2) {
        let server = Server::start(places, &["--threads", "4", "--name", &name])?;
        recording.wait_for_target(server.pid())?;
        let mut load = server.load(
            places,
            &[
                "--no-poison",
                "--connections",
                "4",
                "--rate",
                "2000",
                "--requests",
                "200",
            ],
        )?;
        load.finish()?;
        let saved = recording.freeze(places)?;
        whole::count(&mut tally, &saved, None)?;

        let to = truth.display().to_string();
        let mut options = vec!["--connections", "4", "--rate", "2000", "--truth", &to];
        options.extend(["--poison-after", "50ms", "--duration", "10s"]);
        let mut load = server.load(places, &options)?;
        let saved = recording.wait_until_saved()?;
        load.finish()?;
        whole::count(&mut tally, &saved, Some(&whole::poison(&truth)?))?;
        if number % SAMPLE_EACH.div_ceil(2) == 0 {
            track.sample(&recording)?;
        }
        if number % 25 == 24 {
            eprintln!("soak: {} incidents at speed", tally.wanted);
        }
    }
    let (heard, kept) = recording.stop()?;
    Ok(Soak::sum_up(&tally, &track, heard, kept, KEEP))
}
