//! Where the sockets of this user's recorders lie, per system.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::{list, name, prepare, remove};
#[cfg(windows)]
pub(super) use windows::{list, name, prepare, remove};

#[cfg(unix)]
pub(super) use unix::private;
#[cfg(windows)]
pub(super) use windows::private;
