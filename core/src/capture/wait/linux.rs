//! Linux: the handle does not block; its descriptor is polled with an eventfd.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use pcap::{Active, Capture};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

/// Wakes the source that waits.
#[derive(Clone, Debug)]
pub(in crate::capture) struct Waker {
    event: Arc<OwnedFd>,
}

impl Waker {
    pub(in crate::capture) fn new() -> std::io::Result<Self> {
        let event = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self {
            event: Arc::new(event),
        })
    }

    pub(in crate::capture) fn wake(&self) {
        // A full counter has woken already.
        let _ = rustix::io::write(&*self.event, &1_u64.to_ne_bytes());
    }
}

/// Waits on a waker and on a descriptor.
#[derive(Debug)]
pub(in crate::capture) struct Waiter {
    waker: Waker,
}

impl Waiter {
    pub(in crate::capture) fn new(waker: Waker) -> Self {
        Self { waker }
    }

    /// Waits until packets are there, the waker was used, or the time is over.
    pub(in crate::capture) fn wait(&self, packets: Option<BorrowedFd<'_>>, most: Duration) {
        let event = self.waker.event.as_fd();
        let mut fds = vec![PollFd::new(&event, PollFlags::IN)];
        if let Some(packets) = &packets {
            fds.push(PollFd::new(packets, PollFlags::IN));
        }
        let most = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(most.subsec_nanos()),
        };
        // An interrupted poll is an early end of the wait.
        let _ = poll(&mut fds, Some(&most));
        let mut counter = [0; 8];
        let _ = rustix::io::read(event, &mut counter);
    }
}

/// Makes a handle return at once when nothing is there.
pub(in crate::capture) fn unblock(
    capture: Capture<Active>,
) -> Result<Capture<Active>, pcap::Error> {
    capture.setnonblock()
}

/// The descriptor that becomes readable with the handle's packets.
pub(in crate::capture) fn descriptor(capture: &Capture<Active>) -> Option<BorrowedFd<'_>> {
    let fd = capture.as_raw_fd();
    // SAFETY: the descriptor belongs to the handle, which the result borrows.
    (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
}
