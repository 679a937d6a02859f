//! Filters compiled by libpcap without a device: for capture files, and to
//! check what a user wrote.

use std::ffi::{c_uchar, c_uint, c_void};

use pcap::{BpfProgram, Capture, Linktype};

use super::error::{CaptureError, words};
use crate::pcapng::LinkType;

unsafe extern "C" {
    /// bpf_filter of libpcap: `wire` and `captured` are lengths in bytes; 0 is no match.
    fn bpf_filter(
        instructions: *const c_void,
        packet: *const c_uchar,
        wire: c_uint,
        captured: c_uint,
    ) -> c_uint;
}

/// A filter compiled for one link type.
pub struct Program(BpfProgram);

impl Program {
    /// Compiles a filter.
    ///
    /// # Errors
    /// libpcap's own words, with the filter and the link type; or there is no libpcap.
    pub fn compile(filter: &str, link_type: LinkType) -> Result<Self, CaptureError> {
        super::library::ensure_loaded()?;
        let dlt = Linktype(dlt(link_type));
        let failed = |error: pcap::Error| CaptureError::Filter {
            filter: filter.to_owned(),
            place: format!("link type {}", link_type_name(link_type)),
            words: words(&error),
        };
        let dead = Capture::dead(dlt).map_err(failed)?;
        dead.compile(filter, true).map(Self).map_err(failed)
    }

    /// Whether a packet passes; `original` is its length on the wire.
    #[must_use]
    pub fn passes(&self, packet: &[u8], original: u32) -> bool {
        let captured = c_uint::try_from(packet.len()).unwrap_or(c_uint::MAX);
        // SAFETY: libpcap compiled the instructions, which end with a return and
        // read within `captured` bytes.
        let matched = unsafe {
            bpf_filter(
                self.0.get_instructions().as_ptr().cast(),
                packet.as_ptr(),
                original,
                captured,
            )
        };
        matched != 0
    }
}

/// Compiles a filter for a link type and forgets it again.
///
/// # Errors
/// libpcap's own words, with the filter and the link type.
pub fn check_filter(filter: &str, link_type: LinkType) -> Result<(), CaptureError> {
    Program::compile(filter, link_type).map(drop)
}

/// libpcap's name of a link type, such as EN10MB; its number where it has none,
/// or where there is no libpcap.
#[must_use]
pub fn link_type_name(link_type: LinkType) -> String {
    if super::library::ensure_loaded().is_err() {
        return link_type.0.to_string();
    }
    let name = Linktype(dlt(link_type)).get_name();
    name.unwrap_or_else(|_| link_type.0.to_string())
}

/// A system's DLT for the link type of a file: equal but for raw IP.
fn dlt(link_type: LinkType) -> i32 {
    const DLT_RAW: i32 = if cfg!(target_os = "openbsd") { 14 } else { 12 };
    match link_type {
        LinkType::RAW => DLT_RAW,
        other => i32::from(other.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_is_refused_in_libpcaps_words() {
        let refused = check_filter("tcp prot 80", LinkType::ETHERNET).unwrap_err();
        let words = refused.to_string();
        assert!(words.contains("tcp prot 80"), "{words}");
        assert!(words.contains("EN10MB"), "{words}");
        assert!(words.contains("syntax"), "{words}");
        let refused = check_filter("ether host 02:00:00:00:00:01", LinkType::RAW).unwrap_err();
        assert!(refused.to_string().contains("ether"), "{refused}");
        assert!(check_filter("tcp\0port 80", LinkType::ETHERNET).is_err());
        check_filter("tcp port 80", LinkType::LINUX_SLL2).unwrap();
    }

    #[test]
    fn a_length_is_judged_by_the_wire() {
        let program = Program::compile("greater 1000", LinkType::ETHERNET).unwrap();
        assert!(program.passes(&[0; 60], 1500));
        assert!(!program.passes(&[0; 60], 60));
    }
}
