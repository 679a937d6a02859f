//! What each condition over packets costs per packet.
//!
//! `cargo run --release -p crashcap-core --example cost_of_packets`: no device and
//! no rights needed. The packets are those of HTTP requests, ten to a connection,
//! each of 300 bytes with an answer of 1400, as many connections at once as asked for.

use std::net::Ipv4Addr;
use std::time::Duration;

use crashcap_core::clock::{Monotonic, Now, now};
use crashcap_core::packet::Tcp;
use crashcap_core::pcapng::{InterfaceId, LinkType};
use crashcap_core::trigger::packets::{
    Noticed, Often, PacketCondition, PacketKind, PacketWatch, PayloadText, Seen, TrafficUnit,
};
use crashcap_core::trigger::rules::LeafId;
use crashcap_core::units::Timestamp;
use etherparse::PacketBuilder;

const PACKETS: usize = 2_000_000;
const ROUNDS: usize = 5;
const REQUESTS: u32 = 10;
/// 25,000 packets a second.
const GAP: u64 = 40_000;

fn main() {
    println!("ns per packet, the best of {ROUNDS} rounds of {PACKETS} packets");
    for connections in [50, 3_000] {
        let frames = frames(connections);
        println!("\n{connections} connections at once");
        for (name, kinds) in kinds() {
            println!("{name:>34}  {:6.1}", measure(&frames, &kinds));
        }
    }
}

fn kinds() -> Vec<(&'static str, Vec<PacketKind>)> {
    let often = Often::ONCE;
    let filter = |filter: &str| PacketKind::Filter {
        filter: filter.into(),
        often,
    };
    let regex = |text: &str| PacketKind::Payload {
        text: PayloadText::Regex(text.into()),
        often,
    };
    let no_answer = PacketKind::NoAnswer {
        after: Duration::from_secs(5),
        ports: vec![9_973],
        often,
    };
    let traffic = PacketKind::Traffic(TrafficUnit::PacketsPerSecond);
    let retransmissions = PacketKind::Retransmissions {
        within: Duration::from_secs(10),
    };
    let silence = PacketKind::Silence {
        after: Duration::from_secs(5),
    };
    let resets = filter("tcp[tcpflags] & tcp-rst != 0");
    let text = regex(r"HTTP/1\.1 5\d\d");
    let all = vec![
        resets.clone(),
        text.clone(),
        no_answer.clone(),
        traffic.clone(),
        retransmissions.clone(),
        silence.clone(),
    ];
    vec![
        ("nothing", vec![]),
        ("filter: resets", vec![resets]),
        (
            "filter: host and port",
            vec![filter("host 10.9.9.9 and port 80")],
        ),
        ("payload: HTTP/1\\.1 5\\d\\d", vec![text]),
        (
            "payload: [a-z]+[0-9]x, any letters",
            vec![regex("[a-z]+[0-9]x")],
        ),
        ("no answer", vec![no_answer]),
        ("silence", vec![silence]),
        ("traffic", vec![traffic]),
        ("retransmissions", vec![retransmissions]),
        ("all six together", all),
    ]
}

/// Nanoseconds per packet.
fn measure(frames: &[Vec<u8>], kinds: &[PacketKind]) -> f64 {
    let conditions: Vec<PacketCondition> = kinds
        .iter()
        .cloned()
        .zip(0..)
        .map(|(kind, leaf)| PacketCondition {
            leaf: LeafId(leaf),
            kind,
        })
        .collect();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let mut watch = PacketWatch::new(&conditions).expect("these conditions can be");
        let mut out: Vec<Noticed> = Vec::new();
        let began = now().monotonic;
        for (index, frame) in frames.iter().cycle().take(PACKETS).enumerate() {
            let nanos = index as u64 * GAP;
            let at = Now {
                monotonic: Monotonic(nanos),
                wall: Timestamp(nanos),
            };
            let seen = Seen {
                interface: InterfaceId(0),
                link_type: LinkType::ETHERNET,
                original: u32::try_from(frame.len()).unwrap_or(u32::MAX),
                captured: frame,
            };
            watch.packet(&seen, at, &mut out);
        }
        let took = now().monotonic.since(began);
        best = best.min(took.as_nanos() as f64 / PACKETS as f64);
    }
    best
}

/// The packets of many connections, one of each in turn.
fn frames(connections: u16) -> Vec<Vec<u8>> {
    let each: Vec<Vec<Vec<u8>>> = (0..connections).map(connection).collect();
    let longest = each.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|index| each.iter().filter_map(move |packets| packets.get(index)))
        .cloned()
        .collect()
}

/// One connection: opened, asked, answered and ended.
fn connection(number: u16) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    let (mut asked, mut answered) = (1_000, 9_000);
    let mut put = |from_client: bool, numbers: (u32, u32), flags: u8, payload: &[u8]| {
        let (client, server) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let port = 10_000 + number;
        let (from, to, ports) = if from_client {
            (client, server, (port, 9_973))
        } else {
            (server, client, (9_973, port))
        };
        let mut builder = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(from.octets(), to.octets(), 64)
            .tcp(ports.0, ports.1, numbers.0, 65_000)
            .ack(numbers.1);
        if flags & Tcp::SYN != 0 {
            builder = builder.syn();
        }
        if flags & Tcp::FIN != 0 {
            builder = builder.fin();
        }
        let mut bytes = Vec::new();
        if builder.write(&mut bytes, payload).is_ok() {
            packets.push(bytes);
        }
    };
    put(true, (asked - 1, 0), Tcp::SYN, b"");
    put(false, (answered - 1, asked), Tcp::SYN, b"");
    let request = padded(
        "POST /orders HTTP/1.1\r\nContent-Type: application/json\r\n",
        300,
    );
    let answer = padded("HTTP/1.1 200 OK\r\nServer: lab\r\n\r\n{\"items\": [", 1_400);
    for _ in 0..REQUESTS {
        put(true, (asked, answered), 0, &request);
        asked += 300;
        put(false, (answered, asked), 0, &answer);
        answered += 1_400;
        put(true, (asked, answered), 0, b"");
    }
    put(true, (asked, answered), Tcp::FIN, b"");
    put(false, (answered, asked + 1), Tcp::FIN, b"");
    packets
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let filler = "\"name\": \"something ordered\", ";
    let bytes = text.bytes().chain(filler.bytes().cycle());
    bytes.take(length).collect()
}
