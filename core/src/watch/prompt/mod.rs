//! Threads that are rarely awake, and then must not wait for their turn.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::answer_at_once;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::answer_at_once;
