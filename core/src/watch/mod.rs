//! What is observed beside packets: processes and how they end.
//!
//! A process is told from a later one with the same PID by its start time or
//! by a held handle, never by the PID alone.

mod types;

pub use types::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, TargetSpec, WatchEvent};

/// stub
#[derive(Debug)]
pub struct Watcher;
/// stub
#[derive(Debug)]
pub struct WatchOptions {
    /// w
    pub wait: bool,
    /// f
    pub follow: bool,
}
/// stub
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct WatchError;
impl Watcher {
    /// s
    pub fn start(
        _s: TargetSpec,
        _o: WatchOptions,
        _e: crossbeam_channel::Sender<WatchEvent>,
    ) -> Result<Self, WatchError> {
        Ok(Self)
    }
}
