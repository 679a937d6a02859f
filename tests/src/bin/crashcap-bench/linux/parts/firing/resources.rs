//! What a process takes: this one is the target, and takes it.

use std::fs::File;
use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, after, bounded};

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::recording::Recording;
use super::super::super::usage::usage;
use super::{Case, EVERY, EVERY_WORD, LOOK, measured, now_doing, options};

const MIB: usize = 1 << 20;
/// Hundredths of a core: the limit, just below it, and above.
const CPU_LIMIT: u64 = 40;
const CPU_BELOW: u64 = 20;
const CPU_ABOVE: u64 = 100;
/// The same for memory, beyond what is held before.
const MEMORY_LIMIT: usize = 32 * MIB;
const MEMORY_BELOW: usize = 16 * MIB;
const MEMORY_ABOVE: usize = 64 * MIB;
/// And for threads and open files: the recording itself takes some.
const COUNT_LIMIT: u64 = 30;
const COUNT_BELOW: usize = 20;
const COUNT_ABOVE: usize = 60;

/// All kinds of resources.
pub(super) fn cases(_: &Places) -> Vec<Box<dyn Case>> {
    let all = [Kind::Cpu, Kind::Memory, Kind::Threads, Kind::OpenFiles];
    all.into_iter()
        .map(|kind| -> Box<dyn Case> {
            Box::new(Resources {
                kind,
                held: Held::None,
            })
        })
        .collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Cpu,
    Memory,
    Threads,
    OpenFiles,
}

/// What is taken; dropping it gives it back.
enum Held {
    None,
    Cpu(#[expect(dead_code, reason = "held")] Spinner),
    Memory(#[expect(dead_code, reason = "held")] Vec<u8>),
    Threads(#[expect(dead_code, reason = "held")] Sender<()>),
    Files(#[expect(dead_code, reason = "held")] Vec<File>),
}

struct Resources {
    kind: Kind,
    held: Held,
}

impl Resources {
    fn take(&mut self, above: bool) -> Result<(), Failure> {
        let count = if above { COUNT_ABOVE } else { COUNT_BELOW };
        self.held = match self.kind {
            Kind::Cpu => Held::Cpu(Spinner::start(if above { CPU_ABOVE } else { CPU_BELOW })?),
            Kind::Memory => {
                let bytes = if above { MEMORY_ABOVE } else { MEMORY_BELOW };
                Held::Memory(hint::black_box(vec![1; bytes]))
            }
            Kind::Threads => Held::Threads(threads(count)?),
            Kind::OpenFiles => {
                let files = (0..count).map(|_| File::open("/dev/null"));
                let files = files.collect::<Result<_, _>>();
                Held::Files(files.map_err(Failure::system("open files"))?)
            }
        };
        Ok(())
    }
}

/// So many that wait until the sender is dropped.
fn threads(count: usize) -> Result<Sender<()>, Failure> {
    let (release, held) = bounded::<()>(0);
    for _ in 0..count {
        let held = held.clone();
        thread::Builder::new()
            .stack_size(64 * 1024)
            .spawn(move || held.recv())
            .map_err(Failure::system("start threads"))?;
    }
    Ok(release)
}

/// Uses a share of a core, by turns of ten milliseconds.
struct Spinner(Arc<AtomicU64>);

impl Spinner {
    fn start(percent: u64) -> Result<Self, Failure> {
        let share = Arc::new(AtomicU64::new(percent));
        let shared = Arc::clone(&share);
        thread::Builder::new()
            .name("takes a core".to_owned())
            .spawn(move || {
                loop {
                    let percent = shared.load(Ordering::Relaxed);
                    if percent == 0 {
                        return;
                    }
                    let busy = Instant::now() + Duration::from_micros(percent * 100);
                    while Instant::now() < busy {
                        hint::spin_loop();
                    }
                    if percent < 100 {
                        let _ = after(Duration::from_micros((100 - percent) * 100)).recv();
                    }
                }
            })
            .map_err(Failure::system("start a thread"))?;
        Ok(Self(share))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Case for Resources {
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Cpu => "cpu",
            Kind::Memory => "memory",
            Kind::Threads => "threads",
            Kind::OpenFiles => "open_files",
        }
    }

    fn what(&self) -> &'static str {
        match self.kind {
            Kind::Cpu => "a busy thread, above 40 %",
            Kind::Memory => "64 MiB more, above 32",
            Kind::Threads => "60 more, above 30",
            Kind::OpenFiles => "60 more, above 30",
        }
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let now = usage(std::process::id())?;
        let limit = match self.kind {
            Kind::Cpu => CPU_LIMIT.to_string(),
            Kind::Memory => format!("{}MiB", (now.resident as usize + MEMORY_LIMIT) / MIB),
            Kind::Threads => (now.threads + COUNT_LIMIT).to_string(),
            Kind::OpenFiles => (now.open_files + COUNT_LIMIT).to_string(),
        };
        let trigger = format!("{} above={limit} {EVERY_WORD}", self.kind());
        let pid = std::process::id().to_string();
        Ok(options(&["--target-pid", &pid, "--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        match self.kind {
            // The mean of an interval, of which it may be only the end.
            Kind::Cpu => 2 * EVERY + LOOK,
            _ => EVERY + LOOK,
        }
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        measured(recording)
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        self.take(false)?;
        recording.listen(quiet)?;
        self.held = Held::None;
        Ok(())
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        now_doing(|| self.take(true)).map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        self.held = Held::None;
        Ok(())
    }
}
