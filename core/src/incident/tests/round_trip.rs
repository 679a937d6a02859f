//! What is saved is what was recorded: byte for byte, in order of time.

use proptest::prelude::*;

use super::reading::read;
use super::*;
use crate::incident::{Format, copy_as_classic, save, save_as};

const SEGMENT: usize = 2_000;

/// Packets of one source: steps forward, ties, and now and then a step back.
fn packets(interfaces: Vec<u32>) -> impl Strategy<Value = Vec<Packet>> {
    let step = prop_oneof![
        8 => 0_i64..5_000,
        1 => -20_000_i64..0,
        1 => Just(-3_000_000_i64),
    ];
    let one = (
        prop::sample::select(interfaces),
        step,
        prop::collection::vec(any::<u8>(), 0..300),
        0_u32..2_000,
    );
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let mut at = DEATH.0 - 100_000;
        let packet = |(interface, step, bytes, more): (u32, i64, Vec<u8>, u32)| {
            at = at.saturating_add_signed(step);
            let original = bytes.len() as u32 + more;
            // Microseconds, so that every interface can say it.
            let at = Timestamp(at / 1_000 * 1_000);
            Packet {
                interface,
                at,
                bytes,
                original,
            }
        };
        all.into_iter().map(packet).collect()
    })
}

fn interfaces() -> Vec<InterfaceDescription> {
    vec![
        ethernet("eth0"),
        interface("lo", LinkType::ETHERNET, Resolution::Microseconds),
        interface("any", LinkType::LINUX_SLL2, Resolution::Nanoseconds),
    ]
}

fn sources() -> impl Strategy<Value = Vec<Vec<Packet>>> {
    prop_oneof![
        packets(vec![0]).prop_map(|one| vec![one]),
        (packets(vec![0, 1]), packets(vec![2])).prop_map(|(a, b)| vec![a, b]),
        (packets(vec![0]), packets(vec![1]), packets(vec![2])).prop_map(|(a, b, c)| vec![a, b, c]),
    ]
}

/// All packets by time; those of equal time by source and arrival.
fn in_order(sources: &[Vec<Packet>]) -> Vec<Packet> {
    let mut all: Vec<_> = sources.iter().flatten().cloned().collect();
    all.sort_by_key(|packet| packet.at);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn pcapng_holds_every_packet_in_order_of_time(sources in sources()) {
        let folder = tempfile::tempdir().unwrap();
        let incident = incident(&interfaces(), &sources, SEGMENT);
        let saved = save(&incident, folder.path(), Format::Pcapng).unwrap();
        let read = read(&saved.paths[0]);
        let expected = in_order(&sources);
        prop_assert_eq!(saved.packets.0 as usize, expected.len());
        prop_assert_eq!(&read.packets, &expected);

        let names: Vec<_> = read.interfaces.iter().map(|found| found.0.as_str()).collect();
        prop_assert_eq!(names, ["eth0", "lo", "any"]);
        prop_assert!(read.comments[0].contains("was killed by SIGSEGV"));
        let mut facts = Facts::from_comment(&read.comments[1]).unwrap().unwrap();
        prop_assert!(facts.saved_at.take().is_some());
        prop_assert_eq!(facts, incident.facts);
        let delivered: Vec<_> = read.delivered.iter().map(|found| found.1 as usize).collect();
        let counts: Vec<_> = sources.iter().map(Vec::len).collect();
        prop_assert_eq!(delivered, counts);

        let mark = expected.iter().rposition(|packet| packet.at <= DEATH).unwrap_or(0);
        let marks: Vec<_> = read.marks.iter().map(|found| found.0).collect();
        prop_assert_eq!(marks, if expected.is_empty() { vec![] } else { vec![mark] });
    }

    #[test]
    fn classic_pcap_holds_every_packet_once(sources in sources()) {
        let folder = tempfile::tempdir().unwrap();
        let interfaces = interfaces();
        let incident = incident(&interfaces, &sources, SEGMENT);
        let saved = save(&incident, folder.path(), Format::Pcap).unwrap();
        let expected = in_order(&sources);
        let mut found = 0;
        for path in &saved.paths {
            let read = read(path);
            let link_type = read.interfaces[0].1;
            let same = expected.iter().filter(|packet| {
                u32::from(interfaces[packet.interface as usize].link_type.0) == link_type
            });
            let same = same.cloned().map(|packet| Packet { interface: 0, ..packet });
            prop_assert_eq!(&read.packets, &same.collect::<Vec<_>>());
            found += read.packets.len();
        }
        prop_assert_eq!(found, expected.len());
    }

    #[test]
    fn a_classic_copy_of_a_saved_file_is_what_classic_pcap_would_have_been(sources in sources()) {
        let folder = tempfile::tempdir().unwrap();
        let incident = incident(&interfaces(), &sources, SEGMENT);
        let saved = save(&incident, folder.path(), Format::Pcapng).unwrap();
        let classic = save_as(&incident, &folder.path().join("same.pcap")).unwrap();
        let copied = copy_as_classic(&saved.paths[0], &folder.path().join("copy.pcap")).unwrap();
        prop_assert_eq!(copied.packets, saved.packets);
        prop_assert_eq!((copied.left_out, copied.broken.is_some()), (PacketCount(0), false));
        let bytes = |paths: &[std::path::PathBuf]| {
            let mut all: Vec<_> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
            // One file a link type, in whatever order.
            all.sort();
            all
        };
        prop_assert_eq!(bytes(&copied.paths), bytes(&classic.paths));
    }
}

#[test]
fn the_mark_is_the_last_packet_before_the_fault() {
    let packets: Vec<_> = [
        DEATH.0 - 3_000,
        DEATH.0 - 1_000,
        DEATH.0 + 1_000,
        DEATH.0 + 9_000,
    ]
    .map(|at| packet(0, at, b"abc"))
    .to_vec();
    let folder = tempfile::tempdir().unwrap();
    let mut incident = incident(&[ethernet("lo")], &[packets], SEGMENT);
    let marks = |incident: &Incident| {
        let saved = save(incident, folder.path(), Format::Pcapng).unwrap();
        read(&saved.paths[0]).marks
    };
    let text = "router_runner (pid 4121) was killed by SIGSEGV here";
    assert_eq!(marks(&incident), [(1, text.into())]);

    let FrozenBy::Firing(firing) = &mut incident.facts.frozen_by else {
        panic!("made with a firing");
    };
    firing.fault = Some(now_at(Timestamp(DEATH.0 - 2_000)));
    assert_eq!(marks(&incident), [(0, text.into())]);

    incident.facts.frozen_by = FrozenBy::Snapshot { at: DEATH };
    assert_eq!(marks(&incident), []);
}

#[test]
fn a_file_larger_than_the_write_buffer_is_whole() {
    let packets: Vec<_> = (0..8_000)
        .map(|index| packet(0, DEATH.0 - 8_000 + index, &[index as u8; 1_400]))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let incident = incident(&[ethernet("lo")], std::slice::from_ref(&packets), 256 << 10);
    let saved = save_as(&incident, &folder.path().join("large.pcapng")).unwrap();
    assert!(read(&saved.paths[0]).packets == packets);
    let length = std::fs::metadata(&saved.paths[0]).unwrap().len();
    assert_eq!(length, saved.bytes.0);
}

#[test]
fn an_incident_without_packets_is_a_whole_file() {
    for format in [Format::Pcapng, Format::Pcap] {
        let folder = tempfile::tempdir().unwrap();
        let incident = incident(&[ethernet("lo")], &[vec![]], SEGMENT);
        let saved = save(&incident, folder.path(), format).unwrap();
        assert_eq!(read(&saved.paths[0]).packets, []);
    }
}
