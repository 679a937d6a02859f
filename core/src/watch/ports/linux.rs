//! Listening sockets on Linux: `{tcp,tcp6,udp,udp6}` in a folder of procfs that is
//! called `net` name their inodes to everybody; `/proc/PID/fd` says to those with ptrace access who holds them.
//!
//! One socket has several owners where a master opened it and forked workers,
//! so every holder counts.

use std::collections::{BTreeSet, HashMap};
use std::io;

use super::{Owners, PortTable, SocketTables};
use crate::watch::processes;

/// The tables, with the state that means "waits for peers": TCP_LISTEN, and for
/// UDP TCP_CLOSE, which is a socket that is bound and not connected.
const TABLES: [(&str, &str); 4] = [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")];

/// The sockets that listen on one port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::watch) struct Listening {
    inodes: BTreeSet<u64>,
}

impl Listening {
    /// Reads the tables.
    ///
    /// # Errors
    /// The system's, when not one table can be read.
    pub(in crate::watch) fn on(port: u16, tables: &SocketTables) -> io::Result<Self> {
        Ok(Self {
            inodes: sockets(tables)?
                .into_iter()
                .filter(|(_, listening)| *listening == port)
                .map(|(inode, _)| inode)
                .collect(),
        })
    }

    /// Whether this process holds one of the sockets; `None` when it can't be seen.
    pub(in crate::watch) fn is_held_by(&self, pid: u32) -> Option<bool> {
        let held = socket_inodes(pid)?;
        Some(held.iter().any(|inode| self.inodes.contains(inode)))
    }

    /// Every process that holds one of the sockets.
    ///
    /// # Errors
    /// The system's, when processes cannot be listed.
    pub(in crate::watch) fn owners(&self) -> io::Result<Owners> {
        if self.inodes.is_empty() {
            return Ok(Owners {
                others: Some(false),
                ..Owners::default()
            });
        }
        let pids = processes::pids().map_err(|error| io::Error::other(error.to_string()))?;
        let mut owners = Owners::default();
        let mut held = BTreeSet::new();
        for pid in pids {
            let Some(inodes) = socket_inodes(pid) else {
                continue;
            };
            for inode in inodes.iter().filter(|inode| self.inodes.contains(inode)) {
                held.insert(*inode);
                owners.pids.insert(pid);
            }
        }
        owners.others = Some(held != self.inodes);
        Ok(owners)
    }
}

/// The ports that each of these processes listens on.
///
/// # Errors
/// The system's, when not one table can be read.
pub(in crate::watch) fn listening_ports(pids: &[u32]) -> io::Result<PortTable> {
    let ports: HashMap<u64, u16> = sockets(&SocketTables::default())?.into_iter().collect();
    let mut table = PortTable::default();
    for pid in pids {
        match socket_inodes(*pid) {
            None => {
                table.unseen.insert(*pid);
            }
            Some(inodes) => {
                let listens: BTreeSet<u16> = inodes
                    .iter()
                    .filter_map(|inode| ports.get(inode).copied())
                    .collect();
                table.by_pid.insert(*pid, listens);
            }
        }
    }
    Ok(table)
}

/// Inode and port of every listening socket of a network namespace.
fn sockets(tables: &SocketTables) -> io::Result<Vec<(u64, u16)>> {
    let mut sockets = Vec::new();
    let mut failure = None;
    for (name, state) in TABLES {
        let path = tables.folder().join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => sockets.extend(text.lines().filter_map(|line| listening(line, state))),
            // A kernel without IPv6 has no table for it.
            Err(error) => {
                let why = format!("{}: {error}", path.display());
                failure = Some(io::Error::new(error.kind(), why));
            }
        }
    }
    match failure {
        Some(error) if sockets.is_empty() && error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(sockets),
    }
}

/// One line of proc_net_tcp: `sl local remote state queues timer retransmits uid timeout inode`.
fn listening(line: &str, wanted: &str) -> Option<(u64, u16)> {
    let mut fields = line.split_ascii_whitespace();
    let local = fields.nth(1)?;
    let state = fields.nth(1)?;
    let inode: u64 = fields.nth(5)?.parse().ok()?;
    let (_, port) = local.rsplit_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    (state == wanted && inode != 0).then_some((inode, port))
}

/// The inodes of the sockets that a process holds; `None` when it can't be seen.
fn socket_inodes(pid: u32) -> Option<Vec<u64>> {
    let folder = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let inodes = folder.flatten().filter_map(|entry| {
        let link = std::fs::read_link(entry.path()).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok()
    });
    Some(inodes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn lines_of_the_tables_are_read() {
        let line = "   1: 0100007F:26F5 00000000:0000 0A 00000000:00000000 00:00000000 00000000  \
                    1000        0 48151 1 0000000000000000 100 0 0 10 0";
        assert_eq!(listening(line, "0A"), Some((48151, 9973)));
        assert_eq!(listening(line, "07"), None);
        assert_eq!(
            listening("  sl  local_address rem_address   st", "0A"),
            None
        );
    }

    #[test]
    fn we_own_the_ports_we_open() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("[::1]:0")
            .or_else(|_| UdpSocket::bind("127.0.0.1:0"))
            .unwrap();
        let us = std::process::id();
        for port in [
            tcp.local_addr().unwrap().port(),
            udp.local_addr().unwrap().port(),
        ] {
            let owners = Listening::on(port, &SocketTables::default())
                .and_then(|listening| listening.owners())
                .unwrap();
            assert_eq!(owners.pids, BTreeSet::from([us]), "{port}");
            assert_eq!(owners.others, Some(false), "{port}");
            assert!(listening_ports(&[us]).unwrap().by_pid[&us].contains(&port));
        }
        let closed = tcp.local_addr().unwrap().port();
        drop(tcp);
        let owners = Listening::on(closed, &SocketTables::default())
            .and_then(|listening| listening.owners())
            .unwrap();
        assert_eq!((owners.pids.len(), owners.others), (0, Some(false)));
    }
}
