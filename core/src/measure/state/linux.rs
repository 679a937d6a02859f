//! States of processes on Linux: field 3 of `/proc/PID/stat` and of each
//! thread's (proc_pid_stat(5)).

use std::collections::HashMap;

use super::StuckIn;
use crate::clock::Monotonic;
use crate::limits;
use crate::watch::ProcessIdentity;
use crate::watch::procfs::Stat;

/// Looks at processes.
pub(super) struct Looker {
    stuck_in: StuckIn,
    /// By thread: the sleep that was seen at the look before.
    asleep: HashMap<u32, Sleep>,
}

/// One sleep: a thread that ran meanwhile has switched once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sleep {
    started: u64,
    switches: u64,
    since: Monotonic,
}

impl Looker {
    /// # Errors
    /// None on this system.
    pub(super) fn new(stuck_in: StuckIn) -> Result<Self, &'static str> {
        Ok(Self {
            stuck_in,
            asleep: HashMap::new(),
        })
    }

    /// What is stuck, in words; of several the one for the longest time.
    pub(super) fn look(&mut self, targets: &[ProcessIdentity], at: Monotonic) -> Option<String> {
        match self.stuck_in {
            StuckIn::Stopped => targets.iter().find_map(stopped),
            StuckIn::UninterruptibleSleep => self.asleep(targets, at),
        }
    }

    fn asleep(&mut self, targets: &[ProcessIdentity], at: Monotonic) -> Option<String> {
        let mut seen = HashMap::new();
        let mut longest: Option<(Sleep, u32, u32)> = None;
        let mut left = limits::THREADS_LOOKED_AT_MAX;
        for target in targets {
            each_sleep(target, &mut left, |thread, started, switches| {
                let before = self
                    .asleep
                    .get(&thread)
                    .filter(|before| before.started == started && before.switches == switches);
                let sleep = before.copied().unwrap_or(Sleep {
                    started,
                    switches,
                    since: at,
                });
                if before.is_some() && longest.is_none_or(|(known, ..)| sleep.since < known.since) {
                    longest = Some((sleep, target.pid, thread));
                }
                seen.insert(thread, sleep);
            });
        }
        self.asleep = seen;
        let (sleep, pid, thread) = longest?;
        Some(format!(
            "{} has slept in {} for {} s at least",
            if thread == pid {
                format!("pid {pid}")
            } else {
                format!("thread {thread} of pid {pid}")
            },
            waits_in(pid, thread).unwrap_or_else(|| "the kernel".to_owned()),
            at.since(sleep.since).as_secs()
        ))
    }
}

/// Whether the process is stopped, in words. A stop stops all its threads.
fn stopped(target: &ProcessIdentity) -> Option<String> {
    let stat = Stat::read(target.pid).filter(|stat| stat.started == target.started)?;
    match stat.state {
        'T' => Some(format!("pid {} is stopped by a signal", target.pid)),
        't' => Some(format!("pid {} is stopped by a debugger", target.pid)),
        _ => None,
    }
}

/// Hands over each thread in uninterruptible sleep: its number, its start and
/// how often it has given up the processor.
fn each_sleep(target: &ProcessIdentity, left: &mut usize, mut each: impl FnMut(u32, u64, u64)) {
    let pid = target.pid;
    let Some(first) = Stat::read(pid).filter(|stat| stat.started == target.started) else {
        return;
    };
    let mut consider = |thread, stat: &Stat| {
        if stat.state == 'D'
            && let Some(switches) = switches(pid, thread)
        {
            each(thread, stat.started, switches);
        }
    };
    consider(pid, &first);
    if first.threads <= 1 {
        return;
    }
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return;
    };
    for entry in threads.flatten() {
        let name = entry.file_name();
        let Some(thread) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if thread == pid {
            continue;
        }
        if *left == 0 {
            return;
        }
        *left -= 1;
        if let Some(stat) = Stat::of_thread(pid, thread) {
            consider(thread, &stat);
        }
    }
}

/// "voluntary_ctxt_switches" of `/proc/PID/task/TID/status`.
fn switches(pid: u32, thread: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/status")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

/// The kernel's function in which the thread waits, where that may be seen.
fn waits_in(pid: u32, thread: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/wchan")).ok()?;
    (!text.is_empty() && text != "0").then_some(text)
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};

    use super::super::Stuck;
    use super::*;
    use crate::clock::now;
    use crate::measure::{Probe, Reading};

    /// The longest wait for anything; only a failing test waits that long.
    const PATIENCE: Duration = Duration::from_secs(10);

    fn identity(pid: u32) -> ProcessIdentity {
        ProcessIdentity {
            pid,
            started: Stat::read(pid).unwrap().started,
        }
    }

    /// Looks until it is as awaited, which needs a moment where the kernel still works.
    fn reaches(probe: &mut Stuck, target: ProcessIdentity, stuck: bool) -> Reading {
        let start = now();
        let (_open, nothing) = crossbeam_channel::bounded::<()>(0);
        loop {
            let reading = probe.read(&[target], now()).unwrap();
            if (reading.value > 0.5) == stuck {
                return reading;
            }
            assert!(
                now().monotonic.since(start.monotonic) < PATIENCE,
                "{reading:?}"
            );
            let _ = nothing.recv_timeout(Duration::from_millis(2));
        }
    }

    struct Sleeper(Child);

    impl Sleeper {
        fn signal(&self, signal: Signal) {
            let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
            kill_process(pid, signal).unwrap();
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_process_is_stopped_and_goes_on() {
        let sleeper = Sleeper(Command::new("sleep").arg("600").spawn().unwrap());
        let target = identity(sleeper.0.id());
        let mut probe = Stuck::new(StuckIn::Stopped, "server").unwrap();
        let mut asleep = Stuck::new(StuckIn::UninterruptibleSleep, "server").unwrap();
        reaches(&mut probe, target, false);
        sleeper.signal(Signal::STOP);
        let told = reaches(&mut probe, target, true).note.unwrap();
        assert_eq!(told, format!("pid {} is stopped by a signal", target.pid));
        assert_eq!(probe.what(), "whether a process of server is stopped");
        assert!(asleep.read(&[target], now()).unwrap().value < 0.5);
        sleeper.signal(Signal::CONT);
        reaches(&mut probe, target, false);
        drop(sleeper);
        assert!(probe.read(&[target], now()).unwrap().value < 0.5);
    }

    /// Starts a child that waits to be killed, and waits the way vfork(2) does:
    /// in uninterruptible sleep, for as long as the child neither ends nor
    /// execs. The child writes one byte when it is there.
    ///
    /// # Safety
    /// As after fork(2), what runs next in the caller makes system calls only.
    unsafe fn sleep_until_the_child_ends(told: i32) -> libc::c_long {
        let flags = libc::CLONE_VFORK | libc::SIGCHLD;
        // SAFETY: no memory is shared with the child, which makes system calls
        // only, keeps no file of ours open, and never returns.
        unsafe {
            let pid = libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0);
            if pid != 0 {
                return pid;
            }
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            let pid = libc::getpid().to_ne_bytes();
            libc::write(told, pid.as_ptr().cast(), pid.len());
            libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
            loop {
                libc::pause();
            }
        }
    }

    /// A process in uninterruptible sleep.
    struct Stubborn(u32);

    impl Stubborn {
        fn start() -> Self {
            // SAFETY: the child makes system calls only, and never returns.
            let pid = unsafe { libc::fork() };
            if pid == 0 {
                // SAFETY: as above; its files are closed since they are ours too.
                unsafe {
                    libc::setpgid(0, 0);
                    libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                    libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
                    sleep_until_the_child_ends(-1);
                    libc::_exit(0);
                }
            }
            Self(u32::try_from(pid).unwrap())
        }
    }

    impl Drop for Stubborn {
        fn drop(&mut self) {
            let pid = Pid::from_raw(self.0.cast_signed()).unwrap();
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = kill_process(pid, Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        }
    }

    #[test]
    fn uninterruptible_sleep_is_told_when_two_looks_saw_the_same() {
        let stubborn = Stubborn::start();
        let target = identity(stubborn.0);
        let start = now();
        while Stat::read(target.pid).unwrap().state != 'D' {
            assert!(now().monotonic.since(start.monotonic) < PATIENCE);
            std::thread::yield_now();
        }
        let mut probe = Stuck::new(StuckIn::UninterruptibleSleep, "server").unwrap();
        let mut at = now();
        let first = probe.read(&[target], at).unwrap();
        assert!(first.value < 0.5, "one look proves nothing: {first:?}");
        at.monotonic = at.monotonic.after(Duration::from_secs(3));
        let second = probe.read(&[target], at).unwrap();
        assert!(second.value > 0.5, "{second:?}");
        let note = second.note.unwrap();
        assert!(
            note.starts_with(&format!("pid {} has slept in ", target.pid))
                && note.ends_with("for 3 s at least"),
            "{note}"
        );
        drop(stubborn);
        assert!(probe.read(&[target], at).unwrap().value < 0.5);
    }

    #[test]
    fn a_thread_that_sleeps_makes_its_process_stuck() {
        use std::io::Read;
        use std::os::fd::AsRawFd;

        let (mut told, tells) = std::io::pipe().unwrap();
        let sleeper = std::thread::spawn(move || {
            // SAFETY: the thread goes on only when the child has ended.
            unsafe { sleep_until_the_child_ends(tells.as_raw_fd()) }
        });
        let mut child = [0; 4];
        told.read_exact(&mut child).unwrap();
        let child = Pid::from_raw(i32::from_ne_bytes(child)).unwrap();
        let mut probe = Stuck::new(StuckIn::UninterruptibleSleep, "server").unwrap();
        let us = identity(std::process::id());
        let note = reaches(&mut probe, us, true).note.unwrap();
        kill_process(child, Signal::KILL).unwrap();
        assert_eq!(
            sleeper.join().unwrap(),
            libc::c_long::from(child.as_raw_nonzero().get())
        );
        let _ = rustix::process::waitpid(Some(child), rustix::process::WaitOptions::empty());
        let whose = format!(" of pid {} has slept in ", us.pid);
        assert!(
            note.starts_with("thread ") && note.contains(&whose),
            "{note}"
        );
        reaches(&mut probe, us, false);
    }

    #[test]
    fn another_sleep_is_not_the_same() {
        let stubborn = Stubborn::start();
        let target = identity(stubborn.0);
        let mut looker = Looker::new(StuckIn::UninterruptibleSleep).unwrap();
        let (start, later) = (Monotonic(0), Monotonic(1_000_000_000));
        while looker.asleep.is_empty() {
            looker.look(&[target], start);
            std::thread::yield_now();
        }
        // As if it had run since.
        looker
            .asleep
            .values_mut()
            .for_each(|sleep| sleep.switches -= 1);
        assert_eq!(looker.look(&[target], later), None);
        assert!(looker.look(&[target], later).is_some());
    }
}
