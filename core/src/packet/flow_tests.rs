//! Packets as they come, cut off anywhere, and random bytes.

use etherparse::{IpFragOffset, IpHeaders, Ipv4Header, PacketBuilder, VlanId};
use proptest::prelude::*;

use super::*;

const A: [u8; 4] = [10, 0, 0, 1];
const B: [u8; 4] = [10, 0, 0, 2];

fn end(address: [u8; 4], port: impl Into<Option<u16>>) -> End {
    End {
        address: IpAddr::from(address),
        port: port.into(),
    }
}

/// The SYN of a TCP connection, as bare IP.
fn syn() -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ipv4(A, B, 64).tcp(40_000, 80, 3, 4).syn();
    builder.write(&mut bytes, b"payload").unwrap();
    bytes
}

/// An IP header without options and what follows it.
fn ip_packet(protocol: IpNumber, offset: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut header = Ipv4Header::new(length, 64, protocol, A, B).unwrap();
    header.fragment_offset = IpFragOffset::try_new(offset).unwrap();
    let mut bytes = Vec::new();
    IpHeaders::Ipv4(header, Default::default())
        .write(&mut bytes)
        .unwrap();
    bytes.extend_from_slice(payload);
    bytes
}

#[test]
fn every_link_type_gives_the_same_flow() {
    let mut ethernet = Vec::new();
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .double_vlan(VlanId::try_new(1).unwrap(), VlanId::try_new(2).unwrap())
        .ipv4(A, B, 64)
        .tcp(40_000, 80, 3, 4)
        .syn()
        .write(&mut ethernet, b"payload")
        .unwrap();
    let with_front = |front: &[u8]| [front, &syn()].concat();
    let mut sll = [0; SLL_HEADER];
    sll[SLL_HEADER - 2..].copy_from_slice(&[0x08, 0x00]);
    let mut sll2 = [0; SLL2_HEADER];
    sll2[..2].copy_from_slice(&[0x08, 0x00]);
    for (link_type, packet) in [
        (LinkType::ETHERNET, ethernet),
        (LinkType::RAW, syn()),
        (LinkType::IPV4, syn()),
        (LinkType::NULL, with_front(&[2, 0, 0, 0])),
        (LinkType::LOOP, with_front(&[0, 0, 0, 2])),
        (LinkType::LINUX_SLL, with_front(&sll)),
        (LinkType::LINUX_SLL2, with_front(&sll2)),
    ] {
        let expected = Flow {
            protocol: Protocol::TCP,
            ends: Some((end(A, 40_000), end(B, 80))),
            opener: Some(Side::From),
        };
        assert_eq!(Flow::of(link_type, &packet), expected, "{link_type:?}");
    }
}

#[test]
fn what_stands_before_the_cut_is_told() {
    let packet = syn();
    let ports = |length| {
        let flow = Flow::of(LinkType::RAW, &packet[..length]);
        let (from, to) = flow.ends?;
        Some((flow.protocol, from.port, to.port, flow.opener))
    };
    assert_eq!(ports(19), None);
    let cut_off = Flow::of(LinkType::RAW, &packet[..19]);
    assert_eq!(cut_off.protocol.to_string(), "IPv4");
    assert_eq!(ports(20), Some((Protocol::TCP, None, None, None)));
    assert_eq!(ports(22), Some((Protocol::TCP, Some(40_000), None, None)));
    let both = (Protocol::TCP, Some(40_000), Some(80), None);
    assert_eq!(ports(24), Some(both));
    let flags = (both.0, both.1, both.2, Some(Side::From));
    assert_eq!(ports(34), Some(flags));
}

#[test]
fn the_answer_to_a_syn_tells_who_opened() {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4(B, A, 64)
        .tcp(80, 40_000, 3, 4)
        .syn()
        .ack(1)
        .write(&mut bytes, &[])
        .unwrap();
    let flow = Flow::of(LinkType::RAW, &bytes);
    assert_eq!(flow.opener, Some(Side::To));
    assert_eq!(opener(TCP_ACK), None);
}

#[test]
fn protocols_without_ports_have_none() {
    let ports = [0x9c, 0x40, 0x00, 0x50, 0, 0, 0, 0];
    for (protocol, offset, expected, name) in [
        (IpNumber::SCTP, 0, Some(40_000), "SCTP"),
        (IpNumber::UDP, 0, Some(40_000), "UDP"),
        (IpNumber::UDP, 185, None, "UDP"),
        (IpNumber::ICMP, 0, None, "ICMP"),
        (IpNumber(250), 0, None, "IP protocol 250"),
    ] {
        let packet = ip_packet(protocol, offset, &ports);
        let flow = Flow::of(LinkType::RAW, &packet);
        let (from, to) = flow.ends.unwrap();
        assert_eq!((from, to.address), (end(A, expected), IpAddr::from(B)));
        assert_eq!(flow.protocol.to_string(), name);
    }
}

#[test]
fn ipv6_is_read_behind_its_extension_headers() {
    let from = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let mut bytes = vec![0x60, 0, 0, 0, 0, 16, 0, 64];
    bytes.extend(from);
    bytes.extend(from);
    // Hop-by-hop options, then UDP from 53 to 5353.
    bytes.extend([17, 0, 1, 4, 0, 0, 0, 0]);
    bytes.extend([0, 53, 0x14, 0xe9, 0, 8, 0, 0]);
    let flow = Flow::of(LinkType::IPV6, &bytes);
    let (sender, receiver) = flow.ends.unwrap();
    assert_eq!(flow.protocol, Protocol::UDP);
    assert_eq!(sender.to_string(), "[fe80::1]:53");
    assert_eq!(receiver.port, Some(5353));
}

#[test]
fn what_is_no_ip_has_a_name() {
    for (ether_type, name) in [
        (0x0806_u16, "ARP"),
        (0x88cc, "LLDP"),
        (0x88b5, "EtherType 0x88b5"),
        (0x0026, "LLC"),
        (0x8100, "VLAN"),
        (0x0800, "IPv4"),
    ] {
        let mut frame = vec![0; 12];
        frame.extend(ether_type.to_be_bytes());
        let flow = Flow::of(LinkType::ETHERNET, &frame);
        assert_eq!(flow.protocol.to_string(), name);
        assert_eq!(flow.ends, None);
    }
    for (link_type, bytes) in [(LinkType(147), &[7; 99][..]), (LinkType::RAW, &[0x70; 40])] {
        let flow = Flow::of(link_type, bytes);
        assert_eq!(flow.protocol, Protocol::NotUnderstood);
    }
}

const LINK_TYPES: [LinkType; 9] = [
    LinkType::ETHERNET,
    LinkType::NULL,
    LinkType::RAW,
    LinkType::LOOP,
    LinkType::LINUX_SLL,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL2,
    LinkType(147),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_it_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..120),
        start in prop::sample::select(vec![&[][..], &[0x45], &[0x60], &[0x4f]]),
        ether_type in prop::sample::select(vec![0x0800_u16, 0x86dd, 0x8100, 0x88a8, 0x0806]),
    ) {
        bytes.splice(0..0, start.iter().copied());
        let mut frame = vec![0; 12];
        frame.extend(ether_type.to_be_bytes());
        frame.extend(&bytes);
        for link_type in LINK_TYPES {
            for packet in [&bytes, &frame] {
                let flow = Flow::of(link_type, packet);
                prop_assert!(!flow.protocol.to_string().is_empty());
                prop_assert!(flow.opener.is_none() || flow.protocol == Protocol::TCP);
            }
        }
    }
}
