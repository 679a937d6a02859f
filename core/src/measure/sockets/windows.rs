//! The sockets of Windows: GetExtendedTcpTable, read as words with every bound checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, TCP_TABLE_OWNER_PID_ALL,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

use super::{Query, Seen, SocketScope, SocketState, Table};
use crate::clock::Monotonic;
use crate::measure::Unmeasured;
use crate::watch::ProcessIdentity;

/// Words of MIB_TCPROW_OWNER_PID: state, local address and port, remote
/// address and port, PID.
const ROW_V4: usize = 6;
/// Words of MIB_TCP6ROW_OWNER_PID: local address (4), scope and port, remote
/// address (4), scope and port, state, PID.
const ROW_V6: usize = 14;
/// A table may grow between asking for its size and asking for it.
const TRIES: usize = 8;
/// Room for what comes meanwhile.
const SPARE_WORDS: usize = 1024;

/// Opens the table.
///
/// # Errors
/// None on this system.
pub(super) fn open(query: Query) -> Result<Box<dyn Table>, Unmeasured> {
    Ok(Box::new(TcpTable {
        query,
        words: vec![0; 16 << 10],
        rows: Vec::new(),
    }))
}

struct TcpTable {
    query: Query,
    words: Vec<u32>,
    rows: Vec<Row>,
}

/// One socket; its owner is 0 where no process has it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    seen: Seen,
    pid: u32,
}

impl Table for TcpTable {
    fn look(
        &mut self,
        targets: &[ProcessIdentity],
        _at: Monotonic,
        each: &mut dyn FnMut(&Seen),
    ) -> Result<usize, Unmeasured> {
        if self.query.scope == SocketScope::Target && targets.is_empty() {
            return Err(Unmeasured::NoTarget);
        }
        self.rows.clear();
        self.fill(u32::from(AF_INET))?;
        self.rows.extend(rows(&self.words, ROW_V4, row_v4));
        self.fill(u32::from(AF_INET6))?;
        self.rows.extend(rows(&self.words, ROW_V6, row_v6));
        let is_target = |row: &Row| targets.iter().any(|target| target.pid == row.pid);
        let ports: Vec<u16> = self
            .rows
            .iter()
            .filter(|row| row.seen.state == SocketState::Listen && is_target(row))
            .map(|row| row.seen.local_port)
            .collect();
        for row in &self.rows {
            let wanted = match self.query.scope {
                SocketScope::Host => true,
                SocketScope::Port(port) => row.seen.local_port == port,
                SocketScope::Target if row.seen.held => is_target(row),
                SocketScope::Target => ports.contains(&row.seen.local_port),
            };
            if wanted && self.query.states.contains(row.seen.state) {
                each(&row.seen);
            }
        }
        Ok(0)
    }
}

impl TcpTable {
    /// Reads the table of one family into the words.
    fn fill(&mut self, family: u32) -> Result<(), Unmeasured> {
        let mut told = NO_ERROR;
        for _ in 0..TRIES {
            let mut bytes = u32::try_from(self.words.len() * 4).unwrap_or(u32::MAX);
            // SAFETY: the system writes at most `bytes` bytes, which the words
            // have, and says in the same place how many it needs.
            told = unsafe {
                GetExtendedTcpTable(
                    self.words.as_mut_ptr().cast(),
                    &raw mut bytes,
                    0,
                    family,
                    TCP_TABLE_OWNER_PID_ALL,
                    0,
                )
            };
            match told {
                NO_ERROR => return Ok(()),
                ERROR_INSUFFICIENT_BUFFER => {
                    let needed = usize::try_from(bytes).unwrap_or(0).div_ceil(4);
                    self.words.resize(needed + SPARE_WORDS, 0);
                }
                _ => break,
            }
        }
        let error = std::io::Error::from_raw_os_error(told.cast_signed());
        Err(self.query.refused(
            format!("GetExtendedTcpTable: {error}"),
            "look whether `netstat -an` works on this machine",
        ))
    }
}

/// The rows of a table: their number, then each of the same length.
fn rows(
    words: &[u32],
    length: usize,
    read: fn(&[u32]) -> Option<Row>,
) -> impl Iterator<Item = Row> {
    let (count, rest) = words.split_first().map_or((0, words), |(count, rest)| {
        (usize::try_from(*count).unwrap_or(0), rest)
    });
    rest.chunks_exact(length).take(count).filter_map(read)
}

fn row_v4(words: &[u32]) -> Option<Row> {
    let words: &[u32; ROW_V4] = words.try_into().ok()?;
    let address = |word: u32| IpAddr::V4(Ipv4Addr::from(word.to_ne_bytes()));
    row(
        words[0],
        (address(words[1]), words[2]),
        address(words[3]),
        words[5],
    )
}

fn row_v6(words: &[u32]) -> Option<Row> {
    let words: &[u32; ROW_V6] = words.try_into().ok()?;
    let address = |from: usize| {
        let mut octets = [0; 16];
        for (four, word) in octets.chunks_exact_mut(4).zip(&words[from..]) {
            four.copy_from_slice(&word.to_ne_bytes());
        }
        IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
    };
    row(words[12], (address(0), words[5]), address(6), words[13])
}

fn row(state: u32, local: (IpAddr, u32), peer: IpAddr, pid: u32) -> Option<Row> {
    // The port stands in the low half, in network order.
    let [high, low, ..] = local.1.to_le_bytes();
    Some(Row {
        seen: Seen {
            state: state_of(state)?,
            local: local.0,
            local_port: u16::from_be_bytes([high, low]),
            peer,
            held: pid != 0,
            waiting: 0,
            waiting_max: 0,
        },
        pid,
    })
}

/// MIB_TCP_STATE (tcpmib.h); 1 is closed, 12 is being deleted.
fn state_of(number: u32) -> Option<SocketState> {
    match number {
        2 => Some(SocketState::Listen),
        3 => Some(SocketState::SynSent),
        4 => Some(SocketState::SynRecv),
        5 => Some(SocketState::Established),
        6 => Some(SocketState::FinWait1),
        7 => Some(SocketState::FinWait2),
        8 => Some(SocketState::CloseWait),
        9 => Some(SocketState::Closing),
        10 => Some(SocketState::LastAck),
        11 => Some(SocketState::TimeWait),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    use crate::clock::now;
    use crate::measure::{Probe, SocketCount};

    #[test]
    fn torn_tables_have_fewer_rows() {
        let port = u32::from(9973_u16.to_be());
        let loopback = u32::from_ne_bytes([127, 0, 0, 1]);
        let table = [2, 8, loopback, port, loopback, 0, 77, 99, 0, 0, 0, 0, 0];
        let read: Vec<Row> = rows(&table, ROW_V4, row_v4).collect();
        assert_eq!(read.len(), 1, "99 is no state");
        assert_eq!((read[0].pid, read[0].seen.local_port), (77, 9973));
        assert_eq!(read[0].seen.state, SocketState::CloseWait);
        assert_eq!(read[0].seen.peer, IpAddr::from([127, 0, 0, 1]));
        for end in 0..7 {
            assert_eq!(rows(&table[..end], ROW_V4, row_v4).count(), 0, "{end}");
        }
        let mut boasts = table;
        boasts[0] = u32::MAX;
        assert_eq!(rows(&boasts, ROW_V4, row_v4).count(), 1);
        let mut six = [0; ROW_V6 + 1];
        (six[0], six[4], six[6]) = (1, 1_u32.to_be(), port);
        (six[13], six[14]) = (11, 0);
        let read: Vec<Row> = rows(&six, ROW_V6, row_v6).collect();
        assert_eq!(read[0].seen.local, IpAddr::from(Ipv6Addr::LOCALHOST));
        assert!(read[0].seen.state == SocketState::TimeWait && !read[0].seen.held);
    }

    #[test]
    fn what_the_peer_closed_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (clients, _servers): (Vec<_>, Vec<_>) = (0..3)
            .map(|_| {
                let client = TcpStream::connect(address).unwrap();
                (client, listener.accept().unwrap().0)
            })
            .unzip();
        let us = [ProcessIdentity {
            pid: std::process::id(),
            started: 0,
        }];
        let look = |state: SocketState, scope| {
            let mut probe = SocketCount::new(state.into(), scope, "server").unwrap();
            probe.read(&us, now()).unwrap()
        };
        let count = |state, scope| look(state, scope).value;
        let port = SocketScope::Port(address.port());
        assert!((count(SocketState::Established, port) - 3.0).abs() < 0.5);
        let listens = look(SocketState::Listen, port);
        assert!((listens.value - 1.0).abs() < 0.5, "{listens:?}");
        // wine does not know who owns a socket.
        if listens.note.is_none() {
            assert!(count(SocketState::Listen, SocketScope::Target) >= 1.0);
            assert!(count(SocketState::Established, SocketScope::Target) >= 3.0);
        }
        drop(clients);
        let start = now();
        while count(SocketState::CloseWait, port) < 2.5 {
            let waited = now().monotonic.since(start.monotonic);
            assert!(waited < std::time::Duration::from_secs(10));
            std::thread::yield_now();
        }
    }
}
