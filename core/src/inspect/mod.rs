//! Reading incidents and other capture files.
//!
//! - Memory is bounded, whatever a file holds.
//! - A file that breaks gives what could be read, and says where it broke.

mod control;
mod conversations;
mod heads;
#[cfg(test)]
mod heads_tests;
mod info;
mod last;
mod overview;
#[cfg(test)]
mod overview_tests;
#[cfg(test)]
mod tests;
mod timeline;

pub use control::Control;
pub use conversations::{Conversation, PortShare};
pub use heads::{Head, Heads, heads};
pub use info::{Info, info};
pub use last::LastPacket;
pub use overview::{Overview, overview};
pub use timeline::Timeline;

use crate::units::{ByteCount, PacketCount};

/// Packets and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: PacketCount,
    /// Bytes on the wire.
    pub bytes: ByteCount,
}

impl Traffic {
    /// One packet more.
    fn count(&mut self, bytes: ByteCount) {
        self.packets.0 = self.packets.0.saturating_add(1);
        self.bytes = self.bytes.plus(bytes);
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            packets: PacketCount(self.packets.0.saturating_add(other.packets.0)),
            bytes: self.bytes.plus(other.bytes),
        }
    }
}
