//! What is observed beside packets: processes and how they end.
//!
//! - A process is told from a later one with the same PID by its start time or
//!   by a held handle, never by the PID alone.
//! - An end is told as soon as it is noticed, with or without its status.
//! - A status that the system does not tell is unknown; it is never guessed,
//!   and least of all guessed to be a clean exit.
//! - Watching takes no status away from a parent: it looks and never reaps.

mod describe;
mod error;
mod exit;
mod finder;
mod pattern;
mod ports;
mod processes;
mod prompt;
mod target;
mod types;
mod watcher;

pub use describe::signal_name;
pub use error::WatchError;
pub use ports::SocketTables;
#[cfg(target_os = "linux")]
pub(crate) use processes::procfs;
pub use processes::{Ports, ProcessDetails, details, list};
pub(crate) use prompt::answer_at_once;
pub use target::{resolve, resolve_in, with_descendants};
pub use types::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, TargetSpec, WatchEvent};
pub use watcher::{WatchOptions, Watcher};
