//! Ends of processes on Linux: pidfds polled by one epoll, the process
//! connector beside them.
//!
//! A status is taken from the first of these that has it: our own wait (which
//! looks and leaves reaping to its owner), the pidfd, the connector, `/proc`
//! where access to it is proven. A 0 shown to a stranger is never taken.

use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::connector::{Connector, ConnectorEvent};
use super::{AddError, EndSource, Wake, pidfd, wait};
use crate::clock::{Monotonic, Now, now};
use crate::limits;
use crate::watch::processes::procfs::{self, Stat};
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, WatchEvent};

/// What epoll says was ready: one of these, or a process's own token.
const TOKEN_WAKE: u64 = 0;
const TOKEN_CONNECTOR: u64 = 1;
const TOKEN_FIRST: u64 = 2;
/// Descriptors that are left to the rest of the program.
const DESCRIPTORS_LEFT: u64 = 64;
/// The connector's event of an end may come this much later than the pidfd's.
const CONNECTOR_LAG_MAX: Duration = Duration::from_millis(100);

struct PidFds {
    epoll: OwnedFd,
    wake: Arc<EventWake>,
    watched: HashMap<u64, Watched>,
    tokens: HashMap<u32, u64>,
    next_token: u64,
    connector: Result<Connector, String>,
    told_core: bool,
    told: Vec<WatchEvent>,
}

struct Watched {
    process: ProcessIdentity,
    pidfd: OwnedFd,
    /// Whether it ran as the user that we are, when it was found.
    ours: bool,
    /// What the connector told of its end.
    bad_end: Option<i32>,
    faulted: bool,
    /// Until when its status is waited for, once its end was told.
    status_until: Option<Monotonic>,
}

struct EventWake(OwnedFd);

impl Wake for EventWake {
    fn wake(&self) {
        // It can fail only when it is at its largest count, which wakes too.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }
}

/// Opens it.
///
/// # Errors
/// What the system refuses, in words.
pub(super) fn open() -> Result<Box<dyn EndSource>, String> {
    let refused = |what: &str, error: Errno| format!("{what} is refused: {error}");
    let us = rustix::process::getpid();
    pidfd_open(us, PidfdFlags::empty()).map_err(|error| refused("pidfd_open", error))?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)
        .map_err(|error| refused("epoll_create", error))?;
    let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map_err(|error| refused("eventfd", error))?;
    let readable = epoll::EventFlags::IN;
    let data = epoll::EventData::new_u64;
    epoll::add(&epoll, &wake, data(TOKEN_WAKE), readable)
        .map_err(|error| refused("epoll_ctl", error))?;
    let connector = Connector::open();
    if let Ok(connector) = &connector {
        epoll::add(&epoll, connector, data(TOKEN_CONNECTOR), readable)
            .map_err(|error| refused("epoll_ctl", error))?;
    }
    Ok(Box::new(PidFds {
        epoll,
        wake: Arc::new(EventWake(wake)),
        watched: HashMap::new(),
        tokens: HashMap::new(),
        next_token: TOKEN_FIRST,
        connector,
        told_core: false,
        told: Vec::new(),
    }))
}

impl EndSource for PidFds {
    fn method(&self) -> ExitMethod {
        ExitMethod::PidFd
    }

    fn add(&mut self, process: ProcessIdentity) -> Result<(), AddError> {
        let refused = |error: Errno| AddError::Refused(format!("pidfd_open is refused: {error}"));
        let raw = i32::try_from(process.pid).map_err(|_| AddError::Gone)?;
        let pid = Pid::from_raw(raw).ok_or(AddError::Gone)?;
        let pidfd = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            // INVAL: the number is that of a thread now.
            Err(Errno::SRCH | Errno::INVAL) => return Err(AddError::Gone),
            Err(error) => return Err(refused(error)),
        };
        // Only now is the number held: whoever has it has it until we let go.
        match Stat::read(process.pid) {
            Some(stat) if stat.started == process.started && !stat.is_ended() => {}
            _ => return Err(AddError::Gone),
        }
        if !leaves_room(&pidfd) {
            return Err(AddError::Refused(
                "too few file descriptors are allowed (ulimit -n)".to_owned(),
            ));
        }
        let token = self.next_token;
        let data = epoll::EventData::new_u64(token);
        epoll::add(&self.epoll, &pidfd, data, epoll::EventFlags::IN).map_err(refused)?;
        self.next_token += 1;
        self.tokens.insert(process.pid, token);
        self.tell_of_core_dumps(process.pid);
        let ours = procfs::user_id(process.pid)
            .is_some_and(|user| user == rustix::process::geteuid().as_raw());
        self.watched.insert(
            token,
            Watched {
                process,
                pidfd,
                ours,
                bad_end: None,
                faulted: false,
                status_until: None,
            },
        );
        Ok(())
    }

    fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>) {
        if !self.told.is_empty() {
            noticed.append(&mut self.told);
            return;
        }
        let mut ready = Vec::with_capacity(64);
        let timeout = timespec(self.until_deadline(timeout));
        // An error is an interruption by a signal: the caller waits again.
        let waited = epoll::wait(&self.epoll, spare_capacity(&mut ready), Some(&timeout));
        let at = now();
        if waited.is_err() {
            ready.clear();
        }
        if ready.iter().any(|event| event.data.u64() == TOKEN_WAKE) {
            // Nothing to read means that another reader emptied it: there is none.
            let _ = rustix::io::read(&self.wake.0, &mut [0; 8]);
        }
        self.hear_connector(at, noticed);
        for event in ready {
            self.on_pidfd(event.data.u64(), event.flags, at, noticed);
        }
        self.give_up_waiting(at.monotonic, noticed);
    }

    fn waker(&self) -> Arc<dyn Wake> {
        self.wake.clone()
    }
}

impl PidFds {
    /// The rest of the time, or less where a status is waited for no longer than that.
    fn until_deadline(&self, timeout: Duration) -> Duration {
        let deadlines = self.watched.values().filter_map(|one| one.status_until);
        match deadlines.min() {
            None => timeout,
            Some(first) => timeout.min(first.since(now().monotonic)),
        }
    }

    fn hear_connector(&mut self, at: Now, noticed: &mut Vec<WatchEvent>) {
        let mut events = Vec::new();
        if let Ok(connector) = &self.connector
            && let Err(error) = connector.read(&mut events)
        {
            let reason = format!("the process connector broke: {error}");
            // Nothing is dropped with it: closing the socket takes it out of epoll.
            self.connector = Err(reason);
            let pids: Vec<u32> = self.tokens.keys().copied().collect();
            for pid in pids {
                self.tell_of_core_dumps(pid);
            }
        }
        for event in events {
            let (ConnectorEvent::Fault { pid } | ConnectorEvent::BadEnd { pid, .. }) = event;
            let Some(one) = self
                .tokens
                .get(&pid)
                .and_then(|token| self.watched.get_mut(token))
            else {
                continue;
            };
            match event {
                ConnectorEvent::Fault { .. } if !one.faulted && one.status_until.is_none() => {
                    one.faulted = true;
                    noticed.push(WatchEvent::Faulted {
                        process: one.process,
                        at,
                    });
                }
                ConnectorEvent::Fault { .. } => {}
                ConnectorEvent::BadEnd {
                    first_thread,
                    exit_code,
                    ..
                } => one.bad_end = heard(one.bad_end, first_thread, exit_code),
            }
        }
    }

    fn on_pidfd(
        &mut self,
        token: u64,
        flags: epoll::EventFlags,
        at: Now,
        noticed: &mut Vec<WatchEvent>,
    ) {
        let connected = self.connector.is_ok();
        let Some(one) = self.watched.get_mut(&token) else {
            return;
        };
        let process = one.process;
        let status = one.status();
        if one.status_until.is_none() {
            noticed.push(WatchEvent::Ended {
                process,
                at,
                status: status.clone(),
                left: 0,
            });
        } else if let Some(status) = status.clone() {
            noticed.push(WatchEvent::Status { process, status });
        }
        if status.is_some() {
            self.forget(token);
            return;
        }
        // Reaped: the pidfd has told all it will.
        let reaped = flags.contains(epoll::EventFlags::HUP) || one.is_reaped();
        let patience = match (reaped, connected) {
            (true, true) => CONNECTOR_LAG_MAX,
            (true, false) => Duration::ZERO,
            (false, _) => limits::EXIT_STATUS_WAIT,
        };
        let until = at.monotonic.after(patience);
        one.status_until = Some(one.status_until.map_or(until, |earlier| earlier.min(until)));
        // From now on only that it is reaped; once that is known, nothing more.
        let told = if reaped {
            epoll::delete(&self.epoll, &one.pidfd)
        } else {
            let data = epoll::EventData::new_u64(token);
            epoll::modify(&self.epoll, &one.pidfd, data, epoll::EventFlags::empty())
        };
        if told.is_err() {
            one.status_until = Some(at.monotonic);
        }
    }

    /// Tells the status of those whose time is over, and of those of whom the
    /// connector has told meanwhile.
    fn give_up_waiting(&mut self, at: Monotonic, noticed: &mut Vec<WatchEvent>) {
        let mut done = Vec::new();
        for (token, one) in &self.watched {
            let Some(until) = one.status_until else {
                continue;
            };
            let heard = one.bad_end.map(wait::decode);
            if heard.is_none() && at < until {
                continue;
            }
            let status = heard
                .or_else(|| one.status())
                .unwrap_or_else(|| one.unknown());
            let process = one.process;
            noticed.push(WatchEvent::Status { process, status });
            done.push(*token);
        }
        for token in done {
            self.forget(token);
        }
    }

    fn forget(&mut self, token: u64) {
        if let Some(one) = self.watched.remove(&token)
            && self.tokens.get(&one.process.pid) == Some(&token)
        {
            self.tokens.remove(&one.process.pid);
        }
    }

    /// Says once that a fault will be noticed late, if it will.
    fn tell_of_core_dumps(&mut self, pid: u32) {
        let Err(reason) = &self.connector else {
            return;
        };
        if self.told_core || !dumps_core(pid) {
            return;
        }
        self.told_core = true;
        self.told.push(WatchEvent::Degraded {
            sentence: format!(
                "a crash that dumps core will be noticed only when the dump is complete: {reason}"
            ),
        });
    }
}

impl Watched {
    /// The status, where one of the sources has it now.
    fn status(&self) -> Option<ExitStatus> {
        wait::of_pidfd(self.pidfd.as_fd())
            .or_else(|| pidfd::exit_code(self.pidfd.as_fd()).map(wait::decode))
            .or_else(|| self.bad_end.map(wait::decode))
            .or_else(|| status_of_zombie(self.process))
    }

    fn is_reaped(&self) -> bool {
        Stat::read(self.process.pid).is_none_or(|stat| stat.started != self.process.started)
    }

    fn unknown(&self) -> ExitStatus {
        let signalled = Stat::read(self.process.pid)
            .is_some_and(|stat| stat.started == self.process.started && stat.is_signalled());
        let why = if self.ours {
            "its parent took it and nobody else is told"
        } else {
            "it ran as another user"
        };
        let reason = if signalled {
            format!("{why}; a signal ended it, but which one is not told")
        } else {
            why.to_owned()
        };
        ExitStatus::Unknown { reason }
    }
}

/// What two threads' ends say together: a signal that ends one ends all, a
/// status that is not one's own process's first thread's may be its own alone.
fn heard(earlier: Option<i32>, first_thread: bool, exit_code: i32) -> Option<i32> {
    let by_signal = |code: i32| code & 0x7f != 0;
    match earlier {
        Some(code) if by_signal(code) => Some(code),
        _ if by_signal(exit_code) || first_thread => Some(exit_code),
        _ => earlier,
    }
}

/// The status of a process that ended and was not reaped, if it is certain.
pub(super) fn status_of_zombie(process: ProcessIdentity) -> Option<ExitStatus> {
    Stat::read(process.pid)
        .filter(|stat| stat.started == process.started)?
        .certain_exit_code()
        .map(wait::decode)
}

/// Whether a crash of this process writes a core dump (core(5)): a limit of 0
/// forbids it, except where cores go to a program.
fn dumps_core(pid: u32) -> bool {
    let pattern = procfs::core_pattern();
    if pattern.is_empty() {
        return false;
    }
    pattern.starts_with('|') || procfs::core_limit_allows(pid).unwrap_or(true)
}

fn leaves_room(descriptor: &OwnedFd) -> bool {
    let allowed = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let taken = u64::try_from(descriptor.as_raw_fd()).unwrap_or(0);
    allowed.is_none_or(|allowed| taken.saturating_add(DESCRIPTORS_LEFT) < allowed)
}

/// Rounded up to a millisecond, which older kernels would round down to none.
fn timespec(span: Duration) -> Timespec {
    let millis = i64::try_from(span.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
    Timespec {
        tv_sec: millis / 1000,
        tv_nsec: (millis % 1000) * 1_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_outweighs_a_threads_own_status() {
        assert_eq!(heard(None, false, 0x500), None);
        assert_eq!(heard(None, true, 0x500), Some(0x500));
        assert_eq!(heard(Some(0x500), false, 11), Some(11));
        assert_eq!(heard(Some(11), true, 0x500), Some(11));
    }
}
