//! macOS and Windows: libpcap's read timeout serves, so nothing waits here.

use std::time::Duration;

use pcap::{Active, Capture};

/// Nothing to wake: a source is never longer than one read timeout in libpcap.
#[derive(Clone, Debug)]
pub(in crate::capture) struct Waker;

impl Waker {
    pub(in crate::capture) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(in crate::capture) fn wake(&self) {}
}

/// Returns at once.
#[derive(Debug)]
pub(in crate::capture) struct Waiter;

impl Waiter {
    pub(in crate::capture) fn new(_waker: Waker) -> Self {
        Self
    }

    pub(in crate::capture) fn wait<T>(&self, _packets: Option<T>, _most: Duration) {}
}

/// The handle blocks for one read timeout at most.
pub(in crate::capture) fn unblock(
    capture: Capture<Active>,
) -> Result<Capture<Active>, pcap::Error> {
    Ok(capture)
}

/// Nothing to wait on.
pub(in crate::capture) fn descriptor(_capture: &Capture<Active>) -> Option<()> {
    None
}
