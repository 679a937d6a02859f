//! Whole files with known conversations, and random ones.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use etherparse::PacketBuilder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::conversations::Conversations;
use super::{Control, Overview, Traffic, overview};
use crate::limits::{
    CONVERSATIONS_TOLD_MAX, CONVERSATIONS_TRACKED_MAX, LAST_PACKETS_MAX, PORTS_TOLD_MAX,
};
use crate::packet::{End, Flow, Protocol, Side};
use crate::pcapng::{
    FileError, InterfaceDescription, InterfaceId, LinkType, Resolution, SectionHeader,
    enhanced_packet_length, write_enhanced_packet, write_interface_description,
    write_section_header,
};
use crate::units::{ByteCount, PacketCount, Timestamp};

const CLIENT: [u8; 4] = [10, 0, 0, 9];
const SERVER: [u8; 4] = [10, 0, 0, 1];
const SECOND: u64 = 1_000_000_000;

fn traffic(packets: u64, bytes: u64) -> Traffic {
    Traffic {
        packets: PacketCount(packets),
        bytes: ByteCount(bytes),
    }
}

/// TCP over Ethernet: 54 bytes of headers.
fn tcp(from: ([u8; 4], u16), to: ([u8; 4], u16), syn: bool, payload: usize) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from.0, to.0, 64);
    let builder = builder.tcp(from.1, to.1, 1, 1000);
    let builder = if syn { builder.syn() } else { builder };
    let mut bytes = Vec::new();
    builder.write(&mut bytes, &vec![0; payload]).unwrap();
    bytes
}

/// A pcapng file of one Ethernet interface.
fn capture(packets: &[(u64, Vec<u8>)]) -> Vec<u8> {
    capture_with(&SectionHeader::default(), packets)
}

fn capture_with(header: &SectionHeader, packets: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    write_section_header(&mut out, header);
    let interface = InterfaceDescription {
        name: "eth0".into(),
        description: None,
        link_type: LinkType::ETHERNET,
        snaplen: 65_535,
        resolution: Resolution::Nanoseconds,
        filter: None,
    };
    write_interface_description(&mut out, &interface, None);
    for (at, packet) in packets {
        let mut block = vec![0; enhanced_packet_length(packet.len())];
        let original = u32::try_from(packet.len()).unwrap();
        write_enhanced_packet(&mut block, InterfaceId(0), *at, packet, original).unwrap();
        out.extend(block);
    }
    out
}

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.pcapng");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn overview_of(packets: &[(u64, Vec<u8>)]) -> Overview {
    let (_folder, path) = file(&capture(packets));
    overview(&path, &Control::default()).unwrap()
}

#[test]
fn a_conversation_has_two_directions_and_a_server() {
    let (client, server) = ((CLIENT, 40_000), (SERVER, 9_973));
    let mut arp = vec![0; 42];
    arp[12..14].copy_from_slice(&[0x08, 0x06]);
    let overview = overview_of(&[
        // The server's answer stands first: recording began in the middle.
        (2 * SECOND, tcp(server, client, false, 1_000)),
        (SECOND, tcp(client, server, false, 100)),
        (3 * SECOND, tcp(client, server, false, 46)),
        (4 * SECOND, arp),
    ]);
    let [http, arp] = &overview.conversations[..] else {
        panic!("{overview:?}");
    };
    let (first, second) = http.ends.unwrap();
    assert_eq!(first.to_string(), "10.0.0.9:40000");
    assert_eq!(second.to_string(), "10.0.0.1:9973");
    assert_eq!(
        (http.there, http.back),
        (traffic(2, 254), traffic(1, 1_054))
    );
    let times = (http.first, http.last);
    let seconds = |count| Some(Timestamp(count * SECOND));
    assert_eq!(times, (seconds(1), seconds(3)));
    assert_eq!(arp.protocol.to_string(), "ARP");
    assert_eq!((arp.ends, arp.traffic()), (None, traffic(1, 42)));
    let [port] = overview.ports[..] else {
        panic!("{overview:?}");
    };
    assert_eq!((port.protocol, port.port), (Protocol::TCP, 9_973));
    assert_eq!(port.traffic, traffic(3, 1_308));
    assert_eq!(overview.info.survey.packets, PacketCount(4));
    let timeline = &overview.timeline;
    assert_eq!(timeline.start, Timestamp(SECOND));
    assert_eq!(timeline.bins.len(), 1_501);
    assert_eq!(timeline.begin(1_500), Timestamp(4 * SECOND));
    assert_eq!(timeline.bins[1_500], traffic(1, 42));
}

#[test]
fn who_received_the_syn_is_the_server_whatever_its_port() {
    let (client, server) = ((CLIENT, 1_024), (SERVER, 50_051));
    let overview = overview_of(&[
        (1, tcp(server, client, false, 0)),
        (2, tcp(client, server, true, 0)),
    ]);
    assert_eq!(overview.ports[0].port, 50_051);
    let (first, _) = overview.conversations[0].ends.unwrap();
    assert_eq!(first.port, Some(1_024));
}

#[test]
fn the_busiest_are_told_and_the_rest_are_counted() {
    let more = 10;
    let most = u16::try_from(CONVERSATIONS_TOLD_MAX).unwrap() + more;
    let packets: Vec<_> = (1..=most)
        .map(|n| {
            let packet = tcp((CLIENT, 40_000), (SERVER, n), false, n.into());
            (n.into(), packet)
        })
        .collect();
    let overview = overview_of(&packets);
    assert_eq!(overview.conversations.len(), CONVERSATIONS_TOLD_MAX);
    assert_eq!(overview.more_conversations, u64::from(more));
    assert_eq!(overview.ports.len(), PORTS_TOLD_MAX);
    let ports = u64::from(most) - PORTS_TOLD_MAX as u64;
    assert_eq!(overview.more_ports, ports);
    assert_eq!(overview.ports[0].port, most);
    let busiest = 54 + u64::from(most);
    assert_eq!(overview.conversations[0].there, traffic(1, busiest));
}

/// An incident with this moment.
fn incident_of(moment: u64, packets: &[(u64, Vec<u8>)]) -> Overview {
    let facts = super::heads_tests::facts_at(Timestamp(moment));
    let header = SectionHeader {
        comments: vec![crate::incident::sentence(&facts), facts.to_comment()],
        ..SectionHeader::default()
    };
    let (_folder, path) = file(&capture_with(&header, packets));
    overview(&path, &Control::default()).unwrap()
}

#[test]
fn the_request_without_an_answer_is_among_the_last_before_the_moment() {
    let server = (SERVER, 9_973);
    let client = |port: u16| (CLIENT, port);
    let mut packets = vec![(1, tcp(client(50_666), server, false, 66))];
    // Many others are asked and answered after it.
    for n in 0..20_u16 {
        let at = 10 + 10 * u64::from(n);
        packets.push((at, tcp(client(40_000 + n), server, false, 30)));
        packets.push((at + 5, tcp(server, client(40_000 + n), false, 900)));
    }
    // No payload, and after the moment: neither is told.
    packets.push((300, tcp(client(7), server, false, 0)));
    packets.push((1_001, tcp(server, client(8), false, 80)));
    let overview = incident_of(1_000, &packets);
    assert_eq!(overview.last.len(), LAST_PACKETS_MAX);
    let unanswered: Vec<_> = overview.last.iter().filter(|one| one.unanswered).collect();
    let [request] = unanswered[..] else {
        panic!("{:?}", overview.last);
    };
    assert_eq!(request.from.port, Some(50_666));
    assert_eq!(
        (request.before.as_nanos(), request.payload),
        (999, ByteCount(66))
    );
    assert_eq!(request.start, [0; 66]);
    // The last first.
    let first = &overview.last[0];
    assert_eq!(
        (first.before.as_nanos(), first.from.port),
        (795, Some(9_973))
    );
    // Of a file that is no incident there is no moment.
    assert_eq!(overview_of(&packets).last, []);
}

#[test]
fn the_conversations_of_an_incident_are_told_by_how_near_they_were() {
    let server = (SERVER, 80);
    let overview = incident_of(
        1_000,
        &[
            (1, tcp((CLIENT, 1_001), server, false, 1_000)),
            (990, tcp((CLIENT, 1_002), server, false, 1)),
            // Its reset came only when the process was gone.
            (1_010, tcp((CLIENT, 1_001), server, false, 0)),
            (1_020, tcp((CLIENT, 1_003), server, false, 500)),
        ],
    );
    let ports = overview.conversations.iter();
    let ports: Vec<_> = ports.map(|one| one.ends.unwrap().0.port.unwrap()).collect();
    assert_eq!(ports, [1_002, 1_001, 1_003]);
    let times = overview.conversations.iter().map(|one| one.last_before);
    let times: Vec<_> = times.collect();
    assert_eq!(times, [Some(Timestamp(990)), Some(Timestamp(1)), None]);
}

#[test]
fn beyond_the_bound_conversations_are_counted_together() {
    let mut conversations = Conversations::default();
    let flow = |number: u32| Flow {
        protocol: Protocol::TCP,
        ends: Some((
            End {
                address: IpAddr::V4(Ipv4Addr::from_bits(number)),
                port: Some(40_000),
            },
            End {
                address: IpAddr::from(SERVER),
                port: Some(80),
            },
        )),
        opener: Some(Side::From),
    };
    let beyond = u32::try_from(CONVERSATIONS_TRACKED_MAX).unwrap();
    for number in 0..beyond + 5 {
        conversations.count(&flow(number), None, ByteCount(60));
    }
    // Of one that is tracked already.
    conversations.count(&flow(7), None, ByteCount(60));
    let told = conversations.finish();
    assert_eq!(told.others, traffic(5, 300));
    let all = told.conversations.len() as u64 + told.more_conversations;
    assert_eq!(all, u64::from(beyond));
    assert_eq!(told.conversations[0].there, traffic(2, 120));
    // The port has all of them.
    let packets = u64::from(beyond) + 6;
    assert_eq!(told.ports[0].traffic, traffic(packets, packets * 60));
}

#[test]
fn progress_is_told_and_it_can_be_called_off() {
    let packet = tcp((CLIENT, 40_000), (SERVER, 80), false, 0);
    let bytes = capture(&[(1, packet.clone()), (2, packet)]);
    let (_folder, path) = file(&bytes);
    let control = Control::default();
    overview(&path, &control).unwrap();
    assert_eq!(control.done(), ByteCount(bytes.len() as u64));
    control.call_off();
    let error = overview(&path, &control).unwrap_err();
    assert!(matches!(error, FileError::Stopped { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_file_holds_the_sums_agree(
        packets in prop::collection::vec(
            (any::<u64>(), prop::collection::vec(any::<u8>(), 0..80), any::<bool>()),
            0..30,
        ),
    ) {
        let packets: Vec<_> = packets
            .into_iter()
            .map(|(at, mut bytes, ip)| {
                if ip && bytes.len() > 15 {
                    bytes[12..15].copy_from_slice(&[0x08, 0x00, 0x45]);
                }
                (at, bytes)
            })
            .collect();
        let overview = overview_of(&packets);
        let survey = &overview.info.survey;
        let all = Traffic { packets: survey.packets, bytes: survey.wire_bytes };
        prop_assert_eq!(all.packets.0, packets.len() as u64);
        let sum = |list: Vec<Traffic>| list.into_iter().fold(Traffic::default(), Traffic::plus);
        let talked = overview.conversations.iter().map(super::Conversation::traffic);
        prop_assert_eq!(sum(talked.collect()), all);
        prop_assert_eq!(sum(overview.timeline.bins), all);
    }
}

/// How long a gibibyte takes, from the page cache:
/// `cargo test --release -p crashcap-core overview_speed -- --ignored --nocapture`.
#[test]
#[ignore = "writes a gibibyte and measures"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn overview_speed() {
    use std::io::Write as _;
    for payload in [10, 250, 1_400] {
        let packets: Vec<_> = (0..20_000_u64)
            .map(|n| {
                let port = 30_000 + u16::try_from(n % 5_000).unwrap();
                let (client, server) = ((CLIENT, port), (SERVER, 80));
                let (from, to) = if n % 2 == 0 {
                    (client, server)
                } else {
                    (server, client)
                };
                (
                    1_700_000_000 * SECOND + n * 1_000,
                    tcp(from, to, false, payload),
                )
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.pcapng");
        let mut out = fs::File::create(&path).unwrap();
        let once = capture(&packets);
        for _ in 0..(1 << 30) / once.len() {
            out.write_all(&once).unwrap();
        }
        let survey = std::time::Instant::now();
        let counted = super::info(&path).unwrap().survey.packets;
        let (survey, all) = (survey.elapsed(), std::time::Instant::now());
        let overview = overview(&path, &Control::default()).unwrap();
        println!(
            "payload {payload}: {counted} packets, {} conversations, info {survey:?}, overview {:?}",
            overview.conversations.len() as u64 + overview.more_conversations,
            all.elapsed()
        );
    }
}
