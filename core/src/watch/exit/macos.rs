//! Ends of processes on macOS: kqueue's EVFILT_PROC (kqueue(2)).
//!
//! NOTE_EXIT is told of any visible process. The status comes with it only
//! where NOTE_EXITSTATUS is allowed: for children, and on newer systems for
//! processes that we may signal.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::kqueue::{
    Event, EventFilter, EventFlags, ProcessEvents, UserDefinedFlags, UserFlags, kevent, kqueue,
};
use rustix::io::Errno;
use rustix::process::Pid;

use super::{AddError, EndSource, Wake, wait};
use crate::clock::{Now, now};
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, WatchEvent, processes};

/// sys/event.h: NOTE_EXITSTATUS and NOTE_PDATAMASK.
const EXIT_STATUS: ProcessEvents = ProcessEvents::from_bits_retain(libc::NOTE_EXITSTATUS);
const STATUS_MASK: i64 = 0xffff;

struct Kqueue {
    queue: Arc<Queue>,
    watched: HashMap<u32, ProcessIdentity>,
}

struct Queue(OwnedFd);

impl Queue {
    /// Hands over one change; takes no event.
    fn change(&self, filter: EventFilter, flags: EventFlags) -> Result<(), Errno> {
        let change = Event::new(filter, flags, std::ptr::null_mut());
        let none: &mut [Event] = &mut [];
        // SAFETY: the filters used here name processes and a number of our own,
        // never a file descriptor that could be closed meanwhile.
        unsafe { kevent(&self.0, &[change], none, Some(Duration::ZERO)) }.map(|_| ())
    }

    fn user(flags: UserFlags) -> EventFilter {
        EventFilter::User {
            ident: 0,
            flags,
            user_flags: UserDefinedFlags::new(0),
        }
    }
}

impl Wake for Queue {
    fn wake(&self) {
        // The filter was added when the queue was made: triggering it can't fail.
        let _ = self.change(Self::user(UserFlags::TRIGGER), EventFlags::empty());
    }
}

/// Opens it.
///
/// # Errors
/// What the system refuses, in words.
pub(super) fn open() -> Result<Box<dyn EndSource>, String> {
    let refused = |error: Errno| format!("kqueue is refused: {error}");
    let queue = Queue(kqueue().map_err(refused)?);
    let add = EventFlags::ADD | EventFlags::CLEAR;
    queue
        .change(Queue::user(UserFlags::NOINPUT), add)
        .map_err(refused)?;
    Ok(Box::new(Kqueue {
        queue: Arc::new(queue),
        watched: HashMap::new(),
    }))
}

impl EndSource for Kqueue {
    fn method(&self) -> ExitMethod {
        ExitMethod::Kqueue
    }

    fn add(&mut self, process: ProcessIdentity) -> Result<(), AddError> {
        let raw = i32::try_from(process.pid).map_err(|_| AddError::Gone)?;
        let pid = Pid::from_raw(raw).ok_or(AddError::Gone)?;
        let watch = |flags| {
            let filter = EventFilter::Proc { pid, flags };
            self.queue
                .change(filter, EventFlags::ADD | EventFlags::ONESHOT)
        };
        let added = match watch(ProcessEvents::EXIT | EXIT_STATUS) {
            Err(Errno::ACCESS | Errno::PERM) => watch(ProcessEvents::EXIT),
            other => other,
        };
        match added {
            Ok(()) => {}
            // It ended, be it reaped or not.
            Err(Errno::SRCH) => return Err(AddError::Gone),
            Err(error) => return Err(AddError::Refused(format!("kqueue is refused: {error}"))),
        }
        // An end from here on is told; one before it left another process or none.
        if !processes::life(process.pid).is_running_since(process.started) {
            let filter = EventFilter::Proc {
                pid,
                flags: ProcessEvents::EXIT,
            };
            // Gone already with the process that it was for.
            let _ = self.queue.change(filter, EventFlags::DELETE);
            return Err(AddError::Gone);
        }
        self.watched.insert(process.pid, process);
        Ok(())
    }

    fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>) {
        let mut ready = Vec::with_capacity(64);
        // SAFETY: no change is handed over, so no file descriptor is named.
        let waited = unsafe {
            kevent(
                &self.queue.0,
                &[],
                spare_capacity(&mut ready),
                Some(timeout),
            )
        };
        let at = now();
        // An error is an interruption by a signal: the caller waits again.
        if waited.is_err() {
            return;
        }
        for event in &ready {
            if let EventFilter::Proc { pid, flags } = event.filter() {
                self.ended(pid, flags, event.data(), at, noticed);
            }
        }
    }

    fn waker(&self) -> Arc<dyn Wake> {
        self.queue.clone()
    }
}

impl Kqueue {
    fn ended(
        &mut self,
        pid: Pid,
        flags: ProcessEvents,
        data: i64,
        at: Now,
        noticed: &mut Vec<WatchEvent>,
    ) {
        let Ok(pid) = u32::try_from(pid.as_raw_nonzero().get()) else {
            return;
        };
        let Some(process) = self.watched.remove(&pid) else {
            return;
        };
        let told = flags
            .contains(EXIT_STATUS)
            .then(|| i32::try_from(data & STATUS_MASK).ok())
            .flatten()
            .map(wait::decode);
        let status = told
            .or_else(|| wait::of_child(pid))
            .unwrap_or_else(|| ExitStatus::Unknown {
                reason: "macOS tells it only to the parent and to those who may signal the process"
                    .to_owned(),
            });
        noticed.push(WatchEvent::Ended {
            process,
            at,
            status: Some(status),
            left: 0,
        });
    }
}

/// Never told to others than the parent.
pub(super) fn status_of_zombie(_process: ProcessIdentity) -> Option<ExitStatus> {
    None
}
