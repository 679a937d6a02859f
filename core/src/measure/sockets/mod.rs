//! TCP sockets: how many are in which state, and how many connections wait to be
//! accepted.
//!
//! - Sockets are those of our own network namespace. A target that lives in
//!   another one is refused, never counted as none.
//! - A socket belongs to the target when one of its processes holds it, or when
//!   nobody holds it and its local port is one that the target listens on.
//!   Nobody holds what the system has taken over (TIME_WAIT, LAST_ACK) and what
//!   was not accepted yet (SYN_RECV, and a connection that waits in the accept
//!   queue in whatever state). Without the second half a server that hangs would
//!   be said to have none of the connections that it does not take. A connection
//!   that the target itself made elsewhere and closed belongs to nobody.
//! - One look asks the system once, however many sockets there are; nothing
//!   here waits for another program.

mod count;
mod queue;
mod states;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod none;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use none as system;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use count::SocketCount;
pub(in crate::measure) use count::sockets_of;
pub use queue::AcceptQueue;
pub(in crate::measure) use queue::accept_queue_of;
pub use states::{SocketState, SocketStates, UnknownState};

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Unmeasured;
use crate::clock::Monotonic;
use crate::watch::ProcessIdentity;

/// Whose sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketScope {
    /// The target's.
    Target,
    /// Those whose local port is this one.
    Port(u16),
    /// All of this host: of this network namespace, on Linux.
    Host,
}

impl SocketScope {
    /// "router_runner", "local port 9973", "this host".
    fn named(self, target: &str) -> String {
        match self {
            Self::Target => target.to_owned(),
            Self::Port(port) => format!("local port {port}"),
            Self::Host => "this host".to_owned(),
        }
    }
}

/// What a probe asks for at each look.
#[derive(Clone, Debug)]
struct Query {
    /// In words, for what is refused.
    what: String,
    /// The states.
    states: SocketStates,
    /// Whose.
    scope: SocketScope,
}

impl Query {
    fn refused(&self, reason: impl Into<String>, remedy: impl Into<String>) -> Unmeasured {
        Unmeasured::Refused {
            what: self.what.clone(),
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}

/// One socket that a query asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    state: SocketState,
    local: IpAddr,
    local_port: u16,
    peer: IpAddr,
    /// Whether a process holds it; `false` only where that is certain.
    held: bool,
    /// Of a listening socket: connections that wait to be accepted, and how
    /// many may. Zero where the system does not tell.
    waiting: u32,
    waiting_max: u32,
}

/// What the system answers a query with.
trait Table: Send {
    /// Hands over each socket that was asked for, and says of how many more it
    /// is not known yet whether they belong to the target.
    ///
    /// # Errors
    /// [`Unmeasured`].
    fn look(
        &mut self,
        targets: &[ProcessIdentity],
        at: Monotonic,
        each: &mut dyn FnMut(&Seen),
    ) -> Result<usize, Unmeasured>;
}

/// Opens the table for a query.
///
/// # Errors
/// [`Unmeasured::Refused`] for what makes no sense or what this system does not tell.
fn open(query: Query) -> Result<Box<dyn Table>, Unmeasured> {
    if query.states.is_empty() {
        return Err(query.refused("no state is named", "name one, CLOSE_WAIT for example"));
    }
    if query.scope == SocketScope::Port(0) {
        return Err(query.refused("0 is no port", "name one from 1 to 65535"));
    }
    system::open(query)
}
