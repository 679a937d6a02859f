//! The socket on which the kernel answers questions about sockets: sock_diag(7).
//! It needs no rights and tells of the network namespace in which it was opened.

use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recvfrom, sendto, socket_with,
};

use super::message::{Answer, Family, Socket, answers, request};
use crate::measure::sockets::SocketStates;

/// The kernel fills at most 32 KiB at once (net/netlink/af_netlink.c).
const BUFFER: usize = 64 << 10;
/// The kernel answers within the call; a wait means that something is broken.
const PATIENCE: Duration = Duration::from_secs(1);

/// An open socket and what it reads into.
pub(super) struct Diag {
    socket: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

impl Diag {
    /// Opens it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open() -> Result<Self, Errno> {
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )?;
        set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
        Ok(Self {
            socket,
            buffer: vec![0; BUFFER],
            sequence: 0,
        })
    }

    /// Every TCP socket in these states, of both families; of one local port
    /// unless that is 0.
    ///
    /// # Errors
    /// The kernel's; ENOENT where it can't tell of TCP sockets.
    pub(super) fn each(
        &mut self,
        states: SocketStates,
        port: u16,
        each: &mut dyn FnMut(Socket),
    ) -> Result<(), Errno> {
        self.of_family(Family::V4, states, port, each)?;
        match self.of_family(Family::V6, states, port, each) {
            // A kernel without IPv6.
            Err(Errno::NOENT | Errno::AFNOSUPPORT) => Ok(()),
            other => other,
        }
    }

    fn of_family(
        &mut self,
        family: Family,
        states: SocketStates,
        port: u16,
        each: &mut dyn FnMut(Socket),
    ) -> Result<(), Errno> {
        self.sequence = self.sequence.wrapping_add(1);
        let kernel = SocketAddrNetlink::new(0, 0);
        let request = request(family, states, port, self.sequence);
        sendto(&self.socket, &request, SendFlags::empty(), &kernel)?;
        loop {
            let length = self.receive()?;
            let datagram = self.buffer.get(..length).ok_or(Errno::MSGSIZE)?;
            for answer in answers(datagram, self.sequence) {
                match answer {
                    Answer::Socket(socket) => each(socket),
                    Answer::Done => return Ok(()),
                    Answer::Failed(error) => return Err(Errno::from_raw_os_error(error)),
                }
            }
        }
    }

    /// The next datagram of the kernel's; others may send to us as well.
    fn receive(&mut self) -> Result<usize, Errno> {
        loop {
            match recvfrom(&self.socket, &mut self.buffer, RecvFlags::TRUNC) {
                Ok((_, length, sender)) => {
                    let from_kernel = sender
                        .and_then(|sender| SocketAddrNetlink::try_from(sender).ok())
                        .is_some_and(|sender| sender.pid() == 0);
                    if from_kernel {
                        return Ok(length);
                    }
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
