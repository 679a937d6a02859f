//! Whether an interface is wireless: its media (ifmedia(4)). Told on macOS;
//! on other systems the request is laid out otherwise, and none is known as one.

#[cfg(target_os = "macos")]
use rustix::ioctl::{Opcode, Updater, ioctl};
#[cfg(target_os = "macos")]
use rustix::net::{AddressFamily, SocketType, socket};

/// Bytes of a name, with its final 0 (IFNAMSIZ).
#[cfg(target_os = "macos")]
const NAME: usize = 16;
/// `SIOCGIFMEDIA`.
#[cfg(target_os = "macos")]
const GET_MEDIA: Opcode = 0xc02c_6938;
/// `IFM_NMASK`: which bits say the kind of network.
#[cfg(target_os = "macos")]
const KIND: i32 = 0xe0;
/// `IFM_IEEE80211`.
#[cfg(target_os = "macos")]
const WIRELESS: i32 = 0x80;

/// `struct ifmediareq`, which the system packs.
#[cfg(target_os = "macos")]
#[repr(C, packed(4))]
struct Request {
    name: [u8; NAME],
    current: i32,
    mask: i32,
    status: i32,
    active: i32,
    count: i32,
    list: *mut i32,
}

#[cfg(target_os = "macos")]
const _: () = assert!(size_of::<Request>() == 0x2c);

#[cfg(target_os = "macos")]
pub(super) fn is_wireless(name: &str) -> bool {
    let mut request = Request {
        name: [0; NAME],
        current: 0,
        mask: 0,
        status: 0,
        active: 0,
        count: 0,
        list: std::ptr::null_mut(),
    };
    if name.len() >= NAME {
        return false;
    }
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    let Ok(socket) = socket(AddressFamily::INET, SocketType::DGRAM, None) else {
        return false;
    };
    // SAFETY: the request is laid out as the system's `struct ifmediareq`;
    // with a count of 0 the list is not touched.
    let asked = unsafe { ioctl(&socket, Updater::<GET_MEDIA, _>::new(&mut request)) };
    asked.is_ok() && request.current & KIND == WIRELESS
}

#[cfg(not(target_os = "macos"))]
pub(super) fn is_wireless(_name: &str) -> bool {
    false
}
