//! From the death of a process to the freeze and to the complete incident.
//!
//! The moment of death does not come from Crashcap: the clock is read just before kill(2), so
//! the figures are upper bounds. The process is the crash lab's server, the bench's own child,
//! which is waited for at once.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{io, thread};

use crashcap_tests::lab::system::LOOPBACK;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde::Serialize;
use tempfile::TempDir;

use super::super::capturer::{Incident, Places, Recorder, RecorderPlan, Watched};
use super::super::child::{Program, wall_ns};
use super::super::failure::Failure;
use super::super::stage::{Stage, on_stage};
use super::super::statistics::Spread;
use super::super::traffic::{Generator, Load};
use super::Extent;

/// The ring while processes die.
const RING: u64 = 64 << 20;
/// Connections of the HTTP load, each with a thread of the server; without it a few threads do.
/// Dying takes longer with more of them, and that time is in the figures.
const CONNECTIONS: &str = "16";
const FEW: &str = "4";
/// How long a load runs before its server dies.
const LOAD_BEFORE: Duration = Duration::from_millis(250);
/// The generator's load: frames and frames a second.
const FRAME: usize = 300;
const RATE: u64 = 200_000;
/// No longer than this, should a death not end it.
const LOAD_LIMIT: Duration = Duration::from_secs(20);
const START_LIMIT: Duration = Duration::from_secs(10);

/// Under what the processes die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scene {
    /// No traffic.
    Idle,
    /// 3000 HTTP requests a second to the process itself.
    Http,
    /// 200,000 packets a second into the interface recorded.
    Packets,
    /// No traffic, and a core dump.
    CoreDump,
}

impl Scene {
    /// In the tables.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Idle => "no load",
            Self::Http => "3,000 requests/s",
            Self::Packets => "200,000 packets/s",
            Self::CoreDump => "core dump",
        }
    }
}

/// All deaths of one scene. Times are in milliseconds from the moment before kill(2).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Deaths {
    pub(crate) scene: Scene,
    /// To the freeze.
    pub(crate) frozen: Spread,
    /// To the complete incident in memory: the file's completion less the time of writing.
    pub(crate) complete: Spread,
    /// To the complete file, as the bench reads the news of it.
    pub(crate) on_disk: Spread,
    /// To the return of the parent's wait: how long dying takes.
    pub(crate) reaped: Spread,
    /// From the return of the parent's wait to the freeze; negative when the freeze came first.
    pub(crate) frozen_after_end: Spread,
    /// Core dumps that the system said it made.
    pub(crate) dumped: usize,
    /// Faults that Crashcap was told of before the end: by the process connector, which answers
    /// in the first network namespace only.
    pub(crate) faults_told: usize,
}

#[derive(Clone, Copy, Debug)]
struct Death {
    killed_ns: u64,
    reaped_ns: u64,
    dumped: bool,
    incident: Incident,
}

/// All scenes that this system allows.
pub(crate) fn measure(extent: &Extent, places: &Places) -> Result<Vec<Deaths>, Failure> {
    let mut all = Vec::new();
    let counts = [
        (Scene::Idle, extent.deaths),
        (Scene::Http, extent.deaths),
        (Scene::Packets, extent.deaths_under_packets),
        (Scene::CoreDump, extent.core_dumps),
    ];
    for (scene, count) in counts {
        eprintln!("freeze: {scene:?}, {count} deaths");
        let deaths = match scene {
            Scene::Idle => repeat(count, || die_idle(places)),
            Scene::Http => repeat(count, || die_under_requests(places)),
            Scene::Packets => on_stage(|stage| repeat(count, || die_under_packets(stage, places))),
            Scene::CoreDump => {
                if let Err(error) = allow_core_dumps() {
                    eprintln!("note: no core dumps: {error}");
                    continue;
                }
                repeat(count, || die_dumping(extent, places))
            }
        }?;
        all.extend(sum_up(scene, &deaths));
    }
    Ok(all)
}

fn repeat(
    count: usize,
    mut death: impl FnMut() -> Result<Death, Failure>,
) -> Result<Vec<Death>, Failure> {
    (0..count).map(|_| death()).collect()
}

fn die_idle(places: &Places) -> Result<Death, Failure> {
    let victim = Victim::start(places, &["--threads", FEW])?;
    let recorder = Recorder::start(places, &plan(&victim))?;
    victim.die(Signal::KILL, recorder)
}

fn die_under_requests(places: &Places) -> Result<Death, Failure> {
    let victim = Victim::start(places, &["--threads", CONNECTIONS])?;
    let recorder = Recorder::start(places, &plan(&victim))?;
    let mut command = Command::new(&places.crashlab);
    command
        .args(["load", "--no-poison", "--rate", "3000"])
        .args(["--connections", CONNECTIONS, "--connect"])
        .arg(&victim.address)
        .arg("--duration")
        .arg(format!("{}s", LOAD_LIMIT.as_secs()));
    let mut load = Program::start("crashlab load", command, None)?;
    load.stay(LOAD_BEFORE)?;
    let death = victim.die(Signal::KILL, recorder)?;
    // It ends by itself when the server is gone.
    load.finish()?;
    Ok(death)
}

fn die_under_packets(stage: &Stage, places: &Places) -> Result<Death, Failure> {
    let mut victim = Victim::start(places, &["--threads", FEW])?;
    let plan = RecorderPlan {
        target: Watched(victim.program.pid()),
        pinned: false,
        ..RecorderPlan::on_stage(RING)
    };
    let recorder = Recorder::start(places, &plan)?;
    let generator = Generator::new(
        stage,
        Load::lasting(FRAME, RATE, LOAD_LIMIT),
        places.generator_cpu,
    )?;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let sender = scope.spawn(|| generator.run(&stop));
        let death = victim
            .program
            .stay(LOAD_BEFORE)
            .and_then(|()| victim.die(Signal::KILL, recorder));
        stop.store(true, Ordering::Relaxed);
        let sent = sender
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        sent.and(death)
    })
}

fn die_dumping(extent: &Extent, places: &Places) -> Result<Death, Failure> {
    let ballast = extent.ballast.to_string();
    let victim = Victim::start(places, &["--threads", FEW, "--core", "--ballast", &ballast])?;
    let recorder = Recorder::start(places, &plan(&victim))?;
    // Not SIGSEGV: Rust's own handler, there for stack overflows, waits for a real fault.
    victim.die(Signal::ABORT, recorder)
}

fn plan(victim: &Victim) -> RecorderPlan {
    RecorderPlan {
        interface: LOOPBACK,
        filter: format!("tcp port {}", victim.port),
        ring: RING,
        kernel_buffer: None,
        target: Watched(victim.program.pid()),
        pinned: false,
    }
}

/// A server of the crash lab, with a folder of its own for a core file.
struct Victim {
    // Before the folder, so that it is dead before its files go.
    program: Program,
    folder: TempDir,
    address: String,
    port: String,
}

impl Victim {
    fn start(places: &Places, more: &[&str]) -> Result<Self, Failure> {
        let folder = places.folder()?;
        let mut command = Command::new(&places.crashlab);
        command
            .args(["server", "--port", "0"])
            .args(more)
            .current_dir(folder.path());
        let mut program = Program::start("crashlab server", command, None)?;
        let address = program.wait_for("its address", START_LIMIT, |line| {
            let address = line.text.strip_prefix("listening on ");
            Ok(address.and_then(|rest| Some(rest.split_once(' ')?.0.to_owned())))
        })?;
        let port = address.rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Self {
            program,
            folder,
            address,
            port,
        })
    }

    /// Kills it and waits for all that follows.
    fn die(mut self, signal: Signal, recorder: Recorder) -> Result<Death, Failure> {
        let killed_ns = wall_ns();
        self.program.signal(signal)?;
        let (status, reaped_ns) = self.program.wait()?;
        let incident = recorder.incident()?;
        let dumped = status.core_dumped();
        drop(self.folder);
        Ok(Death {
            killed_ns,
            reaped_ns,
            dumped,
            incident,
        })
    }
}

/// Raises this process's limit of core files, and with it that of its children, to what it may.
fn allow_core_dumps() -> io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    if maximum == Some(0) {
        return Err(io::Error::other("the hard limit of core files is 0"));
    }
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Core, limit)?;
    Ok(())
}

/// Milliseconds from one moment to another; negative when that was earlier.
fn ms_between(from_ns: u64, to_ns: u64) -> f64 {
    (i128::from(to_ns) - i128::from(from_ns)) as f64 / 1e6
}

fn sum_up(scene: Scene, deaths: &[Death]) -> Option<Deaths> {
    let spread = |figure: fn(&Death) -> f64| Spread::of(deaths.iter().map(figure));
    Some(Deaths {
        scene,
        frozen: spread(|death| ms_between(death.killed_ns, death.incident.frozen_ns))?,
        complete: spread(|death| {
            let complete_ns = death.incident.saved_ns - death.incident.write_ns;
            ms_between(death.killed_ns, complete_ns)
        })?,
        on_disk: spread(|death| ms_between(death.killed_ns, death.incident.saved_ns))?,
        reaped: spread(|death| ms_between(death.killed_ns, death.reaped_ns))?,
        frozen_after_end: spread(|death| ms_between(death.reaped_ns, death.incident.frozen_ns))?,
        dumped: deaths.iter().filter(|death| death.dumped).count(),
        faults_told: deaths
            .iter()
            .filter(|death| death.incident.fault_told)
            .count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_kill_and_may_lie_before_the_end() {
        let death = Death {
            killed_ns: 1_000_000_000,
            reaped_ns: 1_300_000_000,
            dumped: true,
            incident: Incident {
                frozen_ns: 1_000_200_000,
                saved_ns: 1_320_000_000,
                write_ns: 5_000_000,
                bytes: 9,
                fault_told: true,
            },
        };
        let deaths = sum_up(Scene::CoreDump, &[death]).unwrap();
        assert_eq!(deaths.frozen.median, 0.2);
        assert_eq!(deaths.complete.median, 315.0);
        assert_eq!(deaths.on_disk.median, 320.0);
        assert_eq!(deaths.frozen_after_end.median, -299.8);
        assert_eq!((deaths.reaped.median, deaths.dumped), (300.0, 1));
        assert_eq!(deaths.faults_told, 1);
        assert!(sum_up(Scene::Idle, &[]).is_none());
    }
}
