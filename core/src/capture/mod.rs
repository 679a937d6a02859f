//! Where packets come from: devices, filters and the threads that read them.
//!
//! - A source thread owns its device and its open segment. Per packet it takes
//!   no lock, allocates nothing and makes no system call beyond libpcap's own.
//! - It never waits for the keeper: without an empty segment it drops the
//!   packet and counts it.
//! - It never sits in libpcap: commands are seen within one read timeout.

mod messages;

pub use messages::{AfterCut, Counters, CutId, FromSource, LinkState, SourceCommand, SourceEnd};
