//! macOS and Windows: an open handle waits inside libpcap for one read timeout
//! at most, so only what has no handle waits here.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use pcap::{Active, Capture};

/// Wakes a source that waits without a handle. One that waits in libpcap is
/// never longer there than one read timeout.
#[derive(Clone, Debug)]
pub(in crate::capture) struct Waker {
    sender: Sender<()>,
    woken: Receiver<()>,
}

impl Waker {
    pub(in crate::capture) fn new() -> std::io::Result<Self> {
        let (sender, woken) = bounded(1);
        Ok(Self { sender, woken })
    }

    pub(in crate::capture) fn wake(&self) {
        // Full means that it is woken already.
        let _ = self.sender.try_send(());
    }
}

/// Waits for a waker.
#[derive(Debug)]
pub(in crate::capture) struct Waiter {
    waker: Waker,
}

/// Says that a handle is there, which waits by itself.
#[derive(Clone, Copy, Debug)]
pub(in crate::capture) struct WaitsItself;

impl Waiter {
    pub(in crate::capture) fn new(waker: Waker) -> Self {
        Self { waker }
    }

    /// Waits until the waker was used or the time is over; with a handle not at all.
    pub(in crate::capture) fn wait(&self, handle: Option<WaitsItself>, most: Duration) {
        if handle.is_none() {
            // A timeout is the other way to end.
            let _ = self.waker.woken.recv_timeout(most);
        }
    }
}

/// The handle blocks for one read timeout at most.
pub(in crate::capture) fn unblock(
    capture: Capture<Active>,
) -> Result<Capture<Active>, pcap::Error> {
    Ok(capture)
}

/// An open handle waits by itself.
pub(in crate::capture) fn descriptor(_capture: &Capture<Active>) -> Option<WaitsItself> {
    Some(WaitsItself)
}
