//! What a process has cost, as the kernel counts it.

use std::fs;

use rustix::param::clock_ticks_per_second;
use serde::Serialize;

use super::failure::Failure;

/// Nanoseconds that all threads of a process have spent on a CPU: the first field of
/// `/proc/PID/task/*/schedstat` (Documentation/scheduler/sched-stats.rst), which counts every
/// switch, where the clock ticks of `/proc/PID/stat` sample.
pub(crate) fn cpu_ns(pid: u32) -> Result<u64, Failure> {
    let folder = format!("/proc/{pid}/task");
    let reading = || Failure::system(format!("read the CPU time in {folder}"));
    let mut sum = 0;
    for thread in fs::read_dir(&folder).map_err(reading())? {
        let path = thread.map_err(reading())?.path().join("schedstat");
        // A thread may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        sum += first_number(&text).ok_or_else(|| Failure::NotUnderstood {
            program: "the kernel".to_owned(),
            line: text,
            why: "no CPU time".to_owned(),
        })?;
    }
    Ok(sum)
}

/// The most memory that the process ever had resident, in bytes: VmHWM of `/proc/PID/status`
/// (proc_pid_status(5)).
pub(crate) fn peak_memory(pid: u32) -> Result<u64, Failure> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(Failure::system(format!("read {path}")))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(first_number)
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| Failure::Impossible(format!("{path} has no VmHWM: the process has ended")))
}

/// What a process holds now, and what it has spent.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Usage {
    /// Bytes resident.
    pub(crate) resident: u64,
    /// Its descriptors.
    pub(crate) open_files: u64,
    pub(crate) threads: u64,
    /// Of all its threads, those that have ended too.
    pub(crate) cpu_seconds: f64,
}

/// Looks at a process once: VmRSS and Threads of `/proc/PID/status`, its descriptors, and utime
/// and stime of `/proc/PID/stat`, which the kernel keeps to one clock tick (proc_pid_stat(5)).
pub(crate) fn usage(pid: u32) -> Result<Usage, Failure> {
    let read = |name: &str| {
        let path = format!("/proc/{pid}/{name}");
        fs::read_to_string(&path).map_err(Failure::system(format!("read {path}")))
    };
    let status = read("status")?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(first_number)
            .ok_or_else(|| Failure::Impossible(format!("process {pid} has no {name}")))
    };
    let folder = format!("/proc/{pid}/fd");
    let open = fs::read_dir(&folder).map_err(Failure::system(format!("read {folder}")))?;
    let stat = read("stat")?;
    let ticks = spent_ticks(&stat)
        .ok_or_else(|| Failure::Impossible(format!("process {pid} has no CPU time")))?;
    Ok(Usage {
        resident: of("VmRSS:")? * 1024,
        open_files: open.count() as u64,
        threads: of("Threads:")?,
        cpu_seconds: ticks as f64 / clock_ticks_per_second() as f64,
    })
}

/// utime and stime: fields 14 and 15, counted from behind the name, which may hold anything.
fn spent_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Where a window's CPU time went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// The threads that draw for Mesa on the processor.
    pub(crate) drawing_ns: u64,
    /// All others.
    pub(crate) own_ns: u64,
}

impl Shares {
    /// What was added.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            drawing_ns: self.drawing_ns.saturating_sub(before.drawing_ns),
            own_ns: self.own_ns.saturating_sub(before.own_ns),
        }
    }
}

/// [`cpu_ns`] by what the threads are: Mesa names its own "llvmpipe-0" and so on.
pub(crate) fn cpu_shares(pid: u32) -> Result<Shares, Failure> {
    let folder = format!("/proc/{pid}/task");
    let reading = || Failure::system(format!("read the CPU time in {folder}"));
    let mut shares = Shares {
        drawing_ns: 0,
        own_ns: 0,
    };
    for thread in fs::read_dir(&folder).map_err(reading())? {
        let path = thread.map_err(reading())?.path();
        // A thread may end between the listing and the reading.
        let text = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        let spent = first_number(&text).unwrap_or(0);
        if name.starts_with("llvmpipe") {
            shares.drawing_ns += spent;
        } else {
            shares.own_ns += spent;
        }
    }
    Ok(shares)
}

/// Bytes resident, and the proportional share of them: Rss and Pss of `/proc/PID/smaps_rollup`
/// (proc_pid_smaps(5)).
pub(crate) fn memory(pid: u32) -> Result<(u64, u64), Failure> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(Failure::system(format!("read {path}")))?;
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(first_number)
            .map(|kibibytes| kibibytes * 1024)
            .ok_or_else(|| Failure::Impossible(format!("{path} has no {name}")))
    };
    Ok((of("Rss:")?, of("Pss:")?))
}

fn first_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_time_and_touched_memory_counts() {
        let pid = std::process::id();
        let before = cpu_ns(pid).unwrap();
        let touched = vec![1_u8; 32 << 20];
        assert_eq!(
            touched.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
            32 << 20
        );
        assert!(cpu_ns(pid).unwrap() > before);
        let shares = cpu_shares(pid).unwrap();
        assert!(shares.own_ns > before && shares.drawing_ns == 0);
        let (resident, proportional) = memory(pid).unwrap();
        assert!(resident > 32 << 20 && proportional <= resident);
        assert!(peak_memory(pid).unwrap() > 32 << 20);
    }

    #[test]
    fn what_a_process_holds_is_counted() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.resident > 1 << 20 && usage.open_files >= 3 && usage.threads >= 1);
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 0 0 0 30 12 0 0 20 0 1 0 5 6 7";
        assert_eq!(spent_ticks(stat), Some(42));
        assert_eq!(spent_ticks("7"), None);
    }

    #[test]
    fn a_process_that_is_not_there_has_no_figures() {
        assert!(cpu_ns(u32::MAX).is_err());
        assert!(peak_memory(u32::MAX).is_err());
    }
}
