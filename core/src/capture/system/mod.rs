//! What the system itself knows of an interface, whether or not it is open:
//! one file per system.

#[cfg(windows)]
mod adapters;
#[cfg(unix)]
mod addresses;
#[cfg(unix)]
mod flags;
#[cfg(all(unix, not(target_os = "linux")))]
mod media;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod this;
#[cfg(windows)]
#[path = "windows.rs"]
mod this;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "other.rs"]
mod this;

use std::collections::HashMap;
use std::io;

use super::glance::{Counted, Glance};
use crate::units::{ByteCount, PacketCount};

/// What the system counted on an interface since it came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SystemCounters {
    /// Packets received and sent.
    pub(super) packets: PacketCount,
    /// Bytes of these.
    pub(super) bytes: ByteCount,
    /// Packets that the interface or its driver dropped, where it is told.
    pub(super) drops: Option<PacketCount>,
}

impl SystemCounters {
    /// As a capture would see it: what the loopback sends is what it receives,
    /// and recorded once.
    pub(super) fn seen(self, loopback: bool) -> Counted {
        let copies = if loopback { 2 } else { 1 };
        Counted {
            packets: PacketCount(self.packets.0 / copies),
            bytes: ByteCount(self.bytes.0 / copies),
        }
    }
}

/// The network interfaces in any order, and what all of them are as one.
pub(super) fn list() -> io::Result<Vec<Glance>> {
    this::list()
}

/// The counters of the named interfaces; one that is not told of is missing.
pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    this::counters(names)
}

/// Whether an interface is up and its link is, where the system tells.
pub(super) fn is_up(name: &str) -> Option<bool> {
    this::is_up(name)
}

/// Whether a device of libpcap's list is a network interface that can be
/// opened just to look: opening a USB or netfilter monitor is not harmless.
pub(super) fn may_be_tried(name: &str) -> bool {
    this::may_be_tried(name)
}
