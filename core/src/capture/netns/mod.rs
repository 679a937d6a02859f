//! Capturing in another network namespace than that of this program
//! (network_namespaces(7), setns(2)).
//!
//! - A namespace is entered by one thread, which never leaves it: no other thread
//!   is ever in the wrong one, and nothing has to succeed for it to come back.
//! - What is to happen inside is run by that thread. What it opens belongs to the
//!   namespace, and so do the threads that it starts; both are used from outside
//!   like any others.
//! - The namespace lives as long as something holds it, whatever becomes of the
//!   process by which it was found.

mod choice;
mod error;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

pub use choice::{NetworkNamespace, NoNamespace};
pub use error::NamespaceError;
#[cfg(target_os = "linux")]
use linux::Inside;
#[cfg(not(target_os = "linux"))]
use other::Inside;

/// The network that is looked at: the one that this program lives in, or a
/// namespace that was entered. It is left when the last copy is dropped.
#[derive(Clone, Debug, Default)]
pub struct Network {
    inside: Option<Arc<Inside>>,
}

impl Network {
    /// This program's.
    pub const HERE: Self = Self { inside: None };

    /// Enters a namespace; without one, the network is this program's.
    ///
    /// # Errors
    /// [`NamespaceError`]: nothing has changed then.
    pub fn enter(namespace: Option<&NetworkNamespace>) -> Result<Self, NamespaceError> {
        let inside = namespace.map(Inside::enter).transpose()?;
        Ok(Self {
            inside: inside.map(Arc::new),
        })
    }

    /// Runs a job in this network and waits for it: on the thread that entered the
    /// namespace, else here. Its panic is a panic here.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        match &self.inside {
            None => job(),
            Some(inside) => inside.run(job),
        }
    }

    /// Whether it is a namespace that was entered.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.inside.is_some()
    }

    /// The folder with this network's tables of sockets, where it is not that of
    /// whoever looks: it is there for as long as this is.
    #[must_use]
    pub fn tables(&self) -> Option<PathBuf> {
        self.inside.as_ref().map(|inside| inside.tables())
    }
}
