//! What a user chooses to have measured.

use super::sockets::{accept_queue_of, sockets_of};
use super::state::stuck_of;
use super::usage::usage_of;
use super::{
    AcceptQueue, Combine, Probe, ProcessCount, Resource, SocketCount, SocketScope, SocketStates,
    Stuck, StuckIn, Unmeasured, Usage,
};

/// Something that a probe measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeChoice {
    /// TCP sockets in some states.
    Sockets {
        /// The states.
        states: SocketStates,
        /// Whose.
        scope: SocketScope,
    },
    /// Connections that wait to be accepted.
    AcceptQueue {
        /// At whose listening sockets.
        scope: SocketScope,
    },
    /// What the target's processes use.
    Usage {
        /// Of what.
        resource: Resource,
        /// How several processes make one number.
        combine: Combine,
    },
    /// Whether a process of the target is stuck: 1 or 0.
    Stuck(StuckIn),
    /// How many processes the target is.
    Processes,
}

impl ProbeChoice {
    /// Opens the probe; `target` is how the target is called in sentences.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] for what this system does not tell.
    pub fn open(&self, target: &str) -> Result<Box<dyn Probe>, Unmeasured> {
        Ok(match self {
            Self::Sockets { states, scope } => Box::new(SocketCount::new(*states, *scope, target)?),
            Self::AcceptQueue { scope } => Box::new(AcceptQueue::new(*scope, target)?),
            Self::Usage { resource, combine } => Box::new(Usage::new(*resource, *combine, target)?),
            Self::Stuck(stuck_in) => Box::new(Stuck::new(*stuck_in, target)?),
            Self::Processes => Box::new(ProcessCount::new(target)),
        })
    }

    /// What is measured, in words: "TCP sockets in CLOSE_WAIT of router_runner".
    #[must_use]
    pub fn what(&self, target: &str) -> String {
        match self {
            Self::Sockets { states, scope } => sockets_of(*states, *scope, target),
            Self::AcceptQueue { scope } => accept_queue_of(*scope, target),
            Self::Usage { resource, combine } => usage_of(*resource, *combine, target),
            Self::Stuck(stuck_in) => stuck_of(*stuck_in, target),
            Self::Processes => format!("processes of {target}"),
        }
    }

    /// Whether it looks at the target's processes, and so needs a target.
    #[must_use]
    pub fn needs_target(&self) -> bool {
        match self {
            Self::Sockets { scope, .. } | Self::AcceptQueue { scope } => {
                *scope == SocketScope::Target
            }
            Self::Usage { .. } | Self::Stuck(_) | Self::Processes => true,
        }
    }
}
