//! What the recorder asks of the system for itself, per system.
//!
//! It never lowers the protection of another process: where memory runs out,
//! the recorder is to be ended before its target.

#[cfg(target_os = "linux")]
mod asker;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use asker::{AskerError, become_asker};
#[cfg(target_os = "linux")]
pub(super) use linux::{allow_many_files, drop_capabilities, prefer_as_victim};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{allow_many_files, drop_capabilities, prefer_as_victim};
