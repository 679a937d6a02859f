//! What a process has cost, as the kernel counts it.

use std::fs;

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
        assert!(peak_memory(pid).unwrap() > 32 << 20);
    }

    #[test]
    fn a_process_that_is_not_there_has_no_figures() {
        assert!(cpu_ns(u32::MAX).is_err());
        assert!(peak_memory(u32::MAX).is_err());
    }
}
