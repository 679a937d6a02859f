//! The frames: Ethernet, IPv4, UDP, to a port that the filters let through.

use etherparse::PacketBuilder;

use super::super::failure::Failure;

/// The story's port.
pub(crate) const PORT: u16 = 9973;
/// What all capturers are given as their filter.
pub(crate) const FILTER: &str = "udp dst port 9973";

/// Ethernet, IPv4 and UDP headers.
const HEADERS: usize = 14 + 20 + 8;

/// A frame of `bytes`, without the checksum that a network card would append.
///
/// It is addressed to nobody's hardware address (locally administered, RFC 9542 section 2.1), so
/// that the receiving end's IP stack drops it at once; the IP addresses are those for benchmarks
/// (RFC 2544, 198.18.0.0/15).
pub(crate) fn build(bytes: usize) -> Result<Vec<u8>, Failure> {
    let payload = bytes.checked_sub(HEADERS).ok_or_else(|| {
        Failure::Impossible(format!(
            "a frame of {bytes} bytes cannot hold {HEADERS} bytes of headers"
        ))
    })?;
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([198, 18, 0, 1], [198, 18, 0, 2], 64)
        .udp(40_000, PORT);
    let mut frame = Vec::with_capacity(bytes);
    builder
        .write(&mut frame, &vec![0x5A; payload])
        .map_err(|error| Failure::Impossible(format!("build a frame of {bytes} bytes: {error}")))?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_long_as_asked_and_parse() {
        for bytes in [HEADERS, 64, 300, 1400] {
            let frame = build(bytes).unwrap();
            assert_eq!(frame.len(), bytes);
            let sliced = etherparse::SlicedPacket::from_ethernet(&frame).unwrap();
            let Some(etherparse::TransportSlice::Udp(udp)) = sliced.transport else {
                panic!("no UDP in {bytes} bytes");
            };
            assert_eq!(udp.destination_port(), PORT);
            assert_eq!(udp.payload().len(), bytes - HEADERS);
        }
        assert!(FILTER.ends_with(&PORT.to_string()));
    }

    #[test]
    fn a_frame_too_short_for_its_headers_is_refused() {
        assert!(build(HEADERS - 1).is_err());
    }
}
