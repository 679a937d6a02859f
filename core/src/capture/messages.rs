//! What source threads and the keeper say to each other.

use serde::{Deserialize, Serialize};

use crate::clock::{Monotonic, Now};
use crate::pcapng::{InterfaceDescription, InterfaceId};
use crate::ring::{OpenView, Sealed, SourceId};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// Tells one cut from the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CutId(pub u32);

/// What a source does with packets after the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCut {
    /// They go into the next ring.
    Continue,
    /// They are not wanted: the source ends.
    Stop,
}

/// From the keeper to a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCommand {
    /// Deliver what the kernel got up to `at`, then seal. The cut is reached when a packet later
    /// than `at` has been seen; or when `not_before` has passed, one more read
    /// came back empty; or when `not_after` has passed.
    Cut {
        /// Returned with [`FromSource::Cut`].
        id: CutId,
        /// The moment of the cut on packets' clock.
        at: Timestamp,
        /// The cut's moment plus one read timeout, on the monotonic clock: an
        /// empty read before it proves nothing.
        not_before: Monotonic,
        /// When the source seals in any case.
        not_after: Monotonic,
        /// What follows.
        then: AfterCut,
    },
    /// Seal at once and end; the segment goes to the keeper.
    Stop,
}

/// From a source to the keeper.
#[derive(Debug)]
pub enum FromSource {
    /// The device is open (again). Comes before any packet under this description.
    Opened {
        /// Which source.
        source: SourceId,
        /// The id its packets carry from now on.
        interface: InterfaceId,
        /// What the file says of the interface.
        description: InterfaceDescription,
        /// When.
        at: Now,
    },
    /// The source took an empty segment to write in; the view reads it meanwhile.
    Took {
        /// Which source.
        source: SourceId,
        /// Reads what is published.
        view: OpenView,
    },
    /// A segment is full.
    Full {
        /// Which source.
        source: SourceId,
        /// The segment.
        segment: Sealed,
    },
    /// The cut is reached.
    Cut {
        /// Which source.
        source: SourceId,
        /// Which cut.
        id: CutId,
        /// What was in the open segment; may hold no packet.
        segment: Option<Sealed>,
    },
    /// The link changed.
    Link {
        /// Which source.
        source: SourceId,
        /// To what.
        state: LinkState,
        /// When.
        at: Now,
    },
    /// The thread has ended and its open segment is handed over.
    Ended {
        /// Which source.
        source: SourceId,
        /// The last open segment.
        segment: Option<Sealed>,
        /// Why.
        end: SourceEnd,
    },
}

/// Whether a device gives packets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LinkState {
    /// Open and up.
    Up,
    /// Open, but the interface is down; it resumes by itself.
    Down,
    /// The device is gone; the source tries to open it again.
    Gone {
        /// What the system said.
        reason: String,
    },
}

/// Why a source thread ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceEnd {
    /// It was told to.
    Stopped,
    /// The capture file is at its end.
    EndOfFile,
    /// It cannot go on; the sentence says why.
    Failed(String),
    /// The thread panicked; its open segment is what was published before.
    Panicked(String),
}

/// Sums of a source since the recording began. A number that is not known is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Packets written into segments.
    pub packets: PacketCount,
    /// Bytes of these packets on the wire.
    pub wire_bytes: ByteCount,
    /// Packets that the kernel dropped because its buffer was full (ps_drop).
    pub kernel_drops: Option<PacketCount>,
    /// Packets that the interface or its driver dropped.
    pub interface_drops: Option<PacketCount>,
    /// Packets that the source dropped because no empty segment was there.
    pub ring_drops: PacketCount,
    /// Packets that the kernel saw before the filter or after it, as the
    /// system counts (ps_recv).
    pub received: Option<PacketCount>,
}

impl Counters {
    /// Packets known to be lost, whatever lost them.
    #[must_use]
    pub fn lost(&self) -> PacketCount {
        PacketCount(
            self.ring_drops.0
                + self.kernel_drops.map_or(0, |count| count.0)
                + self.interface_drops.map_or(0, |count| count.0),
        )
    }
}
