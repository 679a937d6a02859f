//! What a packet carries of a TCP connection or as a UDP datagram.
//!
//! - Lengths on the wire are told beside what was captured: a packet cut off by
//!   the snaplen still says how much it carried.
//! - Only the outermost headers are read, and no fragments: they have no ports.
//! - No bytes make it panic.

use std::net::SocketAddr;

use etherparse::{IpNumber, LaxIpSlice};

use super::flow::{carried, u16_at};
use crate::pcapng::LinkType;

/// Where the header of LINKTYPE_LINUX_SLL2 has the device's index, four bytes.
const SLL2_DEVICE_AT: usize = 4;

// The TCP header (RFC 9293, section 3.1) and the UDP header (RFC 768).
const TCP_SEQUENCE_AT: usize = 4;
const TCP_ACKNOWLEDGED_AT: usize = 8;
const TCP_LENGTH_AT: usize = 12;
const TCP_FLAGS_AT: usize = 13;
const TCP_HEADER_MIN: usize = 20;
const UDP_LENGTH_AT: usize = 4;
const UDP_HEADER: usize = 8;

const IPV4_TOTAL_AT: usize = 2;
const IPV6_PAYLOAD_AT: usize = 4;
const IPV6_HEADER: usize = 40;

/// A TCP segment or a UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// What of the payload was captured, from its beginning.
    pub payload: &'a [u8],
    /// Bytes of the payload on the wire.
    pub payload_on_wire: u32,
    /// TCP's own; `None` for UDP.
    pub tcp: Option<Tcp>,
}

/// What a TCP header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// The number of the first byte, or of the SYN.
    pub sequence: u32,
    /// The byte awaited next from the other side, where the header has one.
    pub acknowledged: Option<u32>,
    /// CWR to FIN, one bit each.
    pub flags: u8,
}

impl Tcp {
    /// The sender has no more to send.
    pub const FIN: u8 = 0x01;
    /// The connection is opened.
    pub const SYN: u8 = 0x02;
    /// The connection is over at once.
    pub const RST: u8 = 0x04;
    /// There is an acknowledgement.
    pub const ACK: u8 = 0x10;

    /// Whether it has any of these flags.
    #[must_use]
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }
}

impl<'a> Transport<'a> {
    /// Reads the headers of a packet that was `original` bytes long on the wire.
    /// `None` where there is no whole header of TCP or UDP over IP.
    #[must_use]
    pub fn of(link_type: LinkType, packet: &'a [u8], original: u32) -> Option<Self> {
        let (_, ip) = carried(link_type, packet)?;
        let (headers, _) = LaxIpSlice::from_slice(ip).ok()?;
        let carried = headers.payload();
        if carried.fragmented {
            return None;
        }
        let segment = carried.payload;
        let link_header = packet.len() - ip.len();
        let before = (segment.as_ptr() as usize).checked_sub(ip.as_ptr() as usize)?;
        let on_wire = ip_length(ip)
            .unwrap_or((original as usize).saturating_sub(link_header))
            .saturating_sub(before);
        let (payload_at, on_wire, tcp) = match carried.ip_number {
            IpNumber::TCP => {
                let (header, tcp) = tcp(segment)?;
                (header, on_wire.saturating_sub(header), Some(tcp))
            }
            IpNumber::UDP => (UDP_HEADER, udp_length(segment, on_wire)?, None),
            _ => return None,
        };
        let payload = segment.get(payload_at..).unwrap_or_default();
        let payload = &payload[..payload.len().min(on_wire)];
        Some(Self {
            from: SocketAddr::new(headers.source_addr(), u16_at(segment, 0)?),
            to: SocketAddr::new(headers.destination_addr(), u16_at(segment, 2)?),
            payload,
            payload_on_wire: u32::try_from(on_wire).unwrap_or(u32::MAX),
            tcp,
        })
    }
}

/// Bytes of an IP packet as its header tells them; 0 there means that it is
/// longer than the field can say, or that hardware was to fill it in.
fn ip_length(ip: &[u8]) -> Option<usize> {
    if ip.first()? >> 4 == 6 {
        let payload = u16_at(ip, IPV6_PAYLOAD_AT)?;
        (payload != 0).then_some(IPV6_HEADER + usize::from(payload))
    } else {
        let total = u16_at(ip, IPV4_TOTAL_AT)?;
        (total != 0).then_some(usize::from(total))
    }
}

/// The header's length and what it says.
fn tcp(segment: &[u8]) -> Option<(usize, Tcp)> {
    let fixed = segment.first_chunk::<TCP_HEADER_MIN>()?;
    let header = usize::from(fixed[TCP_LENGTH_AT] >> 4) * 4;
    let flags = fixed[TCP_FLAGS_AT];
    let has_ack = flags & Tcp::ACK != 0;
    let acknowledged = u32_at(fixed, TCP_ACKNOWLEDGED_AT).filter(|_| has_ack);
    (header >= TCP_HEADER_MIN).then_some((
        header,
        Tcp {
            sequence: u32_at(fixed, TCP_SEQUENCE_AT)?,
            acknowledged,
            flags,
        },
    ))
}

/// Bytes of a datagram's payload: what is there on the wire where the header
/// tells none, or more than that.
fn udp_length(datagram: &[u8], on_wire: usize) -> Option<usize> {
    let told = usize::from(u16_at(datagram, UDP_LENGTH_AT)?);
    let there = on_wire.checked_sub(UDP_HEADER)?;
    Some(
        told.checked_sub(UDP_HEADER)
            .map_or(there, |told| told.min(there)),
    )
}

/// Which device a packet of Linux's `any` went through, by the system's index.
#[must_use]
pub fn device_index(link_type: LinkType, packet: &[u8]) -> Option<u32> {
    if link_type != LinkType::LINUX_SLL2 {
        return None;
    }
    u32_at(packet, SLL2_DEVICE_AT)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
