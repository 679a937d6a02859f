//! The adapters of Windows with their names and addresses (`GetAdaptersAddresses`).

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use widestring::U16CStr;
use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_UNICAST_ADDRESS_LH,
};
use windows_sys::Win32::NetworkManagement::Ndis::{IfOperStatusUp, NET_LUID_LH};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR_IN, SOCKADDR_IN6,
};

/// Bytes that are enough on most machines.
const FIRST_GUESS: u32 = 16 << 10;
/// The list may grow between two calls; not for ever.
const TRIES: usize = 5;

/// One adapter.
pub(super) struct Adapter {
    /// With its braces.
    pub(super) guid: String,
    pub(super) luid: NET_LUID_LH,
    pub(super) friendly_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) addresses: Vec<String>,
    /// IANA's ifType.
    pub(super) kind: u32,
    pub(super) running: bool,
}

pub(super) fn adapters() -> io::Result<Vec<Adapter>> {
    let buffer = ask()?;
    // SAFETY: the buffer is empty, or begins with the first entry of the
    // system's list, all of which lies within it.
    let first = (!buffer.is_empty()).then(|| unsafe { &*buffer.as_ptr().cast() });
    // SAFETY: as above, for the next entry.
    let entries = std::iter::successors(first, |entry: &&IP_ADAPTER_ADDRESSES_LH| unsafe {
        entry.Next.as_ref()
    });
    // SAFETY: the entries' pointers are null or lead into the buffer.
    Ok(entries.map(|entry| unsafe { adapter(entry) }).collect())
}

/// The list, in words of 8 bytes so that it is aligned; empty where there are none.
fn ask() -> io::Result<Vec<u64>> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    let mut bytes = FIRST_GUESS;
    let mut answer = ERROR_SUCCESS;
    for _ in 0..TRIES {
        let mut buffer = vec![0_u64; bytes.div_ceil(8) as usize];
        // SAFETY: the buffer has at least so many bytes.
        answer = unsafe {
            GetAdaptersAddresses(
                AF_UNSPEC.into(),
                flags,
                ptr::null(),
                buffer.as_mut_ptr().cast(),
                &raw mut bytes,
            )
        };
        match answer {
            ERROR_SUCCESS => return Ok(buffer),
            ERROR_NO_DATA => return Ok(Vec::new()),
            ERROR_BUFFER_OVERFLOW => {}
            _ => break,
        }
    }
    Err(io::Error::from_raw_os_error(answer.cast_signed()))
}

/// # Safety
/// Every pointer of the entry is null or leads to what its type says.
unsafe fn adapter(entry: &IP_ADAPTER_ADDRESSES_LH) -> Adapter {
    // SAFETY: as this function's.
    let first = unsafe { entry.FirstUnicastAddress.as_ref() };
    // SAFETY: as above, for the next address.
    let addresses = std::iter::successors(first, |address| unsafe { address.Next.as_ref() });
    Adapter {
        // SAFETY: the system gives every adapter a name that ends with a 0.
        guid: unsafe { CStr::from_ptr(entry.AdapterName.cast()) }
            .to_string_lossy()
            .into_owned(),
        luid: entry.Luid,
        // SAFETY: as this function's; both end with a 0.
        friendly_name: unsafe { text(entry.FriendlyName) },
        // SAFETY: as above.
        description: unsafe { text(entry.Description) },
        // SAFETY: as this function's.
        addresses: addresses
            .filter_map(|address| unsafe { ip(address) })
            .collect(),
        kind: entry.IfType,
        running: entry.OperStatus == IfOperStatusUp,
    }
}

/// # Safety
/// It is null or ends with a 0.
unsafe fn text(from: *const u16) -> Option<String> {
    if from.is_null() {
        return None;
    }
    // SAFETY: as this function's.
    let text = unsafe { U16CStr::from_ptr_str(from) }.to_string_lossy();
    (!text.is_empty()).then_some(text)
}

/// # Safety
/// Its address is null or as long as its family says.
unsafe fn ip(from: &IP_ADAPTER_UNICAST_ADDRESS_LH) -> Option<String> {
    let address = from.Address.lpSockaddr;
    // SAFETY: as this function's; every bit pattern is an address.
    let ip = unsafe {
        match address.as_ref()?.sa_family {
            AF_INET => {
                let address = address.cast::<SOCKADDR_IN>().read_unaligned();
                let bits = u32::from_be(address.sin_addr.S_un.S_addr);
                IpAddr::from(Ipv4Addr::from_bits(bits))
            }
            AF_INET6 => {
                let address = address.cast::<SOCKADDR_IN6>().read_unaligned();
                IpAddr::from(Ipv6Addr::from(address.sin6_addr.u.Byte))
            }
            _ => return None,
        }
    };
    Some(format!("{ip}/{}", from.OnLinkPrefixLength))
}
