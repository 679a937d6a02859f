//! The ring: segments of finished pcapng packet blocks, the oldest reused first.
//!
//! - A segment has one writer, which appends whole blocks and publishes the
//!   length completed; anybody may read what is published, at any time.
//! - A sealed segment never changes. Its memory is written again only when
//!   nobody else holds it.

mod kept;
#[cfg(all(test, loom))]
mod loom_tests;
mod memory;
mod segment;
mod shadow;

pub use kept::Ring;
pub use memory::{Memory, MemoryError};
pub use segment::{Append, Contents, OpenView, Sealed, SegmentWriter, WeakView};

use serde::{Deserialize, Serialize};

/// A source's number within a recording, from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SourceId(pub u16);
