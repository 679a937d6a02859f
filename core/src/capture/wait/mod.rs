//! Waiting for packets, and being woken for a command, per system.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{Waiter, Waker, descriptor, unblock};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{Waiter, Waker, descriptor, unblock};
