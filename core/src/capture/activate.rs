//! Activation through libpcap's own call.
//!
//! The pcap crate's `open()` turns libpcap's warnings into errors and drops
//! the codes that tell "no rights" from "no such device" (pcap_activate(3PCAP)).

use std::ffi::{CStr, c_char, c_int};

use pcap::{Active, Capture, Inactive, Precision};

use crate::pcapng::Resolution;

unsafe extern "C" {
    fn pcap_activate(handle: *mut std::ffi::c_void) -> c_int;
    fn pcap_geterr(handle: *mut std::ffi::c_void) -> *mut c_char;
    fn pcap_get_tstamp_precision(handle: *mut std::ffi::c_void) -> c_int;
}

/// Codes of pcap_activate(3PCAP) that mean different things to a user.
const NO_SUCH_DEVICE: c_int = -5;
const PERMISSION_DENIED: c_int = -8;
const INTERFACE_NOT_UP: c_int = -9;
const PROMISCUOUS_DENIED: c_int = -11;

/// Why a device could not be activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoSuchDevice(String),
    NoRights(String),
    Down(String),
    Other(String),
}

/// Activates the handle. A warning comes back beside it, in libpcap's words.
pub(super) fn activate(
    inactive: Capture<Inactive>,
) -> Result<(Capture<Active>, Option<String>), Refusal> {
    let inactive = inactive.precision(Precision::Nano);
    let handle = inactive.as_ptr().cast();
    // SAFETY: the handle is the crate's own, alive for as long as `inactive` is.
    let code = unsafe { pcap_activate(handle) };
    let words = || words_of(handle);
    match code {
        0.. => {
            // SAFETY: this is what the crate's `open()` does after the same call:
            // the type parameter is a marker without data.
            let active =
                unsafe { std::mem::transmute::<Capture<Inactive>, Capture<Active>>(inactive) };
            let warning = (code > 0).then(|| words_of(active.as_ptr().cast()));
            Ok((active, warning))
        }
        NO_SUCH_DEVICE => Err(Refusal::NoSuchDevice(words())),
        PERMISSION_DENIED | PROMISCUOUS_DENIED => Err(Refusal::NoRights(words())),
        INTERFACE_NOT_UP => Err(Refusal::Down(words())),
        _ => Err(Refusal::Other(words())),
    }
}

/// The resolution that the handle's timestamps really have.
pub(super) fn resolution(capture: &Capture<Active>) -> Resolution {
    const NANOSECONDS: c_int = 1;
    // SAFETY: the handle is alive and activated.
    match unsafe { pcap_get_tstamp_precision(capture.as_ptr().cast()) } {
        NANOSECONDS => Resolution::Nanoseconds,
        _ => Resolution::Microseconds,
    }
}

fn words_of(handle: *mut std::ffi::c_void) -> String {
    // SAFETY: libpcap's error buffer is part of the handle, always terminated.
    let words = unsafe { CStr::from_ptr(pcap_geterr(handle)) };
    words.to_string_lossy().trim().to_owned()
}
