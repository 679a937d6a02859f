//! Where the sockets of recorders lie, per system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{Socket, list, own, private};
#[cfg(windows)]
pub(super) use windows::{Socket, list, own, private};
