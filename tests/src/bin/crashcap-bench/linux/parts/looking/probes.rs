//! Probes beside many sockets and processes: each by itself for the cost of a look, and all
//! together, at their default intervals, against the same recording without them.
//!
//! What a look cost is read from the recorder's statuses, which tell what looking has taken:
//! they come oftener than looks do. What all of it costs is the kernel's word on the process.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::{Event, Recording};
use super::super::super::statistics::Spread;
use super::Lengths;
use super::crowd::Crowd;

/// How the small target is called: servers of other benches are none.
fn name() -> String {
    format!("look_{}", std::process::id())
}

const THREADS: &str = "64";
/// Connections that the small target holds.
const HELD: usize = 50;
/// What no trigger does is not worth looking for.
const NOTHING: &str = "exit";
/// Each kind, with a limit that nothing reaches.
const KINDS: [&str; 12] = [
    "sockets states=CLOSE_WAIT above=1000000",
    "sockets states=ESTABLISHED above=1000000",
    "sockets states=CLOSE_WAIT scope=host above=1000000",
    "sockets states=ESTABLISHED scope=host above=1000000",
    "accept_queue above=1000000",
    "cpu above=1000000",
    "memory above=1000TB",
    "threads above=1000000",
    "open_files above=1000000",
    "stuck how=stopped sustained=1h",
    "stuck how=uninterruptible sustained=1h",
    "processes above=1000000",
];

/// One of each kind, as a profile might have them together.
const TOGETHER: [&str; 9] = [
    KINDS[0], KINDS[2], KINDS[4], KINDS[5], KINDS[6], KINDS[7], KINDS[8], KINDS[9], KINDS[11],
];

/// Which process is the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Watching {
    /// A server with some connections, on a host with many.
    Server,
    /// The process that holds all of them.
    Holder,
}

/// The cost of looking for one kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Kind {
    /// As it is written.
    pub(crate) trigger: &'static str,
    pub(crate) watching: Watching,
    /// Milliseconds on a processor of one look.
    pub(crate) look_ms: Spread,
    /// Of one core, all looks together.
    pub(crate) percent: f64,
}

/// All kinds together.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Together {
    pub(crate) watching: Watching,
    /// Of one core: the recording without, and with one of each kind.
    pub(crate) without: f64,
    pub(crate) with: f64,
    /// What the recorder itself says that looking takes.
    pub(crate) told: f64,
}

/// Everything about probes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OfProbes {
    pub(crate) sockets: usize,
    pub(crate) processes: usize,
    pub(crate) seconds: f64,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) together: Vec<Together>,
}

impl Watching {
    const ALL: [Self; 2] = [Self::Server, Self::Holder];

    /// In the tables.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Server => "a server with 50 connections",
            Self::Holder => "the process that holds them all",
        }
    }
}

/// Gathers the crowd, and looks.
pub(super) fn measure(lengths: &Lengths, places: &Places) -> Result<OfProbes, Failure> {
    let crowd = Crowd::gather(lengths.sockets, lengths.processes)?;
    let server = Server::start(places, &["--threads", THREADS, "--name", &name()])?;
    let held = (0..HELD).map(|_| TcpStream::connect(&server.address));
    let _held: Vec<TcpStream> = held
        .collect::<Result<_, _>>()
        .map_err(Failure::system("connect to the server"))?;
    let holder = crowd.holder();
    let (mut kinds, mut together) = (Vec::new(), Vec::new());
    for watching in Watching::ALL {
        for trigger in KINDS.into_iter().take(lengths.kinds) {
            eprintln!("looking: {}: {trigger}", watching.words());
            kinds.push(one(lengths.each, places, watching, holder, trigger)?);
        }
        eprintln!("looking: {}: all together", watching.words());
        let (without, _) = share(lengths.together, places, watching, holder, &[NOTHING])?;
        let (with, told) = share(lengths.together, places, watching, holder, &TOGETHER)?;
        together.push(Together {
            watching,
            without,
            with,
            told,
        });
    }
    Ok(OfProbes {
        sockets: crowd.sockets,
        processes: crowd.processes(),
        seconds: lengths.together.as_secs_f64(),
        kinds,
        together,
    })
}

fn start(
    places: &Places,
    watching: Watching,
    holder: u32,
    triggers: &[&str],
) -> Result<Recording, Failure> {
    let (holder, name) = (holder.to_string(), name());
    let mut options = vec!["--interface", "lo", "--ring", "8MB"];
    options.extend(match watching {
        // As people do: by its name, for which processes are listed.
        Watching::Server => ["--target", &name],
        Watching::Holder => ["--target-pid", &holder],
    });
    options.extend(triggers.iter().flat_map(|trigger| ["--trigger", trigger]));
    Recording::start(places, &options)
}

/// One kind by itself: its looks are where the time taken grows.
fn one(
    length: Duration,
    places: &Places,
    watching: Watching,
    holder: u32,
    trigger: &'static str,
) -> Result<Kind, Failure> {
    let mut recording = start(places, watching, holder, &[trigger])?;
    let began = Instant::now();
    let (mut before, mut looks) = (None, Vec::new());
    while began.elapsed() < length {
        let left = length.saturating_sub(began.elapsed());
        let taken = recording.wait_within(left, |event| match event {
            Event::Status(status) => Some(status.looking_took_ns),
            _ => None,
        })?;
        let Some(taken) = taken else { break };
        // The first look is made at the start, and what it allocates it keeps.
        match before {
            Some(earlier) if taken > earlier => looks.push((taken - earlier) as f64 / 1e6),
            _ => {}
        }
        before = Some(taken);
    }
    let seconds = began.elapsed().as_secs_f64();
    let taken = before.unwrap_or(0) as f64 / 1e9;
    recording.stop()?;
    if looks.is_empty() {
        eprintln!("note: no look for {trigger} took what could be told");
        looks.push(0.0);
    }
    let none = || Failure::Impossible("a spread of one figure".to_owned());
    Ok(Kind {
        trigger,
        watching,
        look_ms: Spread::of(looks).ok_or_else(none)?,
        percent: taken * 100.0 / seconds,
    })
}

/// Hundredths of a core that the recorder uses with these triggers, and that it says looking
/// takes.
fn share(
    length: Duration,
    places: &Places,
    watching: Watching,
    holder: u32,
    triggers: &[&str],
) -> Result<(f64, f64), Failure> {
    let mut recording = start(places, watching, holder, triggers)?;
    // Starting is no part of it.
    let before = recording.wait_for_status("a status", |_| true)?;
    let (began, used) = (Instant::now(), recording.usage()?);
    recording.listen(length)?;
    let used = recording.usage()?.cpu_seconds - used.cpu_seconds;
    let seconds = began.elapsed().as_secs_f64();
    let after = recording.heard().status.as_ref();
    let after = after.map_or(0, |status| status.looking_took_ns);
    let told = after.saturating_sub(before.looking_took_ns) as f64 / 1e9;
    recording.stop()?;
    Ok((used * 100.0 / seconds, told * 100.0 / seconds))
}
