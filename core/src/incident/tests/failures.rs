//! Places that take nothing: the sentence, and that nothing is left behind.

use std::fs;

use super::*;
use crate::incident::{Format, PlaceError, SaveError, check, save};

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
