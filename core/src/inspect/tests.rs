//! Files of other programs, broken files, and random ones.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::info;
use crate::limits::READ_BLOCK_MAX;
use crate::pcapng::{
    Broken, FileError, FileFormat, InterfaceDescription, InterfaceId, InterfaceStatistics,
    LinkType, Resolution, SectionHeader, write_enhanced_packet, write_interface_description,
    write_interface_statistics, write_section_header,
};
use crate::units::{ByteCount, PacketCount, Timestamp};

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A section with one interface, these packets' times, and statistics.
fn section(name: &str, comments: &[&str], ticks: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    let header = SectionHeader {
        application: Some("another program".into()),
        comments: comments.iter().map(|text| (*text).to_owned()).collect(),
        ..SectionHeader::default()
    };
    write_section_header(&mut out, &header);
    let interface = InterfaceDescription {
        name: name.into(),
        description: None,
        link_type: LinkType::ETHERNET,
        snaplen: 100,
        resolution: Resolution::Microseconds,
        filter: Some("udp".into()),
    };
    write_interface_description(&mut out, &interface, None);
    for ticks in ticks {
        let mut block = [0; 64];
        let length =
            write_enhanced_packet(&mut block, InterfaceId(0), *ticks, b"packet", 60).unwrap();
        out.extend_from_slice(&block[..length]);
    }
    let statistics = InterfaceStatistics {
        interface_drops: Some(PacketCount(2)),
        os_drops: Some(PacketCount(3)),
        ..InterfaceStatistics::default()
    };
    let at = Timestamp(0);
    write_interface_statistics(
        &mut out,
        InterfaceId(0),
        Resolution::Microseconds,
        at,
        &statistics,
    );
    out
}

#[test]
fn sections_of_another_program_are_counted_apart() {
    let mut bytes = section("eth0", &["by hand"], &[3_000_000, 1_000_000]);
    bytes.extend(section("eth1", &["later"], &[9_000_000]));
    let (_folder, path) = file(&bytes);
    let info = info(&path).unwrap();
    let survey = &info.survey;
    assert_eq!(survey.format, FileFormat::Pcapng);
    assert_eq!(
        (survey.packets, survey.wire_bytes),
        (PacketCount(3), ByteCount(180))
    );
    assert_eq!(survey.first, Some(Timestamp(1_000_000_000)));
    assert_eq!(survey.last, Some(Timestamp(9_000_000_000)));
    assert_eq!(survey.application.as_deref(), Some("another program"));
    let found: Vec<_> = survey
        .interfaces
        .iter()
        .map(|interface| {
            assert_eq!(interface.filter.as_deref(), Some("udp"));
            assert_eq!(interface.drops(), Some(PacketCount(5)));
            (interface.name.as_deref().unwrap(), interface.packets.0)
        })
        .collect();
    assert_eq!(found, [("eth0", 2), ("eth1", 1)]);
    assert_eq!(info.comments, ["by hand", "later"]);
    assert!(info.facts.is_none() && info.sentence.is_none());
    assert!(survey.broken.is_none());
}

#[test]
fn classic_pcap_of_either_byte_order_and_precision_is_read() {
    type Bytes = fn(u32) -> [u8; 4];
    for (magic, fraction) in [(0xa1b2_c3d4_u32, 500_000), (0xa1b2_3c4d, 500_000_000)] {
        for put in [u32::to_le_bytes as Bytes, u32::to_be_bytes as Bytes] {
            let version = if put(1)[0] == 1 {
                2 | 4 << 16
            } else {
                2 << 16 | 4
            };
            let words = [magic, version, 0, 0, 65_535, 276, 7, fraction, 4, 1_500, 0];
            let bytes: Vec<_> = words.into_iter().flat_map(put).collect();
            let (_folder, path) = file(&bytes);
            let survey = info(&path).unwrap().survey;
            assert_eq!(survey.format, FileFormat::Pcap);
            assert_eq!(survey.packets, PacketCount(1));
            assert_eq!(survey.wire_bytes, ByteCount(1_500));
            assert_eq!(survey.first, Some(Timestamp(7_500_000_000)));
            assert_eq!(survey.interfaces[0].link_type, LinkType::LINUX_SLL2);
            assert!(survey.broken.is_none(), "{:?}", survey.broken);
        }
    }
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_whole() {
    let bytes = section("eth0", &[], &[1, 2, 3]);
    let whole = bytes.len();
    let (_folder, path) = file(&bytes[..whole - 1]);
    let survey = info(&path).unwrap().survey;
    assert_eq!(survey.packets, PacketCount(3));
    let broken = survey.broken.unwrap();
    assert!(matches!(broken, Broken::CutOff { .. }), "{broken}");
    assert!(broken.to_string().contains("cut off"), "{broken}");
}

#[test]
fn a_corrupt_block_is_told_with_its_place() {
    let mut bytes = section("eth0", &[], &[1, 2]);
    let place = bytes.len();
    bytes.extend_from_slice(&[0; 64]);
    let (_folder, path) = file(&bytes);
    let survey = info(&path).unwrap().survey;
    assert_eq!(survey.packets, PacketCount(2));
    let broken = survey.broken.unwrap().to_string();
    assert!(
        broken.ends_with(&format!("starts at byte {place}")),
        "{broken}"
    );
}

#[test]
fn a_block_that_claims_gigabytes_costs_no_gigabytes() {
    let mut bytes = section("eth0", &[], &[1]);
    bytes.extend_from_slice(&6_u32.to_ne_bytes());
    bytes.extend_from_slice(&0xf000_0000_u32.to_ne_bytes());
    let (_folder, path) = file(&bytes);
    let broken = || info(&path).unwrap().survey.broken.unwrap();
    assert!(matches!(broken(), Broken::CutOff { .. }), "{}", broken());
    // A hole: no disk, but as long as the block could be.
    let long = fs::File::options().append(true).open(&path).unwrap();
    long.set_len(READ_BLOCK_MAX as u64 + 4_096).unwrap();
    assert!(matches!(broken(), Broken::TooLarge { .. }), "{}", broken());
}

#[test]
fn what_is_no_capture_says_so() {
    let (folder, path) = file(b"GIF89a and so on, long enough to be a header");
    let error = info(&path).unwrap_err();
    assert!(matches!(error, FileError::NotACapture { .. }), "{error}");
    let (_empty, path) = file(b"");
    let error = info(&path).unwrap_err();
    assert!(matches!(error, FileError::Empty { .. }), "{error}");
    for path in [folder.path(), &folder.path().join("missing")] {
        let error = info(path).unwrap_err();
        assert!(matches!(error, FileError::Read { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_makes_it_panic_or_hang(
        damage in prop::collection::vec((0_usize..700, any::<u8>()), 1..8),
        cut in 0_usize..700,
    ) {
        let mut bytes = section("eth0", &["a comment"], &[1, 2]);
        bytes.extend(section("eth1", &[], &[3]));
        for (at, value) in damage {
            if let Some(place) = bytes.get_mut(at) {
                *place = value;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut / 2));
        let (_folder, path) = file(&bytes);
        if let Ok(info) = info(&path) {
            // Damage may make a packet of another block; the smallest has 16 bytes.
            prop_assert!(info.survey.packets.0 <= bytes.len() as u64 / 16);
        }
    }
}
