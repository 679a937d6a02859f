//! Whether this user may capture, as far as that can be known before Start.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::rights;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::rights;
