//! What is observed beside packets: processes and how they end.
//!
//! A process is told from a later one with the same PID by its start time or
//! by a held handle, never by the PID alone.

mod types;

pub use types::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, TargetSpec, WatchEvent};
