//! Whether the capture library is there.

#[cfg(not(windows))]
mod linked;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub(super) use linked::ensure_loaded;
#[cfg(windows)]
pub(super) use windows::ensure_loaded;
