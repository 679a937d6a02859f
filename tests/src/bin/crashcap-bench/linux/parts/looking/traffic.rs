//! Conditions over packets at 3,000 requests a second, against the same recording without.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::Recording;
use super::super::super::statistics::Spread;
use super::Lengths;

const CONNECTIONS: &str = "16";
/// From the start of a recording to where it is measured.
const SETTLE: Duration = Duration::from_secs(1);
const PAYLOAD: &str = "payload regex='^HTTP/1\\.[01] 9'";
const NO_ANSWER: &str = "no_answer after=5s";
const RETRANSMISSIONS: &str = "retransmissions above=99";
const TRAFFIC: &str = "traffic unit=packets above=100000000";
const SETS: [(&str, &[&str]); 6] = [
    ("none", &["exit"]),
    ("payload, a regular expression", &[PAYLOAD]),
    ("no_answer", &[NO_ANSWER]),
    ("retransmissions", &[RETRANSMISSIONS]),
    ("traffic", &[TRAFFIC]),
    ("all four", &[PAYLOAD, NO_ANSWER, RETRANSMISSIONS, TRAFFIC]),
];

/// One set of conditions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OfPackets {
    pub(crate) name: &'static str,
    /// Of one core, the whole recorder.
    pub(crate) percent: Spread,
    /// Packets a second that were recorded.
    pub(crate) packets_per_second: f64,
    pub(crate) lost: u64,
}

/// Lets the load run, and records it with each set in turn.
pub(super) fn measure(lengths: &Lengths, places: &Places) -> Result<Vec<OfPackets>, Failure> {
    let server = Server::start(places, &["--threads", CONNECTIONS])?;
    let mut options = vec![
        "--no-poison",
        "--rate",
        "3000",
        "--connections",
        CONNECTIONS,
    ];
    options.extend(["--duration", "3600s", "--answer-timeout", "30s"]);
    let _load = server.load(places, &options)?;
    let mut rounds = vec![Vec::new(); SETS.len()];
    for round in 0..lengths.rounds {
        for ((name, triggers), figures) in SETS.iter().zip(&mut rounds) {
            eprintln!(
                "looking: packets, {name}, round {} of {}",
                round + 1,
                lengths.rounds
            );
            figures.push(once(lengths.packets, places, server.pid(), triggers)?);
        }
    }
    let none = || Failure::Impossible("no round was measured".to_owned());
    SETS.iter()
        .zip(rounds)
        .map(|((name, _), figures)| {
            let rates = figures
                .iter()
                .map(|one| one.packets_per_second)
                .sum::<f64>();
            Ok(OfPackets {
                name,
                percent: Spread::of(figures.iter().map(|one| one.percent)).ok_or_else(none)?,
                packets_per_second: rates / figures.len() as f64,
                lost: figures.iter().map(|one| one.lost).sum(),
            })
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Once {
    percent: f64,
    packets_per_second: f64,
    lost: u64,
}

fn once(length: Duration, places: &Places, pid: u32, triggers: &[&str]) -> Result<Once, Failure> {
    let pid = pid.to_string();
    let mut options = vec!["--interface", "lo", "--filter", "tcp", "--target-pid", &pid];
    options.extend(triggers.iter().flat_map(|trigger| ["--trigger", trigger]));
    let mut recording = Recording::start(places, &options)?;
    recording.listen(SETTLE)?;
    let before = recording.wait_for_status("a status", |_| true)?;
    let (began, used) = (Instant::now(), recording.usage()?.cpu_seconds);
    recording.listen(length)?;
    let used = recording.usage()?.cpu_seconds - used;
    let after = recording.wait_for_status("a status", |_| true)?;
    let seconds = began.elapsed().as_secs_f64();
    recording.stop()?;
    Ok(Once {
        percent: used * 100.0 / seconds,
        packets_per_second: after.packets.saturating_sub(before.packets) as f64 / seconds,
        lost: after.lost,
    })
}
