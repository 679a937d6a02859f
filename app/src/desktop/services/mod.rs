//! What reaches outside the window: the recorder, lists, files, dialogs. No
//! egui type stands here; what takes time runs on a thread of its own and wakes
//! the window through a closure.

#[cfg(target_os = "linux")]
mod bus;
pub(crate) mod dialogs;
pub(crate) mod files;
pub(crate) mod incidents;
pub(crate) mod launch;
mod lists;
mod notify;
pub(crate) mod recorder;
mod rights;
pub(crate) mod scheme;
pub(crate) mod store;
mod trial;

pub(crate) use lists::{Ask, Lists, Looked};
pub(crate) use notify::Notifier;
pub(crate) use rights::{Always, rights};
#[cfg(target_os = "linux")]
pub(crate) use rights::{can_ask, grant_command};
pub(crate) use trial::Trial;

use std::sync::Arc;

/// Wakes the window from any thread.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;
