//! The story again and again: 3,000 requests a second, a crash each minute, and a server that
//! is started again each time.

use std::time::Duration;

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::{Recording, TOLD_LIMIT, saved};
use super::flat::Track;
use super::{Lengths, Soak, Tally, name, whole};

/// Incidents that are kept, each as large as the ring.
const KEEP: u32 = 3;
/// A sample so often.
const SAMPLE_EACH: Duration = Duration::from_secs(10);
const CONNECTIONS: &str = "16";
/// Of a round: until the server is there again and the file has been looked at.
const BETWEEN: Duration = Duration::from_secs(2);

/// Lets it crash so many times.
pub(super) fn run(lengths: &Lengths, places: &Places) -> Result<Soak, Failure> {
    let (keep, name) = (KEEP.to_string(), name());
    let mut options = vec!["--interface", "lo", "--filter", "tcp", "--ring", "150MB"];
    options.extend(["--target", &name, "--wait", "--trigger", "crash"]);
    options.extend(["--rearm", "--keep", &keep, "--when-full", "drop-oldest"]);
    let mut recording = Recording::start(places, &options)?;
    let folder = places.folder()?;
    let truth = folder.path().join("truth.json");
    let mut track = Track::begin(&recording)?;
    let mut tally = Tally::default();
    let poison_after = lengths.round.saturating_sub(BETWEEN);
    for number in 0..lengths.crashes {
        let server = Server::start(places, &["--threads", CONNECTIONS, "--name", &name])?;
        recording.wait_for_target(server.pid())?;
        let (after, to) = (in_millis(poison_after), truth.display().to_string());
        let (length, seed) = (in_millis(lengths.round), number.to_string());
        let mut options = vec![
            "--connections",
            CONNECTIONS,
            "--rate",
            "3000",
            "--seed",
            &seed,
        ];
        options.extend(["--poison-after", &after, "--duration", &length]);
        options.extend(["--answer-timeout", "10s", "--truth", &to]);
        let mut load = server.load(places, &options)?;
        let saved = sampled(&mut recording, &mut track, poison_after + TOLD_LIMIT)?;
        load.finish()?;
        whole::count(&mut tally, &saved, Some(&whole::poison(&truth)?))?;
        track.sample(&recording)?;
        let crashes = lengths.crashes;
        eprintln!(
            "soak: {} of {crashes} crashes, {} packets lost",
            number + 1,
            tally.lost
        );
    }
    let (heard, kept) = recording.stop()?;
    Ok(Soak::sum_up(&tally, &track, heard, kept, KEEP))
}

/// Waits for the next complete file, and samples meanwhile.
fn sampled(
    recording: &mut Recording,
    track: &mut Track,
    limit: Duration,
) -> Result<super::super::super::recording::Saved, Failure> {
    let until = track.seconds() + limit.as_secs_f64();
    loop {
        if let Some(saved) = recording.wait_within(SAMPLE_EACH, saved)? {
            return Ok(saved);
        }
        track.sample(recording)?;
        if track.seconds() > until {
            return Err(Failure::Impossible(format!(
                "no incident within {limit:?}; crashcap told: {:?}",
                recording.heard().notices
            )));
        }
    }
}

fn in_millis(length: Duration) -> String {
    format!("{}ms", length.as_millis())
}
