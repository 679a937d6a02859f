//! What is seen of the target's processes and sockets now, and what was seen last
//! of those that are gone.

use std::path::PathBuf;

use super::system;
use crate::capture::Network;
use crate::units::Timestamp;
use crate::watch::ProcessIdentity;

/// Processes told of each by itself.
pub(super) const PROCESSES_MAX: usize = 8;

/// What was seen of the target while it lived. Taken again and again while a
/// recording runs, by whoever can spare the time: never by the keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen {
    /// When.
    pub at: Timestamp,
    /// Its processes, the first few.
    pub processes: Vec<SeenProcess>,
    /// Its sockets as a table, where they were asked for and could be seen.
    pub sockets: Option<String>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenProcess {
    /// Which one.
    pub identity: ProcessIdentity,
    /// Its details as a text.
    pub text: String,
    /// Where it ran, which is where it may dump its core.
    pub folder: Option<PathBuf>,
}

impl LastSeen {
    /// Looks at processes that live, and at their sockets too if asked: that takes
    /// a fifth of a millisecond a process, and some milliseconds for each thousand
    /// sockets of the host. Processes that are gone keep what `before` has of them.
    #[must_use]
    pub fn take(
        targets: &[ProcessIdentity],
        with_sockets: bool,
        at: Timestamp,
        before: Option<&Self>,
    ) -> Self {
        let mut processes: Vec<SeenProcess> = targets
            .iter()
            .take(PROCESSES_MAX)
            .filter_map(|identity| process_now(*identity, at).ok())
            .collect();
        let mut sockets = None;
        if with_sockets {
            sockets = sockets_of_target(targets, at).and_then(Result::ok);
        }
        if let Some(before) = before {
            let gone = before.processes.iter().filter(|process| {
                !processes
                    .iter()
                    .any(|other| other.identity == process.identity)
            });
            let gone: Vec<_> = gone.cloned().collect();
            processes.extend(gone);
            // Those of a restarted target push out those of its predecessors.
            processes.truncate(PROCESSES_MAX);
            if with_sockets && sockets.is_none() {
                sockets.clone_from(&before.sockets);
            }
        }
        Self {
            at,
            processes,
            sockets,
        }
    }

    /// What was seen of a process.
    #[must_use]
    pub fn process(&self, identity: ProcessIdentity) -> Option<&SeenProcess> {
        self.processes
            .iter()
            .find(|process| process.identity == identity)
    }
}

/// Sockets as a table.
pub(super) struct SocketsNow {
    /// Whether they are the target's alone; else they are the whole host's.
    pub(super) of_target: bool,
    pub(super) table: Result<String, String>,
}

/// The sockets of those processes that live, else all of the network that is recorded.
pub(super) fn sockets_now(
    targets: &[ProcessIdentity],
    at: Timestamp,
    network: &Network,
) -> SocketsNow {
    if let Some(table) = sockets_of_target(targets, at) {
        return SocketsNow {
            of_target: true,
            table,
        };
    }
    let whose = if network.is_elsewhere() {
        "the recorded network namespace"
    } else {
        "this host"
    };
    let table = network.run(system::sockets_of_host).map(|table| {
        format!(
            "Sockets of {whose}: no process of the target is there any more, or its sockets \
             cannot be seen by this user, at {at}\n\n{table}"
        )
    });
    SocketsNow {
        of_target: false,
        table,
    }
}

fn sockets_of_target(targets: &[ProcessIdentity], at: Timestamp) -> Option<Result<String, String>> {
    let table = system::sockets(targets)?;
    Some(table.map(|table| format!("Sockets of the target, at {at}\n\n{table}")))
}

/// A process that lives, or a clause that says why it cannot be seen.
pub(super) fn process_now(identity: ProcessIdentity, at: Timestamp) -> Result<SeenProcess, String> {
    let details = system::process(identity)?;
    Ok(SeenProcess {
        identity,
        text: format!("pid {}, at {at}\n{}", identity.pid, details.text),
        folder: details.folder,
    })
}
