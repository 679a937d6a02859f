//! What each condition over packets costs per packet.
//!
//! `cargo run --release -p crashcap-core --example cost_of_packets`: no device and
//! no rights needed. The packets are those of HTTP requests, ten to a connection,
//! each of 300 bytes with an answer of 1400, as many connections at once as told. Then
//! a source writes them into segments at a rate, with the follower beside it.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use crashcap_core::capture::{FromSource, SourceEnd};
use crashcap_core::clock::{Monotonic, Now, now};
use crashcap_core::packet::Tcp;
use crashcap_core::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution};
use crashcap_core::recorder::follow::{Followed, Follower};
use crashcap_core::ring::{Append, Sealed, SegmentWriter, SourceId};
use crashcap_core::trigger::packets::{
    Noticed, Often, PacketCondition, PacketKind, PacketWatch, PayloadText, Seen, TrafficUnit,
};
use crashcap_core::trigger::rules::LeafId;
use crashcap_core::units::Timestamp;
use crossbeam_channel::{bounded, tick};
use etherparse::PacketBuilder;

const PACKETS: usize = 2_000_000;
const ROUNDS: usize = 5;
const REQUESTS: u32 = 10;
/// 25,000 packets a second.
const GAP: u64 = 40_000;
const SECONDS: u64 = 3;
const RING: usize = 16;

fn main() {
    println!("ns per packet, the best of {ROUNDS} rounds of {PACKETS} packets");
    for connections in [50, 3_000] {
        let frames = frames(connections);
        println!("\n{connections} connections at once");
        for (name, kinds) in kinds() {
            println!("{name:>34}  {:6.1}", measure(&frames, &kinds));
        }
    }
    println!("\nall six beside a source for {SECONDS} s, with a ring of {RING} segments of 1 MiB");
    let frames = frames(3_000);
    for rate in [0, 25_000, 200_000, 1_000_000] {
        follow(&frames, rate);
    }
}

/// Writes packets at a rate, as a source does, and says how the follower kept up.
fn follow(frames: &[Vec<u8>], rate: u32) {
    let all = kinds().pop().map(|(_, kinds)| kinds).unwrap_or_default();
    let watch = PacketWatch::new(&numbered(&all)).expect("these conditions can be");
    let (out, told) = bounded(1024);
    let follower = Follower::start(watch, vec![Followed::Live], out).expect("there is a thread");
    let listener = std::thread::spawn(move || told.iter().count());
    let mut source = Source::new(&follower);
    let (began, slices) = (now().monotonic, tick(Duration::from_millis(1)));
    let mut frames = frames.iter().cycle();
    loop {
        let passed = now().monotonic.since(began);
        let due = u64::from(rate) * u64::try_from(passed.as_micros()).unwrap_or(0) / 1_000_000;
        while source.written < due
            && let Some(frame) = frames.next()
        {
            source.write(frame);
        }
        if passed >= Duration::from_secs(SECONDS) || slices.recv().is_err() {
            break;
        }
    }
    let written = source.written;
    source.end();
    let behind = now().monotonic;
    while follower.looked_at().0 + follower.not_looked_at().0 < written {
        std::hint::spin_loop();
    }
    let behind = now().monotonic.since(behind);
    let skipped = follower.not_looked_at().0;
    drop(follower);
    let told = listener.join().unwrap_or(0);
    println!(
        "{rate:>9} packets/s: {skipped} of {written} skipped, {behind:.1?} behind at the end, {told} signals"
    );
}

/// What a source and a keeper do with segments.
struct Source<'a> {
    follower: &'a Follower,
    open: Option<SegmentWriter>,
    ring: VecDeque<Sealed>,
    written: u64,
}

impl<'a> Source<'a> {
    const ID: SourceId = SourceId(0);

    fn new(follower: &'a Follower) -> Self {
        follower.heard(&FromSource::Opened {
            source: Self::ID,
            interface: InterfaceId(0),
            description: InterfaceDescription {
                name: "eth0".into(),
                description: None,
                link_type: LinkType::ETHERNET,
                snaplen: 65_535,
                resolution: Resolution::Nanoseconds,
                filter: None,
            },
            at: now(),
        });
        Self {
            follower,
            open: None,
            ring: VecDeque::new(),
            written: 0,
        }
    }

    fn empty(&mut self) -> SegmentWriter {
        if self.ring.len() >= RING
            && let Some(oldest) = self.ring.pop_front()
            && let Ok(empty) = oldest.recycle()
        {
            return empty;
        }
        SegmentWriter::allocate(1 << 20).expect("there is memory")
    }

    fn write(&mut self, frame: &[u8]) {
        let (at, length) = (now().wall, u32::try_from(frame.len()).unwrap_or(u32::MAX));
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => {
                    let empty = self.empty();
                    self.follower.heard(&FromSource::Took {
                        source: Self::ID,
                        view: empty.view(),
                    });
                    empty
                }
            };
            let done = open.append(InterfaceId(0), Resolution::Nanoseconds, at, frame, length);
            if done == Append::Done {
                self.open = Some(open);
                self.written += 1;
                return;
            }
            let segment = open.seal();
            self.follower.heard(&FromSource::Full {
                source: Self::ID,
                segment: segment.clone(),
            });
            self.ring.push_back(segment);
        }
    }

    fn end(&mut self) {
        self.follower.heard(&FromSource::Ended {
            source: Self::ID,
            segment: self.open.take().map(SegmentWriter::seal),
            end: SourceEnd::Stopped,
        });
    }
}

fn numbered(kinds: &[PacketKind]) -> Vec<PacketCondition> {
    let kinds = kinds.iter().cloned().zip(0..);
    kinds
        .map(|(kind, leaf)| PacketCondition {
            leaf: LeafId(leaf),
            kind,
        })
        .collect()
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
    let conditions = numbered(kinds);
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
