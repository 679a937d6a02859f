//! The interface `lo`: bringing it up, and opening it for capture as a proof (packet(7)).

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::problem::Problem;

const NAME: &[u8] = b"lo";

/// Sets `lo` up; in a new network namespace it is down.
pub(super) fn bring_up() -> Result<(), Problem> {
    let failed = |source| Problem::Rights {
        doing: "bring lo up",
        source,
    };
    let socket = socket(libc::AF_INET, libc::SOCK_DGRAM, 0).map_err(failed)?;
    let mut request = request();
    // SAFETY: the request is a whole `ifreq` with a name, which this call fills with flags.
    let got = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request) };
    check(got).map_err(failed)?;
    // SAFETY: SIOCGIFFLAGS has filled this member of the union.
    let flags = unsafe { request.ifr_ifru.ifru_flags };
    request.ifr_ifru.ifru_flags = flags | libc::IFF_UP as libc::c_short;
    // SAFETY: the request is a whole `ifreq` with name and flags; the call only reads it.
    let set = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    check(set).map_err(failed)
}

/// Opens a raw packet socket and binds it to `lo`, which is what libpcap does.
pub(super) fn open_for_capture() -> Result<(), Problem> {
    let failed = |source| Problem::Rights {
        doing: "open lo for capture",
        source,
    };
    let protocol = (libc::ETH_P_ALL as u16).to_be();
    let socket =
        socket(libc::AF_PACKET, libc::SOCK_RAW, libc::c_int::from(protocol)).map_err(failed)?;
    let mut request = request();
    // SAFETY: the request is a whole `ifreq` with a name, which this call fills with the index.
    let got = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFINDEX, &raw mut request) };
    check(got).map_err(failed)?;
    // SAFETY: `sockaddr_ll` is plain numbers; all zero is a value of it.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as libc::sa_family_t;
    address.sll_protocol = protocol;
    // SAFETY: SIOCGIFINDEX has filled this member of the union.
    address.sll_ifindex = unsafe { request.ifr_ifru.ifru_ifindex };
    // SAFETY: the address is a whole `sockaddr_ll`, and the length is its own.
    let bound = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    check(bound).map_err(failed)
}

fn socket(family: libc::c_int, kind: libc::c_int, protocol: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers and gives a descriptor or -1.
    let descriptor = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) };
    check(descriptor)?;
    // SAFETY: the kernel has just made this descriptor, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A request about `lo`.
fn request() -> libc::ifreq {
    // SAFETY: `ifreq` is plain numbers; all zero is a value of it.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(NAME) {
        *to = *from as libc::c_char;
    }
    request
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
