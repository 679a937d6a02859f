//! Long reading, watched and called off from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::units::ByteCount;

/// Shared by who reads and who waits for it; a clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    called_off: AtomicBool,
    done: AtomicU64,
}

impl Control {
    /// Ends the reading at the next block.
    pub fn call_off(&self) {
        self.0.called_off.store(true, Relaxed);
    }

    /// Whether it was called off.
    #[must_use]
    pub fn is_called_off(&self) -> bool {
        self.0.called_off.load(Relaxed)
    }

    /// Bytes of the file read so far.
    #[must_use]
    pub fn done(&self) -> ByteCount {
        ByteCount(self.0.done.load(Relaxed))
    }

    pub(super) fn set_done(&self, done: ByteCount) {
        self.0.done.store(done.0, Relaxed);
    }
}
