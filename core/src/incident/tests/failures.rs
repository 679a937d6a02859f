//! Places that take nothing: the sentence, and that nothing is left behind.

use std::fs;

use super::*;
use crate::incident::{Format, PlaceError, SaveError, check, copy_as_classic, save, save_as};

#[test]
fn a_missing_folder_is_made_and_a_missing_parent_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("no/such");
    let incident = incident(&[ethernet("lo")], &[vec![]], 4_096);
    let error = save(&incident, &folder, Format::Pcapng).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("does not exist: create it"), "{text}");
    assert!(
        text.contains("router_runner_crash_20261123T051233Z"),
        "{text}"
    );
    save(&incident, &parent.path().join("no"), Format::Pcapng).unwrap();
}

#[test]
fn a_file_in_the_place_of_the_folder_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let incident = incident(&[ethernet("lo")], &[vec![]], 4_096);
    for place in [file.clone(), file.join("below")] {
        let error = save(&incident, &place, Format::Pcap).unwrap_err();
        let SaveError::Place { reason, .. } = error else {
            panic!("{error}");
        };
        let PlaceError::NotAFolder { path } = reason else {
            panic!("{reason}");
        };
        assert_eq!(path, file);
    }
}

#[test]
fn more_than_the_disk_holds_is_full_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), ByteCount(1)).unwrap();
    let error = check(folder.path(), ByteCount(u64::MAX)).unwrap_err();
    let PlaceError::Full { free: Some(_), .. } = &error else {
        panic!("{error}");
    };
    assert!(error.to_string().contains("are free"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_even_of_root_is_told() {
    // sysfs: a folder that nobody may create files in; containers mount it read-only.
    let folder = std::path::Path::new("/sys/kernel");
    let incident = incident(&[ethernet("lo")], &[vec![]], 4_096);
    let saved = save(&incident, folder, Format::Pcapng).unwrap_err();
    let SaveError::Place { reason, .. } = saved else {
        panic!("{saved}");
    };
    for error in [reason, check(folder, ByteCount(1)).unwrap_err()] {
        let refused = matches!(
            error,
            PlaceError::NoPermission { .. } | PlaceError::ReadOnly { .. }
        );
        assert!(refused, "{error}");
    }
}

#[test]
fn a_classic_copy_takes_nobody_elses_name_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let any = interface("any", LinkType::LINUX_SLL2, Resolution::Nanoseconds);
    let two = [packet(0, DEATH.0, b"abc"), packet(1, DEATH.0, b"de")];
    let incident = incident(&[ethernet("lo"), any], &[two.to_vec()], 4_096);
    let saved = save_as(&incident, &path("one.pcapng")).unwrap();
    fs::write(path("copy_sll2.pcap"), "somebody's").unwrap();
    let error = copy_as_classic(&saved.paths[0], &path("copy.pcap")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("copy_sll2.pcap exists already"), "{text}");
    // Nor is there the part that had its name already.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let error = copy_as_classic(&saved.paths[0], &path("no/copy.pcap")).unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    let error = copy_as_classic(&path("gone"), &path("copy.pcap")).unwrap_err();
    assert!(error.to_string().starts_with("read "), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_can_be_read_of_a_broken_file_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let packets = [1, 2, 3].map(|index| packet(0, DEATH.0 + index, b"abc"));
    let incident = incident(&[ethernet("lo")], &[packets.to_vec()], 4_096);
    let saved = save_as(&incident, &path("one.pcapng")).unwrap();
    let bytes = fs::read(&saved.paths[0]).unwrap();
    // The statistics at the end, and a part of the packet before them.
    let cut = bytes.len() - incident_statistics(&bytes) - 8;
    fs::write(path("cut.pcapng"), &bytes[..cut]).unwrap();
    let copied = copy_as_classic(&path("cut.pcapng"), &path("copy.pcap")).unwrap();
    assert_eq!(copied.packets, PacketCount(2));
    assert!(copied.broken.is_some());
}

/// The length of the last block, which stands at its end.
fn incident_statistics(bytes: &[u8]) -> usize {
    let last = bytes.last_chunk::<4>().unwrap();
    u32::from_ne_bytes(*last) as usize
}
