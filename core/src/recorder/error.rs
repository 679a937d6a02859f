//! Why a recording does not start.

use crate::action::CannotAct;
use crate::capture::{CaptureError, NamespaceError};
use crate::incident::PlaceError;
use crate::measure::Unmeasured;
use crate::recorder::MemoryRefusal;
use crate::ring::MemoryError;
use crate::trigger::packets::PacketError;
use crate::watch::WatchError;

/// Why a recording does not start. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The network namespace.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// A source, its filter, the rights or the library.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The target.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// What a trigger is to measure.
    #[error(transparent)]
    Measure(#[from] Unmeasured),
    /// What a trigger is to look for in packets.
    #[error("look into packets for a trigger: {0}")]
    Packets(#[from] PacketError),
    /// An action that would fail.
    #[error("an action would fail: {0}")]
    Action(#[from] CannotAct),
    /// The incidents folder.
    #[error(transparent)]
    Folder(#[from] PlaceError),
    /// More memory than there is.
    #[error(transparent)]
    Memory(#[from] MemoryRefusal),
    /// The system refused memory although there seemed to be enough.
    #[error(transparent)]
    Allocation(#[from] MemoryError),
    /// Too many interfaces.
    #[error("record from {count} interfaces: at most {most} are possible; choose fewer, or all")]
    TooManySources {
        /// How many were chosen.
        count: usize,
        /// How many are possible.
        most: usize,
    },
    /// No interface is up.
    #[error("record from all interfaces: none is up; bring one up, or name one")]
    NoSources,
    /// The system gives no more threads.
    #[error("start a thread for {what}: {source}; end other programs and try again")]
    Thread {
        /// What the thread is for.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}
