//! The fallback: looks at each process again and again. A process that ended
//! and whose PID was taken anew between two looks is told by its start time.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{AddError, EndSource, Wake};
use crate::clock::{Monotonic, now};
use crate::limits;
use crate::watch::processes::{self, Life};
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, WatchEvent};

/// Looks at processes at fixed times.
pub(super) struct Polling {
    watched: Vec<ProcessIdentity>,
    next_look: Monotonic,
    wake: Sender<()>,
    woken: Receiver<()>,
}

struct ChannelWake(Sender<()>);

impl Wake for ChannelWake {
    fn wake(&self) {
        // Full means that a wake-up is waiting already.
        let _ = self.0.try_send(());
    }
}

impl Polling {
    pub(super) fn new() -> Self {
        let (wake, woken) = bounded(1);
        Self {
            watched: Vec::new(),
            next_look: Monotonic::default(),
            wake,
            woken,
        }
    }

    /// How long until processes are looked at; `None` when there are none.
    pub(super) fn until_look(&self) -> Option<Duration> {
        (!self.watched.is_empty()).then(|| self.next_look.since(now().monotonic))
    }

    /// Looks at them when it is time.
    pub(super) fn look_if_due(&mut self, noticed: &mut Vec<WatchEvent>) {
        if self.watched.is_empty() || now().monotonic < self.next_look {
            return;
        }
        self.watched.retain(|process| {
            let life = processes::life(process.pid);
            let alive = life.is_running_since(process.started);
            if !alive {
                let at = now();
                noticed.push(WatchEvent::Ended {
                    process: *process,
                    at,
                    status: Some(status(*process, life)),
                    left: 0,
                });
            }
            alive
        });
        self.next_look = now().monotonic.after(limits::EXIT_POLL_INTERVAL);
    }
}

impl EndSource for Polling {
    fn method(&self) -> ExitMethod {
        ExitMethod::Polling
    }

    fn add(&mut self, process: ProcessIdentity) -> Result<(), AddError> {
        if !processes::life(process.pid).is_running_since(process.started) {
            return Err(AddError::Gone);
        }
        self.watched.push(process);
        Ok(())
    }

    fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>) {
        let until_look = self.until_look().unwrap_or(timeout);
        // Woken, timed out: either way it is looked whether it is time.
        let _ = self.woken.recv_timeout(timeout.min(until_look));
        self.look_if_due(noticed);
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(ChannelWake(self.wake.clone()))
    }
}

/// What can still be known of a process that was seen to have ended.
fn status(process: ProcessIdentity, life: Life) -> ExitStatus {
    let zombie = life
        == Life::Zombie {
            started: process.started,
        };
    let known = zombie.then(|| of_zombie(process)).flatten();
    known.unwrap_or_else(|| ExitStatus::Unknown {
        reason: "its end was noticed by looking at the process list, which does not tell it"
            .to_owned(),
    })
}

/// While its parent has not reaped it, the PID is held and the status is there.
fn of_zombie(process: ProcessIdentity) -> Option<ExitStatus> {
    #[cfg(unix)]
    let ours = super::wait::of_child(process.pid);
    #[cfg(not(unix))]
    let ours = None;
    ours.or_else(|| super::system::status_of_zombie(process))
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::watch::exit::Ends;

    #[test]
    fn an_end_is_noticed_without_help_of_the_system() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read line; kill -SEGV $$"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let process = processes::info(child.id()).unwrap().info.identity;
        let mut ends = Ends::polling();
        assert_eq!(ends.add(process), Ok(ExitMethod::Polling));
        let mut noticed = Vec::new();
        ends.wait(limits::EXIT_POLL_INTERVAL, &mut noticed);
        assert_eq!(noticed, []);
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        while noticed.is_empty() {
            ends.wait(Duration::from_secs(5), &mut noticed);
        }
        let WatchEvent::Ended { status, .. } = &noticed[0] else {
            panic!("{noticed:?}");
        };
        assert!(
            matches!(status, Some(ExitStatus::Signal { number, .. }) if *number == libc::SIGSEGV),
            "{status:?}"
        );
        child.wait().unwrap();
    }

    #[test]
    fn a_later_process_with_the_same_number_is_not_the_one_watched() {
        let us = processes::info(std::process::id()).unwrap().info.identity;
        let earlier = ProcessIdentity {
            started: us.started - 1,
            ..us
        };
        for mut ends in [Ends::polling(), Ends::new()] {
            assert_eq!(ends.add(earlier), Err(AddError::Gone));
            assert!(ends.add(us).is_ok());
        }
        // It is taken anew between two looks.
        let mut polling = Polling::new();
        polling.watched.push(earlier);
        let mut noticed = Vec::new();
        polling.look_if_due(&mut noticed);
        assert!(
            matches!(
                &noticed[..],
                [WatchEvent::Ended {
                    status: Some(ExitStatus::Unknown { .. }),
                    ..
                }]
            ),
            "{noticed:?}"
        );
    }
}
