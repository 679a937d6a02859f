//! Names, flags and addresses of the interfaces (getifaddrs(3)).

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use crate::capture::Glance;

/// Every interface by its name, with what can be learned from its addresses.
pub(super) fn interfaces() -> io::Result<BTreeMap<String, Glance>> {
    let list = List::ask()?;
    let mut interfaces = BTreeMap::<String, Glance>::new();
    for entry in list.entries() {
        // SAFETY: the system gives each entry a name that ends with a 0 and
        // lives as long as the list.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) };
        let name = name.to_string_lossy();
        let name = of_interface(&name);
        let glance = interfaces.entry(name.to_owned()).or_default();
        let has = |flag: libc::c_int| entry.ifa_flags & flag.cast_unsigned() != 0;
        glance.name = name.to_owned();
        glance.up |= has(libc::IFF_UP);
        glance.running |= has(libc::IFF_UP) && has(libc::IFF_RUNNING);
        glance.loopback |= has(libc::IFF_LOOPBACK);
        glance.addresses.extend(address(entry));
    }
    Ok(interfaces)
}

/// `eth0:1` is a second address of `eth0`, and recorded there.
fn of_interface(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((interface, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => interface,
        _ => name,
    }
}

fn address(entry: &libc::ifaddrs) -> Option<String> {
    // SAFETY: both are null or point to addresses of the list, which lives.
    let (address, mask) = unsafe {
        let family = i32::from(entry.ifa_addr.as_ref()?.sa_family);
        (
            ip(entry.ifa_addr, family)?,
            ip(entry.ifa_netmask, family).map(prefix),
        )
    };
    Some(match mask {
        Some(length) => format!("{address}/{length}"),
        None => address.to_string(),
    })
}

fn prefix(mask: IpAddr) -> u32 {
    match mask {
        IpAddr::V4(mask) => mask.to_bits().count_ones(),
        IpAddr::V6(mask) => mask.to_bits().count_ones(),
    }
}

/// The address, read as one of this family: a mask need not name its own.
///
/// # Safety
/// `from` is null or points to a whole socket address.
unsafe fn ip(from: *const libc::sockaddr, family: i32) -> Option<IpAddr> {
    if from.is_null() {
        return None;
    }
    match family {
        libc::AF_INET => {
            // SAFETY: as this function's, and zeroes are a valid address.
            let address = unsafe { copy::<libc::sockaddr_in>(from) };
            let bits = u32::from_be(address.sin_addr.s_addr);
            Some(Ipv4Addr::from_bits(bits).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let address = unsafe { copy::<libc::sockaddr_in6>(from) };
            let mut bytes = address.sin6_addr.s6_addr;
            if bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80 {
                // The BSDs put the number of the interface here.
                bytes[2..4].fill(0);
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// A copy, as long as the original is; the rest are zeroes.
///
/// # Safety
/// `from` points to a whole socket address, and zeroes are a valid `T`.
unsafe fn copy<T>(from: *const libc::sockaddr) -> T {
    // The BSDs leave out the zeroes at the end of a mask, and say so.
    #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "openbsd"))]
    // SAFETY: it has this field, at least.
    let length = usize::from(unsafe { (*from).sa_len }).min(size_of::<T>());
    #[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "openbsd")))]
    let length = size_of::<T>();
    // SAFETY: zeroes are a valid T; of both, `length` bytes may be touched.
    unsafe {
        let mut to = std::mem::zeroed::<T>();
        ptr::copy_nonoverlapping(from.cast::<u8>(), (&raw mut to).cast::<u8>(), length);
        to
    }
}

/// The system's list, given back when dropped.
struct List(*mut libc::ifaddrs);

impl List {
    fn ask() -> io::Result<Self> {
        let mut list = ptr::null_mut();
        // SAFETY: it writes one pointer.
        match unsafe { libc::getifaddrs(&raw mut list) } {
            0 => Ok(Self(list)),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn entries(&self) -> impl Iterator<Item = &libc::ifaddrs> {
        // SAFETY: it is null or the list's first entry, which lives as long as `self`.
        let first = unsafe { self.0.as_ref() };
        // SAFETY: as above, for the next entry.
        std::iter::successors(first, |entry| unsafe { entry.ifa_next.as_ref() })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: it is getifaddrs's list, and given back once.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_address_belongs_to_its_interface() {
        for (name, interface) in [("eth0:1", "eth0"), ("eth0", "eth0"), ("a:b", "a:b")] {
            assert_eq!(of_interface(name), interface);
        }
    }
}
