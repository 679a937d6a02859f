//! Listening sockets through the crate listeners, where there is no `/proc`.

use std::collections::BTreeSet;
use std::io;

use listeners::{Listener, Protocol, SocketState};

use super::{Owners, PortTable, SocketTables};

/// The processes that listen on one port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::watch) struct Listening {
    pids: BTreeSet<u32>,
}

impl Listening {
    /// Asks the system.
    ///
    /// # Errors
    /// The system's.
    pub(in crate::watch) fn on(port: u16, _: &SocketTables) -> io::Result<Self> {
        let pids = all()?
            .iter()
            .filter(|listener| waits(listener) && listener.socket.port() == port)
            .map(|listener| listener.process.pid)
            .collect();
        Ok(Self { pids })
    }

    /// Whether this process holds one of the sockets; `None` when it can't be seen.
    pub(in crate::watch) fn is_held_by(&self, pid: u32) -> Option<bool> {
        Some(self.pids.contains(&pid))
    }

    /// Every process that listens there.
    ///
    /// # Errors
    /// None here.
    pub(in crate::watch) fn owners(&self) -> io::Result<Owners> {
        Ok(Owners {
            pids: self.pids.clone(),
            // Windows tells every owner, macOS none of another user's without rights.
            others: cfg!(windows).then_some(false),
        })
    }
}

/// The ports that each of these processes listens on.
///
/// # Errors
/// The system's.
pub(in crate::watch) fn listening_ports(pids: &[u32]) -> io::Result<PortTable> {
    let mut table = PortTable::default();
    for listener in all()?.iter().filter(|listener| waits(listener)) {
        table
            .by_pid
            .entry(listener.process.pid)
            .or_default()
            .insert(listener.socket.port());
    }
    for pid in pids {
        if !table.by_pid.contains_key(pid) {
            table.unseen.insert(*pid);
        }
    }
    Ok(table)
}

fn waits(listener: &Listener) -> bool {
    match listener.protocol {
        Protocol::TCP => listener.state == SocketState::Listen,
        Protocol::UDP => true,
    }
}

fn all() -> io::Result<std::collections::HashSet<Listener>> {
    listeners::get_all().map_err(|error| io::Error::other(error.to_string()))
}
