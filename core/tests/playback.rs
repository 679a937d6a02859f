//! Capture files as sources, through the whole recorder, and read back by libpcap.

use std::path::{Path, PathBuf};

use crashcap_core::inspect::info;
use crashcap_core::pcapng::{
    InterfaceDescription, InterfaceId, LinkType, Resolution, SectionHeader, write_enhanced_packet,
    write_interface_description, write_section_header,
};
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder::{Event, Front, Outcome, Recorder, StartError};
use crashcap_core::units::Timestamp;
use etherparse::PacketBuilder;

const EPOCH: u64 = 1_700_000_000_000_000_000;
const MILLISECOND: u64 = 1_000_000;

/// A packet of a capture file: its interface, time, bytes and length on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    interface: u32,
    at: u64,
    bytes: Vec<u8>,
    original: u32,
}

/// A TCP packet to a port, over Ethernet or as bare IP.
fn tcp(interface: u32, at: u64, port: u16, payload: usize, ethernet: bool) -> Packet {
    let payload = vec![b'p'; payload];
    let mut bytes = Vec::new();
    let (from, to) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    if ethernet {
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(from, to, 64);
        let builder = builder.tcp(40_000, port, 1, 1000);
        builder.write(&mut bytes, &payload).unwrap();
    } else {
        let builder = PacketBuilder::ipv4(from, to, 64).tcp(40_000, port, 1, 1000);
        builder.write(&mut bytes, &payload).unwrap();
    }
    let original = u32::try_from(bytes.len()).unwrap();
    Packet {
        interface,
        at,
        bytes,
        original,
    }
}

fn write(path: &Path, interfaces: &[(&str, LinkType)], packets: &[Packet]) {
    let mut out = Vec::new();
    write_section_header(&mut out, &SectionHeader::default());
    for (name, link_type) in interfaces {
        let description = InterfaceDescription {
            name: (*name).into(),
            description: None,
            link_type: *link_type,
            snaplen: 65_535,
            resolution: Resolution::Nanoseconds,
            filter: None,
        };
        write_interface_description(&mut out, &description, None);
    }
    for packet in packets {
        let mut block = vec![0; packet.bytes.len() + 64];
        let id = InterfaceId(packet.interface);
        let length =
            write_enhanced_packet(&mut block, id, packet.at, &packet.bytes, packet.original);
        out.extend_from_slice(&block[..length.unwrap()]);
    }
    std::fs::write(path, out).unwrap();
}

/// What playing a file came to.
struct Played {
    outcome: Outcome,
    saved: Option<PathBuf>,
    lost: u64,
}

/// Plays `file` in the folder into a ring of this size, with these lines about the capture.
fn play(folder: &Path, capture: &str, ring: &str) -> Result<Played, StartError> {
    let file = folder.join("file");
    let incidents = folder.join("incidents");
    std::fs::create_dir_all(&incidents).unwrap();
    let text = format!(
        "[capture]\nfile = {file:?}\n{capture}\n[ring]\nsize = \"{ring}\"\n[save]\nfolder = {incidents:?}\nfallback = {incidents:?}\n"
    );
    let profile = RawProfile::from_toml(&text).unwrap().check().unwrap();
    let front = Front {
        save_at_end: true,
        ..Front::default()
    };
    let recorder = Recorder::start(&profile, front)?;
    let (mut saved, mut lost) = (None, 0);
    loop {
        match recorder.events().recv().unwrap() {
            Event::Saved {
                path, lost: told, ..
            } => {
                saved = Some(path);
                lost = told.0;
            }
            Event::Finished { outcome } => {
                let _ = recorder.finish();
                return Ok(Played {
                    outcome,
                    saved,
                    lost,
                });
            }
            _ => {}
        }
    }
}

/// What libpcap reads from a file with one link type.
fn read(path: &Path) -> Vec<Packet> {
    let precision = pcap::Precision::Nano;
    let mut capture = pcap::Capture::from_file_with_precision(path, precision).unwrap();
    let mut packets = Vec::new();
    while let Ok(packet) = capture.next_packet() {
        let seconds = u64::try_from(packet.header.ts.tv_sec).unwrap();
        let nanoseconds = u64::try_from(packet.header.ts.tv_usec).unwrap();
        packets.push(Packet {
            interface: 0,
            at: seconds * 1_000_000_000 + nanoseconds,
            bytes: packet.data.to_vec(),
            original: packet.header.len,
        });
    }
    packets
}

const ETHERNET: [(&str, LinkType); 1] = [("eth7", LinkType::ETHERNET)];

#[test]
fn a_whole_file_comes_out_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Packet> = (0..20_000_u64)
        .map(|n| tcp(0, EPOCH + n * 7_001, 80, n as usize % 1400, true))
        .collect();
    write(&folder.path().join("file"), &ETHERNET, &packets);
    let played = play(folder.path(), "", "50MB").unwrap();
    assert_eq!(played.outcome, Outcome::FrozenAndSaved);
    assert_eq!(played.lost, 0);
    let saved = played.saved.unwrap();
    assert!(read(&saved) == packets, "packets differ");
    let info = info(&saved).unwrap();
    assert_eq!(info.survey.interfaces[0].name.as_deref(), Some("eth7"));
    let sentence = info.sentence.unwrap();
    assert!(sentence.contains("played to its end"), "{sentence}");
}

#[test]
fn a_ring_smaller_than_the_file_keeps_its_end_and_loses_nothing_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Packet> = (0..20_000_u64)
        .map(|n| tcp(0, EPOCH + n, 80, 1000, true))
        .collect();
    write(&folder.path().join("file"), &ETHERNET, &packets);
    let played = play(folder.path(), "", "3MB").unwrap();
    assert_eq!(played.lost, 0);
    let kept = read(&played.saved.unwrap());
    assert!(kept.len() > 1000 && kept.len() < 10_000, "{}", kept.len());
    assert!(packets.ends_with(&kept), "not the newest suffix");
}

#[test]
fn interfaces_keep_their_names_link_types_and_filter() {
    let folder = tempfile::tempdir().unwrap();
    let interfaces = [("eth7", LinkType::ETHERNET), ("tun7", LinkType::RAW)];
    let packets: Vec<Packet> = (0..400_u32)
        .map(|n| {
            let port = if n % 4 < 2 { 80 } else { 443 };
            tcp(n % 2, EPOCH + u64::from(n), port, 100, n % 2 == 0)
        })
        .collect();
    write(&folder.path().join("file"), &interfaces, &packets);
    let played = play(folder.path(), "filter = \"tcp dst port 80\"", "3MB").unwrap();
    let info = info(&played.saved.unwrap()).unwrap();
    let told: Vec<_> = info
        .survey
        .interfaces
        .iter()
        .map(|one| {
            let name = one.name.clone().unwrap();
            (name, one.link_type, one.packets.0, one.filter.clone())
        })
        .collect();
    let filter = Some("tcp dst port 80".to_owned());
    assert_eq!(
        told,
        [
            ("eth7".into(), LinkType::ETHERNET, 100, filter.clone()),
            ("tun7".into(), LinkType::RAW, 100, filter),
        ]
    );
}

#[test]
fn headers_only_keeps_no_payload_and_the_length_on_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Packet> = (0..50).map(|n| tcp(0, EPOCH + n, 80, 500, true)).collect();
    write(&folder.path().join("file"), &ETHERNET, &packets);
    let played = play(folder.path(), "headers_only = true", "3MB").unwrap();
    let kept = read(&played.saved.unwrap());
    assert_eq!(kept.len(), packets.len());
    for packet in kept {
        assert_eq!((packet.bytes.len(), packet.original), (54, 554));
    }
}

#[test]
fn the_recorded_speed_keeps_the_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Packet> = (0..10)
        .map(|n| tcp(0, EPOCH + n * 50 * MILLISECOND, 80, 10, true))
        .collect();
    write(&folder.path().join("file"), &ETHERNET, &packets);
    let before = crashcap_core::clock::now().monotonic;
    let played = play(folder.path(), "speed = \"recorded\"", "3MB").unwrap();
    let took = crashcap_core::clock::now().monotonic.since(before);
    assert!(took.as_millis() >= 450, "{took:?}");
    assert_eq!(read(&played.saved.unwrap()), packets);
}

#[test]
fn a_file_that_breaks_is_told_and_what_came_before_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Packet> = (0..100).map(|n| tcp(0, EPOCH + n, 80, 100, true)).collect();
    let file = folder.path().join("file");
    write(&file, &ETHERNET, &packets);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 10]).unwrap();
    let played = play(folder.path(), "", "3MB").unwrap();
    let Outcome::Failed { reason, saved } = played.outcome else {
        panic!("{:?}", played.outcome);
    };
    assert!(saved && reason.contains("cut off"), "{reason}");
    assert_eq!(read(&played.saved.unwrap()), packets[..99]);
}

#[test]
fn what_cannot_be_played_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |capture: &str| match play(folder.path(), capture, "3MB") {
        Ok(played) => panic!("{:?}", played.outcome),
        Err(error) => error.to_string(),
    };
    assert!(refused("").contains("No such file"));
    std::fs::write(folder.path().join("file"), "not a capture file").unwrap();
    assert!(refused("").contains("neither a pcap nor a pcapng"));
    let raw = [("tun7", LinkType::RAW)];
    write(&folder.path().join("file"), &raw, &[]);
    let sentence = refused("filter = \"ether host 02:00:00:00:00:01\"");
    assert!(sentence.contains("ether host"), "{sentence}");
    assert!(sentence.contains("RAW"), "{sentence}");
}

#[test]
fn classic_pcap_plays_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = Vec::new();
    // pcap-savefile(5): the magic for nanoseconds, version 2.4, snaplen, Ethernet.
    for word in [0xa1b2_3c4d_u32, 2 | 4 << 16, 0, 0, 65_535, 1] {
        out.extend_from_slice(&word.to_ne_bytes());
    }
    let packet = tcp(0, EPOCH + 5, 80, 10, true);
    let captured = u32::try_from(packet.bytes.len()).unwrap();
    let seconds = u32::try_from(EPOCH / 1_000_000_000).unwrap();
    for word in [seconds, 5, captured, captured] {
        out.extend_from_slice(&word.to_ne_bytes());
    }
    out.extend_from_slice(&packet.bytes);
    std::fs::write(folder.path().join("file"), out).unwrap();
    let played = play(folder.path(), "", "3MB").unwrap();
    let saved = played.saved.unwrap();
    assert_eq!(read(&saved), [packet]);
    let first = info(&saved).unwrap().survey.first;
    assert_eq!(first, Some(Timestamp(EPOCH + 5)));
}
