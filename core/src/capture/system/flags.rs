//! The flags of an interface (netdevice(7), and netintro(4) on the BSDs).

use std::os::fd::OwnedFd;

use rustix::ioctl::{Opcode, Updater, ioctl};
use rustix::net::{AddressFamily, SocketType, socket};

/// Bytes of a name, with its final 0 (IFNAMSIZ).
const NAME: usize = 16;
/// `SIOCGIFFLAGS`.
const GET_FLAGS: Opcode = if cfg!(target_os = "linux") {
    0x8913
} else {
    0xc020_6911
};
/// `IFF_UP` and `IFF_RUNNING`.
const UP_AND_RUNNING: i16 = 0x1 | 0x40;

/// `struct ifreq`: at least as long as any system's.
#[repr(C)]
struct Request {
    name: [u8; NAME],
    flags: i16,
    rest: [u8; 22],
}

/// Whether an interface is up and has its link. `None` where there is no such interface.
pub(super) fn up_and_running(name: &str) -> Option<bool> {
    let mut request = Request {
        name: [0; NAME],
        flags: 0,
        rest: [0; 22],
    };
    if name.len() >= NAME {
        return None;
    }
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    let socket: OwnedFd = socket(AddressFamily::INET, SocketType::DGRAM, None).ok()?;
    // SAFETY: the request is laid out as this system's `struct ifreq`, no
    // shorter, and the call writes nothing but its flags.
    unsafe { ioctl(&socket, Updater::<GET_FLAGS, _>::new(&mut request)) }.ok()?;
    let _ = request.rest;
    Some(request.flags & UP_AND_RUNNING == UP_AND_RUNNING)
}
