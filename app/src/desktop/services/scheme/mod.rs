//! Dark or light, as the desktop says. X11 and Wayland do not tell a window; the
//! desktop's portal does.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod system;

use std::sync::{Arc, Mutex, PoisonError};

use super::Wake;

/// What the desktop prefers.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "elsewhere the window's own library tells")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What the desktop said last.
pub(crate) struct Schemes {
    last: Arc<Mutex<Option<Scheme>>>,
}

impl Schemes {
    /// Begins to listen, on a thread of its own.
    pub(crate) fn watch(wake: Wake) -> Self {
        let last = Arc::new(Mutex::new(None));
        let told = Arc::clone(&last);
        system::watch(move |scheme| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = scheme;
            wake();
        });
        Self { last }
    }

    /// What the desktop prefers; `None` where it prefers nothing or does not tell.
    pub(crate) fn now(&self) -> Option<Scheme> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
