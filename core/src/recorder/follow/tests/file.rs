//! A capture file, played as fast as possible or slowly, with a keeper that has
//! few segments.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::stage::{PATIENCE, SERVER, follow, tcp};
use crate::capture::{self, FromSource, InterfaceRegistry, PlayerOptions, SourceConfig};
use crate::clock;
use crate::limits;
use crate::pcapng::{
    InterfaceDescription, InterfaceId, LinkType, Resolution, SectionHeader, write_enhanced_packet,
    write_interface_description, write_section_header,
};
use crate::recorder::follow::{Followed, FromFollower};
use crate::ring::{Sealed, SegmentWriter, SourceId};
use crate::trigger::packets::{Noticed, Often, PacketKind, PayloadText, TrafficUnit};
use crate::trigger::rules::{LeafId, What};
use crate::units::{PacketCount, Timestamp};

const EPOCH: u64 = 1_700_000_000_000_000_000;
const MILLISECOND: u64 = 1_000_000;
const SEGMENT: usize = 64 << 10;
/// Segments of the whole recording: a ring of four, and some that lie ready.
const SEGMENTS: usize = 9;
const READY: usize = 4;

fn write(path: &Path, packets: &[(u64, Vec<u8>)]) {
    let mut out = Vec::new();
    write_section_header(&mut out, &SectionHeader::default());
    let description = InterfaceDescription {
        name: "file".into(),
        description: None,
        link_type: LinkType::RAW,
        snaplen: 65_535,
        resolution: Resolution::Nanoseconds,
        filter: None,
    };
    write_interface_description(&mut out, &description, None);
    for (millis, bytes) in packets {
        let mut block = vec![0; bytes.len() + 64];
        let ticks = EPOCH + millis * MILLISECOND;
        let length = u32::try_from(bytes.len()).unwrap();
        let written = write_enhanced_packet(&mut block, InterfaceId(0), ticks, bytes, length);
        out.extend_from_slice(&block[..written.unwrap()]);
    }
    std::fs::write(path, out).unwrap();
}

/// What is told of a file: all of it, until its end. The keeper here has a ring of a
/// few segments and overwrites the oldest, like the real one.
fn play(packets: &[(u64, Vec<u8>)], kinds: &[PacketKind], slowly: bool) -> (Vec<Noticed>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("played.pcapng");
    write(&path, packets);
    let options = PlayerOptions {
        snaplen: 65_535,
        filter: None,
        paced: false,
    };
    let opened = capture::open_file(&path, options).unwrap();
    let config = SourceConfig {
        id: SourceId(0),
        name: "played".into(),
        headers_only: false,
        interfaces: Arc::new(InterfaceRegistry::default()),
    };
    let (empties, ready) = bounded(READY + 1);
    let (to_keeper, from_source) = bounded(64);
    let source = capture::spawn_player(config, opened, ready, to_keeper).unwrap();
    let (follower, told) = follow(kinds, vec![Followed::File { empties }], 4);
    let allocate = || SegmentWriter::allocate(SEGMENT).unwrap();
    let mut pool: Vec<SegmentWriter> = (0..SEGMENTS).map(|_| allocate()).collect();
    let (mut ring, mut lies_ready) = (VecDeque::<Sealed>::new(), 0);
    let (mut noticed, mut finished) = (Vec::new(), false);
    while !finished {
        while lies_ready < READY {
            if pool.is_empty() {
                // One that is still read comes back later, as with the real keeper.
                let Some(oldest) = ring.pop_front() else {
                    break;
                };
                match oldest.recycle() {
                    Ok(empty) => pool.push(empty),
                    Err(held) => {
                        ring.push_front(held);
                        break;
                    }
                }
            }
            follower.supply(SourceId(0), pool.pop().unwrap()).unwrap();
            lies_ready += 1;
        }
        crossbeam_channel::select! {
            recv(from_source) -> message => {
                let Ok(message) = message else { continue };
                follower.heard(&message);
                match message {
                    FromSource::Took { .. } => lies_ready -= 1,
                    FromSource::Full { segment, .. } => ring.push_back(segment),
                    _ => {}
                }
            }
            recv(told) -> message => match message.unwrap() {
                FromFollower::Noticed(one) => {
                    noticed.push(one);
                    if slowly {
                        // Whoever listens is slower than the file.
                        crossbeam_channel::after(Duration::from_millis(3)).recv().unwrap();
                    }
                }
                FromFollower::Problem(problem) => panic!("{problem}"),
                FromFollower::Near(..) => {}
                FromFollower::Finished(_) => finished = true,
            },
            default(PATIENCE) => panic!("the file does not go on"),
        }
    }
    assert_eq!(follower.not_looked_at(), PacketCount(0));
    let looked_at = follower.looked_at().0;
    drop(follower);
    source.join();
    (noticed, looked_at)
}

/// Twenty seconds of packets each millisecond, in each hundredth a needle, most of
/// which lie across two segments of the stream.
fn needles() -> Vec<(u64, Vec<u8>)> {
    let mut sequence = 1;
    let mut packet = |millis: u64| {
        let mut payload = vec![b'.'; 400];
        match millis % 100 {
            50 => payload[397..].copy_from_slice(b"nee"),
            51 => payload[..3].copy_from_slice(b"dle"),
            _ => {}
        }
        let bytes = tcp(false, sequence, &payload);
        sequence += 400;
        (millis, bytes)
    };
    (0..20_000).map(&mut packet).collect()
}

#[test]
fn nothing_of_a_file_is_skipped_and_its_time_is_its_own() {
    let kinds = [
        PacketKind::Payload {
            text: PayloadText::Bytes(b"needle".to_vec()),
            often: Often::ONCE,
        },
        PacketKind::Traffic(TrafficUnit::PacketsPerSecond),
        PacketKind::Payload {
            text: PayloadText::Regex("need?le".into()),
            often: Often {
                times: 5,
                within: Duration::from_millis(400),
            },
        },
    ];
    let packets = needles();
    for slowly in [false, true] {
        let began = clock::now();
        let (noticed, looked_at) = play(&packets, &kinds, slowly);
        let took = clock::now().monotonic.since(began.monotonic);
        println!("20 s of a file, 9.4 MB, in {took:?}");
        assert_eq!(looked_at, 20_000);
        let of = |leaf| noticed.iter().filter(move |one| one.leaf == LeafId(leaf));
        let moments: Vec<u64> = of(0)
            .map(|one| (one.at.wall.0 - EPOCH) / MILLISECOND)
            .collect();
        let expected: Vec<u64> = (0..200).map(|index| 100 * index + 51).collect();
        assert_eq!(moments, expected);
        let rates: Vec<What> = of(1).map(|one| one.what).collect();
        assert_eq!(rates, [What::Measured(1_000.0); 19]);
        assert_eq!(of(2).count(), 40);
        let first = noticed[0].at;
        for one in &noticed {
            // Both clocks run by the packets' stamps.
            let monotonic = one.at.monotonic.since(first.monotonic);
            assert_eq!(monotonic, one.at.wall.since(first.wall));
        }
    }
}

#[test]
fn an_hour_without_a_packet_is_an_hour() {
    let mut packets = vec![
        (0, tcp(true, 1, b"GET / HTTP/1.1\r\n\r\n")),
        (100, tcp(false, 1, b"HTTP/1.1 200 OK\r\n\r\n")),
        (200, tcp(true, 19, b"GET /hang HTTP/1.1\r\n\r\n")),
        (3_600_000, tcp(false, 20, b"HTTP/1.1 200 OK\r\n\r\n")),
    ];
    // The same, but the last was asked 600 ms before the file's end.
    packets.push((3_600_001, tcp(true, 41, b"GET / HTTP/1.1\r\n\r\n")));
    packets.push((3_600_601, tcp(true, 59, b"")));
    let kinds = [
        PacketKind::NoAnswer {
            after: Duration::from_secs(5),
            ports: vec![SERVER],
            often: Often::ONCE,
        },
        PacketKind::Silence {
            after: Duration::from_secs(60),
        },
    ];
    let began = clock::now().monotonic;
    let (noticed, _) = play(&packets, &kinds, false);
    let told: Vec<_> = noticed.iter().map(|one| (one.leaf, one.at.wall)).collect();
    let at = |millis: u64| Timestamp(EPOCH + millis * MILLISECOND);
    assert_eq!(told, [(LeafId(0), at(5_200)), (LeafId(1), at(60_200))]);
    let took = clock::now().monotonic.since(began);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(limits::FOLLOW_AHEAD_MAX < READY as u64);
}
