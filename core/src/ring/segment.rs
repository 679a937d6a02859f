//! One segment: one writer, any number of readers of what is published.
//!
//! Invariants, on which the `unsafe` blocks below rely:
//! 1. Bytes below `published` are never written while the segment is shared.
//! 2. Only the one [`SegmentWriter`] writes, and only at or above `published`.
//! 3. `published` is stored with release after the bytes below it are written,
//!    and loaded with acquire before they are read.
//! 4. A segment becomes writable from its start again only through
//!    [`Sealed::recycle`], which proves that nobody else holds it.

use std::fmt;

#[cfg(loom)]
use loom::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
#[cfg(not(loom))]
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::memory::{Memory, MemoryError};
use super::shadow::Shadow;
use crate::pcapng::{self, InterfaceId, Resolution};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// What writer and readers share.
struct Shared {
    /// Keeps the memory alive that `start` points into.
    memory: Memory,
    start: *mut u8,
    published: AtomicUsize,
    shadow: Shadow,
}

// SAFETY: `start` points into `memory`, which moves with the value; invariants
// 1 to 3 keep concurrent reads and writes apart.
unsafe impl Send for Shared {}
// SAFETY: as above: shared readers see published bytes only, which nobody writes.
unsafe impl Sync for Shared {}

impl Shared {
    fn published(&self) -> &[u8] {
        let length = self.published.load(Ordering::Acquire);
        self.shadow.read(0..length);
        // SAFETY: `length` bytes from `start` lie within `memory` (the writer
        // never publishes more) and are never written while shared (1, 3).
        unsafe { std::slice::from_raw_parts(self.start, length) }
    }
}

/// What a segment holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Packets.
    pub packets: PacketCount,
    /// Bytes of pcapng blocks.
    pub bytes: ByteCount,
    /// The earliest timestamp; meaningless without packets.
    pub earliest: Timestamp,
    /// The latest timestamp; meaningless without packets.
    pub latest: Timestamp,
    /// Some packet is earlier than one that arrived before it.
    pub out_of_order: bool,
}

impl Contents {
    fn count(&mut self, at: Timestamp, written: usize) {
        if self.packets.0 == 0 {
            self.earliest = at;
            self.latest = at;
        }
        self.out_of_order |= at < self.latest;
        self.earliest = self.earliest.min(at);
        self.latest = self.latest.max(at);
        self.packets.0 += 1;
        self.bytes.0 += written as u64;
    }
}

/// What came of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    /// The packet is in the segment and published.
    Done,
    /// The packet does not fit any more: seal this segment and take another.
    Full,
}

/// The one writer of a segment.
pub struct SegmentWriter {
    shared: Arc<Shared>,
    contents: Contents,
}

/// A reader of a segment that is still being written.
#[derive(Clone)]
pub struct OpenView {
    shared: Arc<Shared>,
}

/// Remembers a segment without holding it: it may be reused meanwhile, and is
/// not seen any more then.
#[derive(Clone)]
pub struct WeakView {
    shared: weak::Weak<Shared>,
}

/// References that hold nothing. loom has none: there they hold, and its tests
/// use none.
mod weak {
    use super::Arc;

    #[cfg(not(loom))]
    pub(super) type Weak<T> = std::sync::Weak<T>;
    #[cfg(loom)]
    pub(super) type Weak<T> = Arc<T>;

    #[cfg(not(loom))]
    pub(super) fn of<T>(shared: &Arc<T>) -> Weak<T> {
        Arc::downgrade(shared)
    }
    #[cfg(loom)]
    pub(super) fn of<T>(shared: &Arc<T>) -> Weak<T> {
        Arc::clone(shared)
    }

    #[cfg(not(loom))]
    pub(super) fn seen<T>(weak: &Weak<T>) -> Option<Arc<T>> {
        weak.upgrade()
    }
    #[cfg(loom)]
    pub(super) fn seen<T>(weak: &Weak<T>) -> Option<Arc<T>> {
        Some(Arc::clone(weak))
    }
}

/// A segment that nobody writes any more. Clones share it.
#[derive(Clone)]
pub struct Sealed {
    shared: Arc<Shared>,
    contents: Contents,
}

impl SegmentWriter {
    /// A new, empty segment of `length` bytes, its memory already touched.
    ///
    /// # Errors
    /// The system has no such memory.
    pub fn allocate(length: usize) -> Result<Self, MemoryError> {
        let mut memory = Memory::touched(length)?;
        let start = memory.start();
        Ok(Self {
            shared: Arc::new(Shared {
                memory,
                start,
                published: AtomicUsize::new(0),
                shadow: Shadow::new(length),
            }),
            contents: Contents::default(),
        })
    }

    /// Appends one packet as an Enhanced Packet Block and publishes it.
    ///
    /// `at` is the packet's time, stored in ticks of `resolution`; `original`
    /// is its length on the wire.
    pub fn append(
        &mut self,
        interface: InterfaceId,
        resolution: Resolution,
        at: Timestamp,
        captured: &[u8],
        original: u32,
    ) -> Append {
        let used = self.contents.bytes.as_usize();
        // SAFETY: `used` is what this one writer published last, so the bytes
        // from there to the end of `memory` are read by nobody (1, 2), and
        // `&mut self` makes this the only slice over them.
        let free = unsafe {
            std::slice::from_raw_parts_mut(
                self.shared.start.add(used),
                self.shared.memory.length() - used,
            )
        };
        let ticks = resolution.ticks(at);
        let Some(written) =
            pcapng::write_enhanced_packet(free, interface, ticks, captured, original)
        else {
            return Append::Full;
        };
        self.contents.count(at, written);
        self.shared.shadow.wrote(used..used + written);
        self.shared
            .published
            .store(used + written, Ordering::Release);
        Append::Done
    }

    /// What has been appended so far.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// Bytes that the segment can hold.
    #[must_use]
    pub fn capacity(&self) -> ByteCount {
        ByteCount(self.shared.memory.length() as u64)
    }

    /// A reader that sees what is published, now and later.
    #[must_use]
    pub fn view(&self) -> OpenView {
        OpenView {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Ends writing.
    #[must_use]
    pub fn seal(self) -> Sealed {
        Sealed {
            shared: self.shared,
            contents: self.contents,
        }
    }
}

impl OpenView {
    /// The blocks published so far: whole Enhanced Packet Blocks, one after another.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.shared.published()
    }

    /// Remembers the segment without keeping it from being reused.
    #[must_use]
    pub fn remember(&self) -> WeakView {
        WeakView {
            shared: weak::of(&self.shared),
        }
    }

    /// What is published by now, as a segment of its own that later packets
    /// do not join. It shares the memory.
    ///
    /// `contents` is what an earlier look at this view gave, or nothing; only
    /// what came since is walked through. `resolution` tells the ticks of an interface.
    #[must_use]
    pub fn so_far(
        &self,
        contents: Contents,
        resolution: impl Fn(InterfaceId) -> Resolution,
    ) -> Sealed {
        let mut contents = contents;
        let fresh = self.bytes().get(contents.bytes.as_usize()..);
        for block in pcapng::blocks(fresh.unwrap_or_default()) {
            let at = resolution(block.interface).timestamp(block.ticks);
            contents.count(at, block.bytes.len());
        }
        Sealed {
            shared: Arc::clone(&self.shared),
            contents,
        }
    }
}

impl WeakView {
    /// Holds the segment, and keeps it from being reused until that is dropped.
    /// `None` when it was reused.
    #[must_use]
    pub fn hold(&self) -> Option<OpenView> {
        weak::seen(&self.shared).map(|shared| OpenView { shared })
    }
}

impl Sealed {
    /// The blocks: whole Enhanced Packet Blocks, one after another.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let published = self.shared.published();
        published
            .get(..self.contents.bytes.as_usize())
            .unwrap_or(published)
    }

    /// What it holds.
    #[must_use]
    pub fn contents(&self) -> Contents {
        self.contents
    }

    /// Makes the memory writable from its start again.
    ///
    /// # Errors
    /// Gives the segment back while somebody else still reads it.
    pub fn recycle(self) -> Result<SegmentWriter, Self> {
        let contents = self.contents;
        match Arc::try_unwrap(self.shared) {
            Ok(shared) => {
                // Nobody else holds it (4), so a plain new start is safe.
                shared.published.store(0, Ordering::Relaxed);
                Ok(SegmentWriter {
                    shared: Arc::new(shared),
                    contents: Contents::default(),
                })
            }
            Err(shared) => Err(Self { shared, contents }),
        }
    }
}

impl fmt::Debug for SegmentWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentWriter")
            .field("contents", &self.contents)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenView")
            .field("published", &self.bytes().len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WeakView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakView").finish_non_exhaustive()
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("contents", &self.contents)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_remembered_is_reused_and_gone_then() {
        let writer = SegmentWriter::allocate(4096).unwrap();
        let remembered = writer.view().remember();
        let sealed = writer.seal();
        let held = remembered.hold().unwrap();
        let sealed = sealed.recycle().unwrap_err();
        drop(held);
        let reused = sealed.recycle().unwrap();
        assert!(remembered.hold().is_none());
        drop(reused);
    }
}
