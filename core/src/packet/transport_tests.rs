//! Segments and datagrams as they come, cut off anywhere, and random bytes.

use etherparse::{IpFragOffset, IpHeaders, Ipv4Header, PacketBuilder};
use proptest::prelude::*;

use super::*;

const A: [u8; 4] = [10, 0, 0, 1];
const B: [u8; 4] = [10, 0, 0, 2];
const PAYLOAD: &[u8] = b"HTTP/1.1 500";

fn segment() -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ipv4(A, B, 64).tcp(80, 40_000, 7, 9);
    builder.ack(11).write(&mut bytes, PAYLOAD).unwrap();
    bytes
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn read(link_type: LinkType, packet: &[u8]) -> Transport<'_> {
    Transport::of(link_type, packet, length(packet)).unwrap()
}

#[test]
fn every_link_type_gives_the_same_segment() {
    let mut ethernet = [vec![2; 12], vec![0x08, 0x00], segment()].concat();
    // A short frame is padded; that is no payload.
    ethernet.extend([0; 9]);
    let mut sll2 = vec![0; 20];
    sll2[..2].copy_from_slice(&[0x08, 0x00]);
    sll2[7] = 5;
    let mut sll = vec![0; 16];
    sll[14..].copy_from_slice(&[0x08, 0x00]);
    for (link_type, packet) in [
        (LinkType::ETHERNET, ethernet),
        (LinkType::LINUX_SLL2, [sll2.clone(), segment()].concat()),
        (LinkType::LINUX_SLL, [sll, segment()].concat()),
        (LinkType::NULL, [vec![2, 0, 0, 0], segment()].concat()),
        (LinkType::RAW, segment()),
    ] {
        let read = read(link_type, &packet);
        assert_eq!(read.from, SocketAddr::from((A, 80)), "{link_type:?}");
        assert_eq!(read.to, SocketAddr::from((B, 40_000)));
        assert_eq!((read.payload, read.payload_on_wire), (PAYLOAD, 12));
        let tcp = read.tcp.unwrap();
        assert_eq!((tcp.sequence, tcp.acknowledged), (7, Some(11)));
        assert!(tcp.has(Tcp::ACK) && !tcp.has(Tcp::SYN | Tcp::FIN | Tcp::RST));
    }
    assert_eq!(device_index(LinkType::LINUX_SLL2, &sll2), Some(5));
    assert_eq!(device_index(LinkType::ETHERNET, &sll2), None);
}

#[test]
fn datagrams_over_ipv6_are_read() {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ipv6([1; 16], [2; 16], 64).udp(53, 40_000);
    builder.write(&mut bytes, PAYLOAD).unwrap();
    let datagram = read(LinkType::RAW, &bytes);
    assert_eq!(datagram.from.port(), 53);
    assert!(datagram.from.is_ipv6());
    assert_eq!((datagram.payload, datagram.tcp), (PAYLOAD, None));
}

#[test]
fn a_cut_payload_is_as_long_as_it_was_on_the_wire() {
    let whole = segment();
    let cut = &whole[..whole.len() - 5];
    let read = Transport::of(LinkType::RAW, cut, length(&whole)).unwrap();
    assert_eq!((read.payload, read.payload_on_wire), (&PAYLOAD[..7], 12));
    let mut untold = whole.clone();
    untold[2..4].fill(0);
    let read = Transport::of(LinkType::RAW, &untold[..42], length(&whole)).unwrap();
    assert_eq!((read.payload.len(), read.payload_on_wire), (2, 12));
}

#[test]
fn a_fragment_is_no_segment() {
    let mut header = Ipv4Header::new(40, 64, IpNumber::TCP, A, B).unwrap();
    header.more_fragments = true;
    header.fragment_offset = IpFragOffset::try_new(0).unwrap();
    let mut bytes = Vec::new();
    IpHeaders::Ipv4(header, Default::default())
        .write(&mut bytes)
        .unwrap();
    bytes.extend([0x50; 40]);
    assert_eq!(Transport::of(LinkType::RAW, &bytes, 60), None);
}

#[test]
fn a_segment_cut_anywhere_is_read_or_not() {
    let whole = segment();
    for cut in 0..whole.len() {
        for link_type in (0..300).map(LinkType) {
            let read = Transport::of(link_type, &whole[..cut], length(&whole));
            assert!(read.is_none_or(|read| read.payload.len() <= cut));
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..120),
        original in any::<u32>(),
        version in prop::sample::select(vec![0x45_u8, 0x46, 0x60]),
        protocol in prop::sample::select(vec![6_u8, 17]),
    ) {
        for link_type in [0, 1, 101, 113, 276].map(LinkType) {
            let _ = Transport::of(link_type, &bytes, original);
            let _ = device_index(link_type, &bytes);
        }
        // Helped along, as random bytes are hardly ever IP.
        if let Some(first) = bytes.first_mut() {
            *first = version;
        }
        for at in [6, 9] {
            if let Some(place) = bytes.get_mut(at) {
                *place = protocol;
            }
        }
        let read = Transport::of(LinkType::RAW, &bytes, original);
        prop_assert!(read.is_none_or(|read| read.payload.len() <= read.payload_on_wire as usize));
    }
}
