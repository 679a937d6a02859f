//! Where a packet's headers end and its payload begins.

use etherparse::{EtherType, LaxSlicedPacket, TransportSlice};

use crate::pcapng::LinkType;

/// What is kept of a packet that is not understood: about as much as the
/// headers of one that is.
const NOT_UNDERSTOOD: usize = 64;
/// Bytes of the header of LINKTYPE_LINUX_SLL; its last two are the EtherType.
pub(super) const SLL_HEADER: usize = 16;
/// Bytes of the header of LINKTYPE_LINUX_SLL2; its first two are the EtherType.
pub(super) const SLL2_HEADER: usize = 20;
/// LINKTYPE_NULL and LINKTYPE_LOOP put the address family in front.
pub(super) const FAMILY: usize = 4;

/// Bytes of a packet up to the end of its transport header: what "headers
/// only" keeps. Never more than the packet has.
///
/// Where there is no transport header (ARP, a later fragment, an unknown
/// protocol), the headers found are kept; of a packet that is not understood
/// at all, the first 64 bytes.
#[must_use]
pub fn header_length(link_type: LinkType, packet: &[u8]) -> usize {
    let length = match link_type {
        LinkType::ETHERNET => LaxSlicedPacket::from_ethernet(packet)
            .ok()
            .and_then(|sliced| end_of_headers(packet, &sliced)),
        LinkType::NULL | LinkType::LOOP => ip(packet, FAMILY),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => ip(packet, 0),
        LinkType::LINUX_SLL => ether_type(packet, SLL_HEADER - 2, SLL_HEADER),
        LinkType::LINUX_SLL2 => ether_type(packet, 0, SLL2_HEADER),
        _ => None,
    };
    length.unwrap_or(NOT_UNDERSTOOD).min(packet.len())
}

fn ip(packet: &[u8], at: usize) -> Option<usize> {
    let sliced = LaxSlicedPacket::from_ip(packet.get(at..)?).ok()?;
    end_of_headers(packet, &sliced)
}

fn ether_type(packet: &[u8], type_at: usize, at: usize) -> Option<usize> {
    let ether_type = *packet.get(type_at..)?.first_chunk::<2>()?;
    let ether_type = EtherType(u16::from_be_bytes(ether_type));
    let sliced = LaxSlicedPacket::from_ether_type(ether_type, packet.get(at..)?);
    end_of_headers(packet, &sliced)
}

/// The offset of what follows the last header that was understood; `None`
/// where there is no IP.
fn end_of_headers(packet: &[u8], sliced: &LaxSlicedPacket<'_>) -> Option<usize> {
    let payload = match &sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => tcp.payload(),
        Some(TransportSlice::Udp(udp)) => udp.payload(),
        Some(TransportSlice::Icmpv4(icmp)) => icmp.payload(),
        Some(TransportSlice::Icmpv6(icmp)) => icmp.payload(),
        Some(TransportSlice::Igmp(igmp)) => igmp.payload(),
        None => sliced.ip_payload()?.payload,
    };
    // The payload is a part of the packet, so both addresses belong to one allocation.
    (payload.as_ptr() as usize).checked_sub(packet.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    const TCP_OVER_IPV4: usize = 20 + 20;
    const PAYLOAD: &[u8] =
        b"GET /secret HTTP/1.1\r\nHost: example.test\r\nAuthorization: x\r\n\r\n";

    fn built(builder: etherparse::PacketBuilderStep<etherparse::TcpHeader>) -> Vec<u8> {
        let mut bytes = Vec::new();
        builder.write(&mut bytes, PAYLOAD).unwrap();
        bytes
    }

    fn ip_packet() -> Vec<u8> {
        built(PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(1, 2, 3, 4))
    }

    #[test]
    fn no_byte_of_the_payload_is_kept_on_any_link() {
        let ethernet = built(
            PacketBuilder::ethernet2([2; 6], [4; 6])
                .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
                .tcp(1, 2, 3, 4),
        );
        let with_front = |front: &[u8]| [front, &ip_packet()].concat();
        let mut sll = [0; SLL_HEADER];
        sll[SLL_HEADER - 2..].copy_from_slice(&[0x08, 0x00]);
        let mut sll2 = [0; SLL2_HEADER];
        sll2[..2].copy_from_slice(&[0x08, 0x00]);
        for (link_type, packet, front) in [
            (LinkType::ETHERNET, ethernet, 14),
            (LinkType::RAW, ip_packet(), 0),
            (LinkType::IPV4, ip_packet(), 0),
            (LinkType::NULL, with_front(&[2, 0, 0, 0]), FAMILY),
            (LinkType::LOOP, with_front(&[0, 0, 0, 2]), FAMILY),
            (LinkType::LINUX_SLL, with_front(&sll), SLL_HEADER),
            (LinkType::LINUX_SLL2, with_front(&sll2), SLL2_HEADER),
        ] {
            let length = header_length(link_type, &packet);
            assert_eq!(length, front + TCP_OVER_IPV4, "{link_type:?}");
        }
    }

    #[test]
    fn a_packet_cut_anywhere_never_gives_more_than_it_has() {
        let packet = ip_packet();
        for length in 0..packet.len() {
            for link_type in (0..300).map(LinkType) {
                assert!(header_length(link_type, &packet[..length]) <= length);
            }
        }
    }

    #[test]
    fn what_is_not_understood_keeps_its_first_bytes() {
        assert_eq!(header_length(LinkType(147), &[7; 1000]), NOT_UNDERSTOOD);
        // An Ethernet frame of a protocol that nobody knows.
        let mut frame = vec![0; 1000];
        frame[12..14].copy_from_slice(&[0x88, 0xb5]);
        assert_eq!(header_length(LinkType::ETHERNET, &frame), NOT_UNDERSTOOD);
    }
}
