//! The sockets that processes hold on macOS: proc_pidinfo and proc_pidfdinfo
//! (sys/proc_info.h), read as bytes with every bound checked.
//!
//! What no process holds is not told there: states in which only the system
//! has a socket are refused, and connections that wait to be accepted count
//! only as the accept queue's length. Other users' processes are seen by root alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Query, Seen, SocketScope, SocketState, Table};
use crate::clock::Monotonic;
use crate::measure::Unmeasured;
use crate::watch::ProcessIdentity;

/// sys/proc_info.h: PROC_PIDFDSOCKETINFO.
const SOCKET_INFO: libc::c_int = 3;
/// Room for struct socket_fdinfo, in words of eight bytes.
const INFO_WORDS: usize = 128;
/// Where fields of struct socket_fdinfo stand: proc_fileinfo has 24 bytes,
/// vinfo_stat at the head of socket_info 136.
const PROTOCOL: usize = 180;
const QUEUE: usize = 194;
const QUEUE_MAX: usize = 198;
/// struct tcp_sockinfo: struct in_sockinfo, then the state.
const REMOTE_PORT: usize = 264;
const LOCAL_PORT: usize = 268;
const VERSION: usize = 288;
const REMOTE: usize = 296;
const LOCAL: usize = 312;
const STATE: usize = 344;
const _: () = assert!(STATE + 4 <= INFO_WORDS * 8 && LOCAL_PORT == REMOTE_PORT + 4);
/// INI_IPV4 and INI_IPV6 of insi_vflag; a socket of both has an IPv6 address.
const IS_V4: u8 = 1;
const IS_V6: u8 = 2;

/// Opens the table.
///
/// # Errors
/// [`Unmeasured::Refused`] for states that are not told, and without rights for
/// what needs all processes.
pub(super) fn open(query: Query) -> Result<Box<dyn Table>, Unmeasured> {
    let untold = query.states.iter().find(|state| {
        matches!(
            state,
            SocketState::SynRecv
                | SocketState::FinWait1
                | SocketState::FinWait2
                | SocketState::TimeWait
                | SocketState::LastAck
                | SocketState::Closing
        )
    });
    if let Some(state) = untold {
        return Err(query.refused(
            format!("macOS tells of sockets that a process holds, and none holds those in {state}"),
            "use a command that counts them: netstat -an -p tcp",
        ));
    }
    let all = query.scope != SocketScope::Target;
    if all && !rustix::process::geteuid().is_root() {
        return Err(query.refused(
            "other users' sockets are told to root alone",
            "run crashcap as root, or count the sockets of the target",
        ));
    }
    Ok(Box::new(OfProcesses { query }))
}

struct OfProcesses {
    query: Query,
}

impl Table for OfProcesses {
    fn look(
        &mut self,
        targets: &[ProcessIdentity],
        _at: Monotonic,
        each: &mut dyn FnMut(&Seen),
    ) -> Result<usize, Unmeasured> {
        let of_target = self.query.scope == SocketScope::Target;
        if of_target && targets.is_empty() {
            return Err(Unmeasured::NoTarget);
        }
        let pids = if of_target {
            targets.iter().map(|target| target.pid).collect()
        } else {
            all_pids()
        };
        for pid in pids {
            let Some(pid) = libc::c_int::try_from(pid).ok() else {
                continue;
            };
            for file in self.sockets_of(pid)? {
                let Some(seen) = socket_info(pid, file).as_ref().and_then(seen) else {
                    continue;
                };
                let of_port = match self.query.scope {
                    SocketScope::Port(port) => seen.local_port == port,
                    SocketScope::Target | SocketScope::Host => true,
                };
                if of_port && self.query.states.contains(seen.state) {
                    each(&seen);
                }
            }
        }
        Ok(0)
    }
}

impl OfProcesses {
    /// The file descriptors that are sockets. A process that has ended has none.
    fn sockets_of(&self, pid: libc::c_int) -> Result<Vec<i32>, Unmeasured> {
        let list = |buffer: *mut libc::c_void, bytes| {
            // SAFETY: the system writes at most `bytes` bytes at the address.
            unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, buffer, bytes) }
        };
        let size = list(std::ptr::null_mut(), 0);
        if size <= 0 {
            let denied = std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
            return if denied && self.query.scope == SocketScope::Target {
                Err(self.query.refused(
                    format!("the open files of pid {pid} belong to another user"),
                    "run crashcap as root",
                ))
            } else {
                Ok(Vec::new())
            };
        }
        // Room for what is opened meanwhile; two numbers of four bytes for each file.
        let mut files = vec![0_u64; usize::try_from(size).unwrap_or(0) / 8 + 64];
        let bytes = libc::c_int::try_from(files.len() * 8).unwrap_or(0);
        let told = usize::try_from(list(files.as_mut_ptr().cast(), bytes)).unwrap_or(0) / 8;
        files.truncate(told);
        Ok(files.into_iter().filter_map(socket_number).collect())
    }
}

/// Of struct proc_fdinfo (the descriptor, then its type) the descriptor of a socket.
fn socket_number(file: u64) -> Option<i32> {
    let [a, b, c, d, kind @ ..] = file.to_ne_bytes();
    let is_socket = i32::from_ne_bytes(kind) == libc::PROX_FDTYPE_SOCKET;
    is_socket.then(|| i32::from_ne_bytes([a, b, c, d]))
}

fn all_pids() -> Vec<u32> {
    // SAFETY: without a buffer nothing is written.
    let count = unsafe { libc::proc_listallpids(std::ptr::null_mut(), 0) };
    let mut pids = vec![0_u32; usize::try_from(count).unwrap_or(0) + 64];
    let bytes = libc::c_int::try_from(pids.len() * 4).unwrap_or(0);
    // SAFETY: the system writes at most `bytes` bytes, which the buffer has.
    let told = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), bytes) };
    pids.truncate(usize::try_from(told).unwrap_or(0));
    pids
}

/// The bytes of struct socket_fdinfo; `None` when the socket was closed.
fn socket_info(pid: libc::c_int, file: i32) -> Option<[u8; INFO_WORDS * 8]> {
    let mut words = [0_u64; INFO_WORDS];
    let bytes = libc::c_int::try_from(INFO_WORDS * 8).ok()?;
    // SAFETY: the system writes at most `bytes` bytes, which the buffer has.
    let told =
        unsafe { libc::proc_pidfdinfo(pid, file, SOCKET_INFO, words.as_mut_ptr().cast(), bytes) };
    if usize::try_from(told).ok()? < STATE + 4 {
        return None;
    }
    let mut info = [0; INFO_WORDS * 8];
    for (eight, word) in info.chunks_exact_mut(8).zip(words) {
        eight.copy_from_slice(&word.to_ne_bytes());
    }
    Some(info)
}

fn seen(info: &[u8; INFO_WORDS * 8]) -> Option<Seen> {
    if i32_at(info, PROTOCOL)? != libc::IPPROTO_TCP {
        return None;
    }
    let state = state_of(i32_at(info, STATE)?)?;
    let is_v4 = info[VERSION] & (IS_V4 | IS_V6) == IS_V4;
    let listens = state == SocketState::Listen;
    Some(Seen {
        state,
        local: address(info, LOCAL, is_v4)?,
        local_port: u16::from_be_bytes([info[LOCAL_PORT], info[LOCAL_PORT + 1]]),
        peer: address(info, REMOTE, is_v4)?,
        held: true,
        waiting: if listens { queue_at(info, QUEUE)? } else { 0 },
        waiting_max: if listens {
            queue_at(info, QUEUE_MAX)?
        } else {
            0
        },
    })
}

/// An IPv4 address stands at the end of its sixteen bytes.
fn address(info: &[u8], at: usize, is_v4: bool) -> Option<IpAddr> {
    let sixteen: [u8; 16] = info.get(at..at + 16)?.try_into().ok()?;
    let [.., a, b, c, d] = sixteen;
    Some(if is_v4 {
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    } else {
        IpAddr::V6(Ipv6Addr::from(sixteen)).to_canonical()
    })
}

fn i32_at(info: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_ne_bytes(info.get(at..at + 4)?.try_into().ok()?))
}

fn queue_at(info: &[u8], at: usize) -> Option<u32> {
    let number = i16::from_ne_bytes(info.get(at..at + 2)?.try_into().ok()?);
    u32::try_from(number).ok()
}

/// netinet/tcp_fsm.h.
fn state_of(number: i32) -> Option<SocketState> {
    match number {
        1 => Some(SocketState::Listen),
        2 => Some(SocketState::SynSent),
        3 => Some(SocketState::SynRecv),
        4 => Some(SocketState::Established),
        5 => Some(SocketState::CloseWait),
        6 => Some(SocketState::FinWait1),
        7 => Some(SocketState::Closing),
        8 => Some(SocketState::LastAck),
        9 => Some(SocketState::FinWait2),
        10 => Some(SocketState::TimeWait),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    use crate::clock::now;
    use crate::measure::{AcceptQueue, Probe, SocketCount};

    #[test]
    fn what_the_peer_closed_and_what_waits_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let (_server, _) = listener.accept().unwrap();
        let us = [ProcessIdentity {
            pid: std::process::id(),
            started: 0,
        }];
        let states = SocketState::CloseWait.into();
        let mut closed = SocketCount::new(states, SocketScope::Target, "server").unwrap();
        drop(client);
        let _waits = TcpStream::connect(address).unwrap();
        let mut queue = AcceptQueue::new(SocketScope::Target, "server").unwrap();
        let start = now();
        while closed.read(&us, now()).unwrap().value < 0.5
            || queue.read(&us, now()).unwrap().value < 0.5
        {
            let waited = now().monotonic.since(start.monotonic);
            assert!(waited < std::time::Duration::from_secs(10));
            std::thread::yield_now();
        }
    }

    #[test]
    fn bytes_of_another_protocol_are_no_tcp_socket() {
        let mut info = [0; INFO_WORDS * 8];
        info[STATE..STATE + 4].copy_from_slice(&5_i32.to_ne_bytes());
        assert_eq!(seen(&info), None);
        info[PROTOCOL..PROTOCOL + 4].copy_from_slice(&libc::IPPROTO_TCP.to_ne_bytes());
        info[LOCAL_PORT..LOCAL_PORT + 2].copy_from_slice(&9973_u16.to_be_bytes());
        info[VERSION] = IS_V4;
        info[REMOTE + 12..REMOTE + 16].copy_from_slice(&[192, 0, 2, 7]);
        let socket = seen(&info).unwrap();
        assert_eq!(socket.state, SocketState::CloseWait);
        assert_eq!(socket.local_port, 9973);
        assert_eq!(socket.peer, IpAddr::from([192, 0, 2, 7]));
    }
}
