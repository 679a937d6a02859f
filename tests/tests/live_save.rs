//! Saving onto file systems of the tests' own: full, read-only, without a disk.
//!
//! Each test runs itself again in a mount namespace of its own (as root, else
//! with a user namespace around it), so that nothing it mounts is ever seen
//! outside or left behind. Linux only.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crashcap_core::capture::Counters;
use crashcap_core::incident::{
    FACTS_VERSION, Facts, Format, FrozenBy, FrozenCapture, FrozenSource, Incident, PlaceError,
    SaveError, check, save,
};
use crashcap_core::inspect::info;
use crashcap_core::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution};
use crashcap_core::ring::{Append, SegmentWriter, SourceId};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp};
use crashcap_tests::live::{Namespaces, inside, mount_memory};

/// An incident of `count` packets of 1000 bytes.
fn incident(count: u64) -> Incident {
    let at = Timestamp(1_795_410_753_000_000_000);
    let mut writer = SegmentWriter::allocate(4 << 20).unwrap();
    let mut segments = Vec::new();
    for index in 0..count {
        let time = Timestamp(at.0 + index);
        let packet = [index as u8; 1_000];
        let append = |writer: &mut SegmentWriter| {
            writer.append(
                InterfaceId(0),
                Resolution::Nanoseconds,
                time,
                &packet,
                1_000,
            )
        };
        if append(&mut writer) == Append::Full {
            let next = SegmentWriter::allocate(4 << 20).unwrap();
            segments.push(std::mem::replace(&mut writer, next).seal());
            assert_eq!(append(&mut writer), Append::Done);
        }
    }
    segments.push(writer.seal());
    let interface = InterfaceDescription {
        name: "lo".into(),
        description: None,
        link_type: LinkType::ETHERNET,
        snaplen: 262_144,
        resolution: Resolution::Nanoseconds,
        filter: None,
    };
    let source = FrozenSource {
        source: SourceId(0),
        interface: InterfaceId(0),
        segments,
        counters: Counters::default(),
    };
    Incident {
        facts: facts(at, count),
        capture: Arc::new(FrozenCapture {
            interfaces: vec![interface],
            sources: vec![source],
        }),
    }
}

fn facts(at: Timestamp, count: u64) -> Facts {
    Facts {
        version: FACTS_VERSION,
        program: "crashcap".into(),
        subject: "web".into(),
        frozen_by: FrozenBy::Rehearsal { at },
        recording_since: at,
        frozen_at: at,
        freeze_took_ns: 0,
        saved_at: None,
        cut: at,
        tail_cut_short: None,
        exit_method: None,
        target: None,
        filter: None,
        ring: ByteCount::mebibytes(4),
        packets: PacketCount(count),
        bytes: ByteCount(0),
        first: None,
        last: None,
        interfaces: Vec::new(),
        noted: Vec::new(),
        notes: Vec::new(),
        profile: None,
        watched: Vec::new(),
        truncated: false,
    }
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_full_disk_is_told_at_once_and_the_incident_goes_elsewhere() {
    if !inside(
        "a_full_disk_is_told_at_once_and_the_incident_goes_elsewhere",
        Namespaces::Mounts,
    ) {
        return;
    }
    let full = mount_memory("size=1m");
    let incident = incident(4_000);
    for format in [Format::Pcapng, Format::Pcap] {
        let error = save(&incident, full.path(), format).unwrap_err();
        let text = error.to_string();
        let SaveError::Place { reason, .. } = error else {
            panic!("{text}");
        };
        let PlaceError::Full { needed, free, .. } = reason else {
            panic!("{text}");
        };
        assert!(needed > ByteCount(4_000_000), "{needed}");
        assert_eq!(free, Some(ByteCount(1 << 20)));
        assert!(text.contains("is full: "), "{text}");
        assert!(
            text.contains("make room or choose another folder"),
            "{text}"
        );
        assert_eq!(entries(full.path()), 0);
    }
    let error = check(full.path(), ByteCount(4_000_000)).unwrap_err();
    assert!(matches!(error, PlaceError::Full { .. }), "{error}");

    let elsewhere = tempfile::tempdir().unwrap();
    let saved = save(&incident, elsewhere.path(), Format::Pcapng).unwrap();
    let info = info(&saved.paths[0]).unwrap();
    assert_eq!(info.survey.packets, PacketCount(4_000));
    let mut facts = info.facts.unwrap();
    assert!(facts.saved_at.take().is_some());
    assert_eq!(facts, incident.facts);
}

#[test]
fn a_read_only_file_system_is_told() {
    if !inside("a_read_only_file_system_is_told", Namespaces::Mounts) {
        return;
    }
    let folder = mount_memory("ro,size=1m");
    let error = save(&incident(1), folder.path(), Format::Pcapng).unwrap_err();
    assert!(
        error.to_string().contains("read-only file system"),
        "{error}"
    );
    let error = check(folder.path(), ByteCount(1)).unwrap_err();
    assert!(matches!(error, PlaceError::ReadOnly { .. }), "{error}");
}

#[test]
fn a_file_system_in_memory_takes_it_too() {
    if !inside("a_file_system_in_memory_takes_it_too", Namespaces::Mounts) {
        return;
    }
    let folder = mount_memory("size=16m");
    check(folder.path(), ByteCount(8_000_000)).unwrap();
    let saved = save(&incident(6_000), folder.path(), Format::Pcapng).unwrap();
    let info = info(&saved.paths[0]).unwrap();
    assert_eq!(info.survey.packets, PacketCount(6_000));
    assert!(info.survey.broken.is_none());
    assert_eq!(entries(folder.path()), 1);
}
