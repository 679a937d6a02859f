//! The netlink process connector (linux/cn_proc.h): tells of a fatal fault long
//! before a process that dumps core has ended, and how processes ended.
//!
//! It answers only in the first network, PID and user namespaces, and before
//! Linux 6.6 only to those with `cap_net_admin`. Only what ended badly is asked
//! for, so that a busy host does not wake us at each exit.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, sendto,
    socket_with, sockopt,
};

/// linux/connector.h: CN_IDX_PROC and CN_VAL_PROC.
const PROCESSES: u32 = 1;
/// linux/cn_proc.h: PROC_CN_MCAST_LISTEN and PROC_CN_MCAST_IGNORE.
const LISTEN: u32 = 1;
const IGNORE: u32 = 2;
/// linux/cn_proc.h, enum what.
const EVENT_NONE: u32 = 0;
const EVENT_NONZERO_EXIT: u32 = 0x2000_0000;
const EVENT_COREDUMP: u32 = 0x4000_0000;
const EVENT_EXIT: u32 = 0x8000_0000;

/// struct nlmsghdr and struct cn_msg, which stand before the event.
const HEADERS: usize = 16 + 20;
/// struct nlmsghdr: NLMSG_DONE, the only type that the connector takes.
const MESSAGE_DONE: u16 = 3;
/// Events that wait in the kernel: bounded, and enough for a storm of crashes.
const RECEIVE_BUFFER: usize = 256 << 10;

/// What the connector tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectorEvent {
    /// A process starts to dump core.
    Fault {
        /// The process, not the thread.
        pid: u32,
    },
    /// A thread ended badly.
    BadEnd {
        /// The process, not the thread.
        pid: u32,
        /// Whether it was the process's first thread.
        first_thread: bool,
        /// As waitpid(2) encodes it; not 0.
        exit_code: i32,
    },
}

/// A socket that hears of every process's bad end.
pub(super) struct Connector {
    socket: OwnedFd,
}

impl Connector {
    /// Opens it.
    ///
    /// # Errors
    /// Why the system refuses, in words.
    pub(super) fn open() -> Result<Self, String> {
        let refused = |error: Errno| match error {
            Errno::PERM | Errno::ACCESS => {
                "the process connector needs cap_net_admin on this kernel".to_owned()
            }
            Errno::PROTONOSUPPORT | Errno::CONNREFUSED => {
                "the process connector answers only in the first network namespace".to_owned()
            }
            other => format!("the process connector: {other}"),
        };
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(netlink::CONNECTOR),
        )
        .map_err(refused)?;
        // A smaller buffer than asked for only loses events earlier.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER);
        bind(&socket, &SocketAddrNetlink::new(0, PROCESSES)).map_err(refused)?;
        let connector = Self { socket };
        // Kernels before 6.6 know no filter and ignore this without a word. The
        // answer is there when the call returns: the kernel handles it in the call.
        let filter = (EVENT_COREDUMP | EVENT_NONZERO_EXIT).to_ne_bytes();
        if connector.ask(LISTEN, &filter).map_err(refused)? {
            return Ok(connector);
        }
        if connector.ask(LISTEN, &[]).map_err(refused)? {
            return Ok(connector);
        }
        Err(
            "the process connector answers only in the first PID and user namespaces, and only \
             with cap_net_admin on kernels before 6.6"
                .to_owned(),
        )
    }

    /// Sends a request; whether the kernel answered it.
    fn ask(&self, operation: u32, filter: &[u8]) -> Result<bool, Errno> {
        self.send(operation, filter)?;
        let mut answer = None;
        // Events that came before the answer are of processes nobody watches yet.
        while let Some(message) = self
            .receive()
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?
        {
            if let Some(error) = message.iter().find_map(acknowledged) {
                answer = Some(error);
            }
        }
        match answer {
            None => Ok(false),
            Some(0) => Ok(true),
            Some(error) => Err(Errno::from_raw_os_error(error)),
        }
    }

    fn send(&self, operation: u32, filter: &[u8]) -> Result<(), Errno> {
        let data = [&operation.to_ne_bytes(), filter].concat();
        let length = u32::try_from(HEADERS + data.len()).unwrap_or(u32::MAX);
        let data_length = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let mut message = Vec::with_capacity(HEADERS + data.len());
        message.extend(length.to_ne_bytes());
        message.extend(MESSAGE_DONE.to_ne_bytes());
        // Flags, sequence and our own address: the kernel fills in the last.
        message.extend([0; 10]);
        message.extend(PROCESSES.to_ne_bytes());
        message.extend(PROCESSES.to_ne_bytes());
        // Sequence and acknowledgement.
        message.extend([0; 8]);
        message.extend(data_length.to_ne_bytes());
        message.extend([0; 2]);
        message.extend(data);
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&self.socket, &message, SendFlags::empty(), &kernel).map(|_| ())
    }

    /// Appends what was told since the last call.
    ///
    /// # Errors
    /// The system's; events that were lost because too many came are no error.
    pub(super) fn read(&self, events: &mut Vec<ConnectorEvent>) -> io::Result<()> {
        while let Some(messages) = self.receive()? {
            events.extend(messages.iter().filter_map(event));
        }
        Ok(())
    }

    /// One datagram's messages; `None` when there is no more.
    fn receive(&self) -> io::Result<Option<Messages>> {
        let mut bytes = [0_u8; 1024];
        loop {
            match recvfrom(&self.socket, &mut bytes, RecvFlags::empty()) {
                Ok((_, length, sender)) => {
                    let from_kernel = sender
                        .and_then(|sender| SocketAddrNetlink::try_from(sender).ok())
                        .is_some_and(|sender| sender.pid() == 0);
                    if from_kernel {
                        let taken = bytes.get(..length).unwrap_or(&bytes);
                        return Ok(Some(Messages(taken.to_vec())));
                    }
                }
                Err(Errno::AGAIN) => return Ok(None),
                // Too many came at once: those after still count.
                Err(Errno::NOBUFS | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Connector {
    fn drop(&mut self) {
        // Older kernels count listeners and do not see that one closed its socket.
        let _ = self.send(IGNORE, &[]);
    }
}

/// The netlink messages of one datagram.
struct Messages(Vec<u8>);

impl Messages {
    /// Those of the process connector, from struct proc_event on.
    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let length = usize::try_from(number(rest, 0)?).ok()?;
            let message = rest.get(..length).filter(|message| message.len() >= 16)?;
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
            Some(message)
        })
        .filter(|message| {
            number(message, 16) == Some(PROCESSES) && number(message, 20) == Some(PROCESSES)
        })
        .filter_map(|message| message.get(HEADERS..))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(four.try_into().ok()?))
}

/// The kernel's answer to a request: an error number or 0.
fn acknowledged(event: &[u8]) -> Option<i32> {
    (number(event, 0)? == EVENT_NONE)
        .then(|| number(event, 16))
        .flatten()
        .and_then(|error| i32::try_from(error).ok())
}

/// struct proc_event: what, cpu, time (8 bytes), then the event: thread, process, …
fn event(event: &[u8]) -> Option<ConnectorEvent> {
    let (thread, pid) = (number(event, 16)?, number(event, 20)?);
    match number(event, 0)? {
        EVENT_COREDUMP => Some(ConnectorEvent::Fault { pid }),
        EVENT_EXIT => {
            let exit_code = i32::try_from(number(event, 24)?).ok()?;
            (exit_code != 0).then_some(ConnectorEvent::BadEnd {
                pid,
                first_thread: thread == pid,
                exit_code,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(what: u32, words: &[u32]) -> Messages {
        let mut bytes = vec![0; HEADERS];
        bytes[16..20].copy_from_slice(&1_u32.to_ne_bytes());
        bytes[20..24].copy_from_slice(&1_u32.to_ne_bytes());
        bytes.extend(what.to_ne_bytes());
        bytes.extend([0; 12]);
        bytes.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        Messages(bytes)
    }

    #[test]
    fn events_name_the_process_and_not_the_thread() {
        let fault = datagram(EVENT_COREDUMP, &[78, 77, 1, 1]);
        assert_eq!(
            fault.iter().filter_map(event).collect::<Vec<_>>(),
            [ConnectorEvent::Fault { pid: 77 }]
        );
        let end = datagram(EVENT_EXIT, &[78, 77, 139, 17, 1, 1]);
        assert_eq!(
            end.iter().filter_map(event).collect::<Vec<_>>(),
            [ConnectorEvent::BadEnd {
                pid: 77,
                first_thread: false,
                exit_code: 139
            }]
        );
    }

    #[test]
    fn a_clean_end_of_a_thread_says_nothing_of_the_process() {
        let end = datagram(EVENT_EXIT, &[77, 77, 0, 17, 1, 1]);
        assert_eq!(end.iter().filter_map(event).count(), 0);
    }

    #[test]
    fn torn_messages_are_skipped() {
        let whole = datagram(EVENT_EXIT, &[77, 77, 139, 17, 1, 1]).0;
        for end in 0..whole.len() - 1 {
            let torn = Messages(whole[..end].to_vec());
            assert_eq!(torn.iter().filter_map(event).count(), 0, "{end}");
        }
        assert_eq!(Messages(vec![0; 64]).iter().count(), 0);
    }
}
