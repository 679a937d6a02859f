//! The kernel's tables of sockets: proc_pid_net(5), `tcp`, `tcp6`, `udp` and `udp6`.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// Rows told; a host may have hundreds of thousands.
const ROWS_MAX: usize = 20_000;
/// Bytes read of one table: far more than all sockets that a host can have in use.
const TABLE_BYTES_MAX: u64 = 256 << 20;
/// net/tcp_states.h, from 1.
const STATES: [&str; 12] = [
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
];
const LISTEN: u8 = 10;

/// One socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    protocol: &'static str,
    state: u8,
    pub(super) local: SocketAddr,
    peer: SocketAddr,
    send_queue: u32,
    receive_queue: u32,
    user: u32,
    /// 0 where nobody holds it.
    pub(super) inode: u64,
}

impl Row {
    pub(super) fn listens(&self) -> bool {
        self.protocol == "tcp" && self.state == LISTEN
    }

    fn state(&self) -> &'static str {
        match self.protocol {
            // UDP borrows TCP's numbers for "connected" and "not".
            "udp" if self.state == 1 => "CONNECTED",
            "udp" => "-",
            _ => usize::from(self.state)
                .checked_sub(1)
                .and_then(|index| STATES.get(index))
                .copied()
                .unwrap_or("?"),
        }
    }

    /// One line of a table; `None` for its heading and what is none of ours.
    fn parse(protocol: &'static str, line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let local = address(fields.next()?)?;
        let peer = address(fields.next()?)?;
        let state = u8::from_str_radix(fields.next()?, 16).ok()?;
        let (send, receive) = fields.next()?.split_once(':')?;
        let mut fields = fields.skip(2);
        Some(Self {
            protocol,
            state,
            local,
            peer,
            send_queue: u32::from_str_radix(send, 16).ok()?,
            receive_queue: u32::from_str_radix(receive, 16).ok()?,
            user: fields.next()?.parse().ok()?,
            inode: fields.nth(1)?.parse().ok()?,
        })
    }
}

/// `0100007F:1F90`: 32-bit words as this machine has them in memory.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    for at in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// All rows of the tables in a folder `/proc/PID/net`.
pub(super) fn read(folder: &Path) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (name, protocol) in [
        ("tcp", "tcp"),
        ("tcp6", "tcp"),
        ("udp", "udp"),
        ("udp6", "udp"),
    ] {
        let file = match File::open(folder.join(name)) {
            Ok(file) => file,
            // A kernel without IPv6.
            Err(_) if name.ends_with('6') => continue,
            Err(error) => {
                return Err(format!(
                    "the table of {name} sockets cannot be read: {error}"
                ));
            }
        };
        let lines = BufReader::new(file.take(TABLE_BYTES_MAX)).lines();
        rows.extend(
            lines
                .map_while(Result::ok)
                .filter_map(|line| Row::parse(protocol, &line)),
        );
    }
    Ok(rows)
}

/// Those rows that are wanted, as a text with a line of counts by state first.
pub(super) fn text(
    folder: &Path,
    wanted: impl Fn(&Row) -> bool,
    holders: &HashMap<u64, u32>,
) -> Result<String, String> {
    let rows: Vec<_> = read(folder)?
        .into_iter()
        .filter(|row| wanted(row))
        .collect();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in rows.iter().filter(|row| row.protocol == "tcp") {
        match counts.iter_mut().find(|(state, _)| *state == row.state()) {
            Some((_, count)) => *count += 1,
            None => counts.push((row.state(), 1)),
        }
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let mut text = format!("{} sockets; TCP: {}\n\n", rows.len(), counts.join(", "));
    let _ = writeln!(
        text,
        "{:<5} {:<12} {:>8} {:>8} {:<47} {:<47} {:>6} {:>10} {:>8}",
        "proto", "state", "recv-q", "send-q", "local", "peer", "uid", "inode", "pid"
    );
    for row in rows.iter().take(ROWS_MAX) {
        let pid = holders
            .get(&row.inode)
            .map_or("-".to_owned(), u32::to_string);
        let _ = writeln!(
            text,
            "{:<5} {:<12} {:>8} {:>8} {:<47} {:<47} {:>6} {:>10} {pid:>8}",
            row.protocol,
            row.state(),
            row.receive_queue,
            row.send_queue,
            row.local.to_string(),
            row.peer.to_string(),
            row.user,
            row.inode,
        );
    }
    if rows.len() > ROWS_MAX {
        let _ = writeln!(text, "and {} more", rows.len() - ROWS_MAX);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::fd::AsRawFd;

    #[test]
    fn a_row_is_read() {
        let line = "   3: 0100007F:26F5 0200007F:D9A8 08 0000000A:0000000B 00:00000000 00000000 \
                    1000        0 48121 1 0000000000000000 20 4 0 10 -1";
        let row = Row::parse("tcp", line);
        if cfg!(target_endian = "little") {
            let row = row.unwrap();
            assert_eq!(row.local, "127.0.0.1:9973".parse().unwrap());
            assert_eq!(row.peer, "127.0.0.2:55720".parse().unwrap());
            assert_eq!(row.state(), "CLOSE_WAIT");
            assert_eq!((row.send_queue, row.receive_queue), (10, 11));
            assert_eq!((row.user, row.inode), (1000, 48_121));
        }
        assert_eq!(
            Row::parse("tcp", "  sl  local_address rem_address   st"),
            None
        );
        assert_eq!(Row::parse("tcp", ""), None);
        assert_eq!(
            Row::parse("tcp", "0: 0100:1 0100:1 01 0:0 0:0 0 0 0 0"),
            None
        );
    }

    #[test]
    fn our_own_sockets_are_in_the_tables() {
        let listener = TcpListener::bind("[::1]:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let inode = |fd: i32| {
            let link = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap();
            let text = link.to_str().unwrap().to_owned();
            text["socket:[".len()..text.len() - 1]
                .parse::<u64>()
                .unwrap()
        };
        let rows = read(Path::new("/proc/thread-self/net")).unwrap();
        let row = |inode| rows.iter().find(|row| row.inode == inode).unwrap();
        let found = row(inode(listener.as_raw_fd()));
        assert!(found.listens());
        assert_eq!(found.local, listener.local_addr().unwrap());
        let found = row(inode(stream.as_raw_fd()));
        assert_eq!(found.state(), "ESTABLISHED");
        assert_eq!(found.local, stream.local_addr().unwrap());
        assert_eq!(found.peer, stream.peer_addr().unwrap());
        let found = row(inode(udp.as_raw_fd()));
        assert_eq!((found.protocol, found.state()), ("udp", "-"));
    }
}
