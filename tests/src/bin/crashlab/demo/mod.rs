//! `crashlab demo`: the story with real parts. A server under load, Crashcap watching it, one
//! request that ends it; then what was saved is held against what was really sent.
//!
//! Nothing is waited for by sleeping: children's lines and ends arrive as messages, each wait
//! has a limit, and whatever happens no child outlives the demo.

mod checks;
mod children;
mod failure;
mod plot;
mod stage;
mod summary;
mod tshark;

use std::env::{self, consts::EXE_SUFFIX};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::system;
use crashcap_tests::lab::truth::GroundTruth;
use jiff::Timestamp;

use crate::options;
pub(crate) use failure::Failure;
use plot::Plot;
use stage::{Stage, Who};

const STARTING: Duration = Duration::from_secs(20);
const DYING: Duration = Duration::from_secs(15);
const SAVING: Duration = Duration::from_secs(60);
const SERVER_NAME: &str = "router_runner";

/// What `crashlab demo` can be told.
#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// The story
    #[arg(value_enum, default_value_t)]
    plot: Plot,
    /// The program crashcap; without this: the one beside crashlab, else the one on the PATH
    #[arg(long)]
    crashcap: Option<PathBuf>,
    /// Requests a second
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// How many keep-alive connections
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=512))]
    connections: u16,
    /// What the requests and the poison's moment are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the poisonous request is sent: a moment drawn from this range
    #[arg(long, default_value = "5s..8s", value_parser = options::duration_range)]
    poison_after: RangeInclusive<Duration>,
    /// How the server crashes; it has to end
    #[arg(long, value_enum)]
    fault: Option<Fault>,
    /// The server's port; 0: a free one
    #[arg(long, default_value_t = 9973)]
    port: u16,
    /// Crashcap's ring
    #[arg(long, default_value = "150MB")]
    ring: String,
    /// How long Crashcap records after the end
    #[arg(long, default_value = "1s")]
    tail: String,
    /// Where the incident and the ground truth are kept; without this: a new folder in the
    /// system's temporary one
    #[arg(long)]
    keep_dir: Option<PathBuf>,
    /// Write the path of the incident into this file, for who wants to open it
    #[arg(long, value_name = "FILE")]
    tell_incident: Option<PathBuf>,
}

/// Plays the story and checks it; an error is the first thing that did not hold.
pub(crate) fn run(options: &DemoOptions) -> Result<(), Failure> {
    let fault = options.fault.unwrap_or(options.plot.fault());
    let expected = fault.expected();
    if expected.is_some() != (options.plot == Plot::Crash) {
        return Err(Failure::AnotherStory);
    }
    let itself = env::current_exe().map_err(Failure::Itself)?;
    let folder = folder(options)?;
    let mut stage = Stage::new()?;

    let server = start_server(options, fault, &itself, &mut stage)?;
    start_recorder(options, &folder, server, &mut stage)?;
    start_load(options, &itself, &folder, server.address, &mut stage)?;

    let longest = *options.poison_after.end() + DYING;
    let server_end = match expected {
        Some(_) => Some(stage.wait("the server's end", longest, |seen| seen.ended(Who::Server))?),
        None => None,
    };
    stage.wait("the firing", longest, |seen| seen.fired.clone())?;
    let frozen = stage.wait("the freeze", DYING, |seen| seen.frozen)?;
    let saved = stage.wait("the saved incident", SAVING, |seen| seen.saved.clone())?;
    let recorder_end = stage.wait("the end of crashcap", SAVING, |seen| {
        seen.ended(Who::Recorder)
    })?;
    let load_end = stage.wait("the end of the load", DYING, |seen| seen.ended(Who::Load))?;
    if !load_end.status.success() {
        return Err(stage.ended_badly(Who::Load, load_end.status));
    }

    let truth = GroundTruth::read(&folder.join(TRUTH))?;
    let story = summary::Story {
        pid: server.pid,
        plot: options.plot,
        expected,
        server_end: server_end.or(stage.seen().ended(Who::Server)),
        recorder_end,
        outcome: stage.seen().outcome.clone(),
        trigger: stage.seen().fired.clone(),
        frozen,
        saved,
        truth,
    };
    let found = checks::all(&story)?;
    summary::print(&story, &found, &folder);
    if let Some(path) = &options.tell_incident {
        tell(&story.saved.path, path)?;
    }
    found.verdict()
}

/// The path alone, without a line's end.
fn tell(incident: &Path, file: &Path) -> Result<(), Failure> {
    fs::write(file, incident.as_os_str().as_encoded_bytes()).map_err(|source| Failure::Folder {
        path: file.to_owned(),
        source,
    })
}

const TRUTH: &str = "ground-truth.json";

fn folder(options: &DemoOptions) -> Result<PathBuf, Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Folder { path, source }
    };
    let Some(folder) = &options.keep_dir else {
        let prefix = format!(
            "crashcap-demo-{}-",
            Timestamp::now().strftime("%Y%m%dT%H%M%SZ")
        );
        return tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(failed(&env::temp_dir()));
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    fs::canonicalize(folder).map_err(failed(folder))
}

/// The server as it said itself.
#[derive(Clone, Copy, Debug)]
struct Server {
    address: SocketAddr,
    pid: u32,
}

fn start_server(
    options: &DemoOptions,
    fault: Fault,
    itself: &Path,
    stage: &mut Stage,
) -> Result<Server, Failure> {
    let mut command = Command::new(itself);
    command
        .args(["server", "--name", SERVER_NAME])
        .args(["--port", &options.port.to_string()])
        .args(["--fault", fault.name()])
        .args([
            "--threads",
            &options.connections.saturating_add(14).to_string(),
        ])
        .stdout(Stdio::piped());
    let pid = stage.start(Who::Server, command)?;
    let address = stage.wait("the server to listen", STARTING, |seen| seen.listening)?;
    stage::say(
        Who::Server,
        &format!("{SERVER_NAME} (pid {pid}) listens on {address}; its fault: {fault}"),
    );
    Ok(Server { address, pid })
}

fn start_recorder(
    options: &DemoOptions,
    folder: &Path,
    server: Server,
    stage: &mut Stage,
) -> Result<(), Failure> {
    let filter = format!("tcp port {}", server.address.port());
    let mut command = Command::new(crashcap(options));
    command
        .args([
            "record",
            "--interface",
            system::LOOPBACK,
            "--filter",
            &filter,
        ])
        .args(["--ring", &options.ring, "--tail", &options.tail])
        .args(["--target-pid", &server.pid.to_string()])
        .args(["--trigger", &options.plot.trigger(server.address.port())])
        .arg("--folder")
        .arg(folder)
        .arg("--json")
        .stdout(Stdio::piped());
    stage.start_logged(Who::Recorder, command, &folder.join("crashcap.log"))?;
    stage.wait("crashcap to record", STARTING, |seen| seen.recording)?;
    stage::say(
        Who::Recorder,
        &format!(
            "records {}, \"{filter}\", into a ring of {}; watches pid {}",
            system::LOOPBACK,
            options.ring,
            server.pid
        ),
    );
    Ok(())
}

fn start_load(
    options: &DemoOptions,
    itself: &Path,
    folder: &Path,
    server: SocketAddr,
    stage: &mut Stage,
) -> Result<(), Failure> {
    let (low, high) = (options.poison_after.start(), options.poison_after.end());
    let millis = |time: Duration| format!("{}ms", time.as_millis());
    let log = folder.join("load.log");
    let output = File::create(&log).map_err(|source| Failure::Folder { path: log, source })?;
    let mut command = Command::new(itself);
    command
        .args(["load", "--connect", &server.to_string()])
        .args(["--rate", &options.rate.to_string()])
        .args(["--connections", &options.connections.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .args([
            "--poison-after",
            &format!("{}..{}", millis(*low), millis(*high)),
        ])
        .args([
            "--duration",
            &millis(*high + options.plot.load_after_poison()),
        ])
        .args(["--visitors", &options.plot.visitors().to_string()])
        .arg("--truth")
        .arg(folder.join(TRUTH))
        .stdout(output);
    stage.start(Who::Load, command)?;
    stage::say(
        Who::Load,
        &format!(
            "{} requests a second over {} connections, seed {}; one of them is poison",
            options.rate, options.connections, options.seed
        ),
    );
    Ok(())
}

/// The program to be judged: as told, else beside this one, else on the PATH.
fn crashcap(options: &DemoOptions) -> PathBuf {
    let name = format!("crashcap{EXE_SUFFIX}");
    let beside = || {
        let path = env::current_exe().ok()?.with_file_name(&name);
        path.is_file().then_some(path)
    };
    let told = options.crashcap.clone();
    told.or_else(beside).unwrap_or_else(|| PathBuf::from(&name))
}
