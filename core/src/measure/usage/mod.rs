//! What the target's processes use: CPU, memory, threads, open files.
//!
//! - Each process is measured by itself; of several the highest, the lowest or
//!   the sum is the value.
//! - A process that ended since is left out. One that can't be seen makes the
//!   whole look a refusal: a sum without it would be wrong.
//! - CPU is a rate between two looks, so it is known from the second on.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
#[path = "none.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

mod rate;
#[cfg(all(test, target_os = "linux"))]
mod tests;

#[cfg(target_os = "macos")]
pub(super) use system::task_info;

use serde::{Deserialize, Serialize};

use self::rate::Rates;
use self::system::Meter;
use super::{Probe, Reading, Unmeasured};
use crate::clock::Now;
use crate::watch::ProcessIdentity;

/// What is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Time on processors, in per cent of one core: more than 100 on several.
    Cpu,
    /// Memory that is really there, in bytes. What processes share counts for
    /// each of them. Windows: the working set.
    ResidentMemory,
    /// Threads.
    Threads,
    /// Open files, sockets among them. Windows: handles of every kind.
    OpenFiles,
}

impl Resource {
    /// The unit of the value, as it stands after a number.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu => "% of a core",
            Self::ResidentMemory => "bytes",
            Self::Threads => "threads",
            Self::OpenFiles if cfg!(windows) => "handles",
            Self::OpenFiles => "files",
        }
    }

    fn named(self) -> &'static str {
        match self {
            Self::Cpu => "CPU use",
            Self::ResidentMemory => "memory",
            Self::Threads => "threads",
            Self::OpenFiles if cfg!(windows) => "open handles",
            Self::OpenFiles => "open files",
        }
    }
}

/// How several processes make one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The process that uses most: for "any of them above".
    Highest,
    /// The process that uses least: for "any of them below".
    Lowest,
    /// All together.
    Sum,
}

/// Measures what the target's processes use, in the unit of the [`Resource`].
pub struct Usage {
    resource: Resource,
    combine: Combine,
    what: String,
    meter: Meter,
    rates: Rates,
}

impl Usage {
    /// A probe; `target` is how the target is called in sentences.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] where this system does not tell.
    pub fn new(resource: Resource, combine: Combine, target: &str) -> Result<Self, Unmeasured> {
        let what = usage_of(resource, combine, target);
        let meter = Meter::new(resource).map_err(|unseen| unseen.refused(&what))?;
        Ok(Self {
            resource,
            combine,
            what,
            meter,
            rates: Rates::default(),
        })
    }

    /// What one process uses now; `None` when it has ended or there is no rate yet.
    fn of(&mut self, process: ProcessIdentity, now: Now) -> Result<Measured, Unmeasured> {
        let amount = self
            .meter
            .read(process)
            .map_err(|unseen| unseen.refused(&self.what))?;
        let Some(amount) = amount else {
            return Ok(Measured::Ended);
        };
        #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are 9 petabytes")]
        let plain = amount as f64;
        Ok(match self.resource {
            Resource::Cpu => match self.rates.percent(process, amount, now.monotonic) {
                Some(percent) => Measured::As(percent),
                None => Measured::NotYet,
            },
            _ => Measured::As(plain),
        })
    }
}

/// What is measured, in words: "memory of the target's largest process".
pub(in crate::measure) fn usage_of(resource: Resource, combine: Combine, target: &str) -> String {
    let which = match (combine, resource) {
        (Combine::Highest, Resource::Cpu) => "busiest process",
        (Combine::Highest, Resource::ResidentMemory) => "largest process",
        (Combine::Highest, Resource::Threads | Resource::OpenFiles) => "process with most",
        (Combine::Lowest, Resource::Cpu) => "idlest process",
        (Combine::Lowest, Resource::ResidentMemory) => "smallest process",
        (Combine::Lowest, Resource::Threads | Resource::OpenFiles) => "process with fewest",
        (Combine::Sum, _) => "processes together",
    };
    // A longer name takes no 's: "of a process named x's largest process".
    let whose = match target.strip_prefix("the ").unwrap_or(target) {
        one if one.contains(' ') => format!("the {which} of {target}"),
        _ => format!("{target}'s {which}"),
    };
    format!("{} of {whose}", resource.named())
}

enum Measured {
    As(f64),
    NotYet,
    Ended,
}

impl Probe for Usage {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured> {
        self.rates.keep(targets);
        self.meter
            .begin()
            .map_err(|unseen| unseen.refused(&self.what))?;
        let mut values = Vec::with_capacity(targets.len());
        let mut not_yet = false;
        for process in targets {
            match self.of(*process, now)? {
                Measured::As(value) => values.push((process.pid, value)),
                Measured::NotYet => not_yet = true,
                Measured::Ended => {}
            }
        }
        match combined(&values, self.combine) {
            Some(reading) => Ok(reading),
            None if not_yet => Err(Unmeasured::NotYet {
                what: self.what.clone(),
            }),
            None => Err(Unmeasured::NoTarget),
        }
    }
}

fn combined(values: &[(u32, f64)], combine: Combine) -> Option<Reading> {
    let order = |a: &&(u32, f64), b: &&(u32, f64)| a.1.total_cmp(&b.1);
    let (most, highest) = *values.iter().max_by(order)?;
    let (least, lowest) = *values.iter().min_by(order)?;
    let several = values.len() > 1;
    let count = values.len();
    let (value, note) = match combine {
        Combine::Highest => (highest, format!("pid {most} of {count} processes")),
        Combine::Lowest => (lowest, format!("pid {least} of {count} processes")),
        Combine::Sum => (
            values.iter().map(|(_, value)| value).sum(),
            format!("{count} processes, most in pid {most}"),
        ),
    };
    Some(Reading {
        value,
        note: several.then_some(note),
    })
}

/// Why a process can't be measured.
struct Unseen {
    reason: String,
    remedy: &'static str,
}

impl Unseen {
    fn refused(self, what: &str) -> Unmeasured {
        Unmeasured::Refused {
            what: what.to_owned(),
            reason: self.reason,
            remedy: self.remedy.to_owned(),
        }
    }
}

#[cfg(test)]
mod everywhere {
    use super::*;

    fn ourselves() -> ProcessIdentity {
        let pid = std::process::id();
        // Elsewhere 0 stands for whatever it is.
        #[cfg(target_os = "linux")]
        let started = crate::watch::procfs::Stat::read(pid).unwrap().started;
        #[cfg(not(target_os = "linux"))]
        let started = 0;
        ProcessIdentity { pid, started }
    }

    /// As every system that this is built for tells of itself.
    #[test]
    fn we_use_something_of_everything() {
        let us = ourselves();
        for (resource, least) in [
            (Resource::ResidentMemory, 1_000_000.0),
            (Resource::Threads, 1.0),
            // wine answers 0 where Windows counts handles.
            (Resource::OpenFiles, if cfg!(windows) { 0.0 } else { 1.0 }),
        ] {
            let mut probe = Usage::new(resource, Combine::Sum, "server").unwrap();
            let used = probe.read(&[us], Now::default()).unwrap().value;
            assert!(used >= least, "{resource:?}: {used}");
        }
        let mut cpu = Usage::new(Resource::Cpu, Combine::Sum, "server").unwrap();
        let mut at = Now::default();
        assert!(cpu.read(&[us], at).is_err());
        at.monotonic.0 += 1_000_000_000;
        assert!(cpu.read(&[us], at).unwrap().value >= 0.0);
        let taken_anew = ProcessIdentity {
            started: us.started + 1,
            ..us
        };
        let another = cpu.read(&[taken_anew], at);
        assert_eq!(another, Err(Unmeasured::NoTarget));
    }

    #[test]
    fn several_make_one_number() {
        let values = [(7, 3.0), (8, 1.0), (9, 2.0)];
        let read = |combine| {
            let reading = combined(&values, combine).unwrap();
            (reading.value, reading.note.unwrap())
        };
        assert_eq!(
            read(Combine::Highest),
            (3.0, "pid 7 of 3 processes".to_owned())
        );
        assert_eq!(
            read(Combine::Lowest),
            (1.0, "pid 8 of 3 processes".to_owned())
        );
        assert_eq!(
            read(Combine::Sum),
            (6.0, "3 processes, most in pid 7".to_owned())
        );
        let one = combined(&values[..1], Combine::Sum).unwrap();
        assert_eq!((one.value, one.note), (3.0, None));
        assert_eq!(combined(&[], Combine::Sum), None);
    }
}
