//! The programs compared: started, listened to, and asked for their own counts.

mod recorder;
mod writers;

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use serde::Serialize;
use tempfile::TempDir;

use super::child::Program;
use super::failure::Failure;
use super::stage::Stage;
use super::usage;

pub(crate) use recorder::{Incident, Recorder, RecorderPlan, Watched};

/// What all of them keep: fifteen files of ten megabytes, or a ring of as much.
pub(crate) const RING_BYTES: u64 = 150_000_000;
/// The kernel buffer that tcpdump and dumpcap take by themselves, and the large one.
pub(crate) const SMALL_BUFFER_MIB: u64 = 2;
pub(crate) const LARGE_BUFFER_MIB: u64 = 64;

/// How long a program may take until it listens.
const READY_LIMIT: Duration = Duration::from_secs(10);
/// A program that used less than a hundredth of a CPU over this long has nothing left to do.
const QUIET: Duration = Duration::from_millis(100);
/// How long it may go on with what the kernel holds for it.
const QUIET_LIMIT: u32 = 40;

/// A program with its kernel buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tool {
    /// Crashcap as it is: 64 MiB.
    Crashcap,
    /// Crashcap with 2 MiB.
    CrashcapSmall,
    /// tcpdump as people run it: 2 MiB.
    Tcpdump,
    /// tcpdump with 64 MiB.
    TcpdumpLarge,
    /// dumpcap as people run it: 2 MiB.
    Dumpcap,
    /// dumpcap with 64 MiB.
    DumpcapLarge,
}

impl Tool {
    /// In the order of the tables.
    pub(crate) const ALL: [Self; 6] = [
        Self::Crashcap,
        Self::CrashcapSmall,
        Self::Tcpdump,
        Self::TcpdumpLarge,
        Self::Dumpcap,
        Self::DumpcapLarge,
    ];

    /// In the tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Crashcap => "Crashcap, 64 MiB",
            Self::CrashcapSmall => "Crashcap, 2 MiB",
            Self::Tcpdump => "tcpdump, 2 MiB",
            Self::TcpdumpLarge => "tcpdump, 64 MiB",
            Self::Dumpcap => "dumpcap, 2 MiB",
            Self::DumpcapLarge => "dumpcap, 64 MiB",
        }
    }

    fn buffer_mib(self) -> u64 {
        match self {
            Self::CrashcapSmall | Self::Tcpdump | Self::Dumpcap => SMALL_BUFFER_MIB,
            Self::Crashcap | Self::TcpdumpLarge | Self::DumpcapLarge => LARGE_BUFFER_MIB,
        }
    }
}

/// What a capturer says that it got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Packets captured.
    pub(crate) captured: u64,
    /// Packets that it knows to be lost.
    pub(crate) dropped: u64,
}

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The program `crashcap`.
    pub(crate) crashcap: PathBuf,
    /// The program `crashlab`.
    pub(crate) crashlab: PathBuf,
    /// The folder for all files, on the disk that is measured.
    pub(crate) scratch: PathBuf,
    /// The CPU that capturers run on; none where there is only one.
    pub(crate) capture_cpu: Option<usize>,
    /// The CPU that the generator runs on.
    pub(crate) generator_cpu: Option<usize>,
}

impl Places {
    /// An empty folder, removed with everything in it when dropped.
    pub(crate) fn folder(&self) -> Result<TempDir, Failure> {
        tempfile::Builder::new()
            .prefix("crashcap-bench-")
            .tempdir_in(&self.scratch)
            .map_err(Failure::system(format!(
                "make a folder in {}",
                self.scratch.display()
            )))
    }
}

/// A capturer that listens on the stage.
pub(crate) enum Capturer {
    Recorder(Box<Recorder>),
    Writer(Box<writers::Writer>),
}

impl Capturer {
    /// Starts `tool` and waits until it listens.
    pub(crate) fn start(_stage: &Stage, tool: Tool, places: &Places) -> Result<Self, Failure> {
        let buffer_mib = tool.buffer_mib();
        match tool {
            Tool::Crashcap | Tool::CrashcapSmall => {
                let plan = RecorderPlan {
                    // The large one is Crashcap's own default: nothing is said.
                    kernel_buffer: (buffer_mib != LARGE_BUFFER_MIB).then_some(buffer_mib << 20),
                    ..RecorderPlan::on_stage(RING_BYTES)
                };
                let recorder = Recorder::start(places, &plan)?;
                Ok(Self::Recorder(Box::new(recorder)))
            }
            Tool::Tcpdump | Tool::TcpdumpLarge | Tool::Dumpcap | Tool::DumpcapLarge => {
                let writer = writers::Writer::start(tool, places)?;
                Ok(Self::Writer(Box::new(writer)))
            }
        }
    }

    fn program(&mut self) -> &mut Program {
        match self {
            Self::Recorder(recorder) => recorder.program(),
            Self::Writer(writer) => writer.program(),
        }
    }

    /// Nanoseconds of CPU that it has used.
    pub(crate) fn cpu_ns(&mut self) -> Result<u64, Failure> {
        usage::cpu_ns(self.program().pid())
    }

    /// The most memory that it had, in bytes.
    pub(crate) fn peak_memory(&mut self) -> Result<u64, Failure> {
        usage::peak_memory(self.program().pid())
    }

    /// Waits until it has nothing left to do: what the kernel holds is not lost yet.
    pub(crate) fn settle(&mut self) -> Result<(), Failure> {
        let mut before = self.cpu_ns()?;
        for _ in 0..QUIET_LIMIT {
            self.program().stay(QUIET)?;
            let now = self.cpu_ns()?;
            if u128::from(now.saturating_sub(before)) < QUIET.as_nanos() / 100 {
                return Ok(());
            }
            before = now;
        }
        Ok(())
    }

    /// Asks it for its counts and ends it. `delivered` packets came to its interface.
    pub(crate) fn finish(self, delivered: u64) -> Result<Counts, Failure> {
        match self {
            Self::Recorder(recorder) => recorder.count_and_stop(delivered),
            Self::Writer(writer) => writer.stop(),
        }
    }
}

/// Ends a program as Ctrl-C does.
fn interrupt(program: &Program) -> Result<(), Failure> {
    program.signal(Signal::INT)
}
