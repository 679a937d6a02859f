//! Whether this user may capture, as far as that can be known before Start, and
//! what gives the right for good.

mod always;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "macos.rs"]
mod system;

pub(crate) use always::Always;
pub(crate) use system::rights;
#[cfg(target_os = "linux")]
pub(crate) use system::{can_ask, grant_command};
