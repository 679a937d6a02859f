//! Names: never taken from another file, never seen before the file is whole.

use std::collections::HashSet;
use std::fs;

use super::*;
use crate::incident::{Format, SaveError, save, save_as};

fn small() -> Incident {
    incident(
        &[ethernet("lo")],
        &[vec![packet(0, DEATH.0, b"last words")]],
        4_096,
    )
}

#[test]
fn many_saves_of_the_same_name_overwrite_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let incident = small();
    let paths: Vec<_> = std::thread::scope(|scope| {
        let saver = || -> Vec<_> {
            (0..20)
                .map(|_| {
                    save(&incident, folder.path(), Format::Pcapng)
                        .unwrap()
                        .paths[0]
                        .clone()
                })
                .collect()
        };
        let threads = [scope.spawn(saver), scope.spawn(saver)];
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let different: HashSet<_> = paths.iter().collect();
    assert_eq!(different.len(), 40);
    let there: HashSet<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(there.iter().collect::<HashSet<_>>(), different);
    let stem = folder.path().join("router_runner_crash_20261123T051233Z");
    assert!(there.contains(&stem.with_extension("pcapng")));
    let numbered = folder
        .path()
        .join("router_runner_crash_20261123T051233Z-40.pcapng");
    assert!(there.contains(&numbered));
}

#[test]
fn save_as_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.pcapng");
    fs::write(&path, "something else").unwrap();
    let error = save_as(&small(), &path).unwrap_err();
    assert!(matches!(error, SaveError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"something else");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn classic_files_name_their_link_type() {
    let folder = tempfile::tempdir().unwrap();
    let interfaces = [
        ethernet("eth0"),
        interface("any", LinkType::LINUX_SLL2, Resolution::Nanoseconds),
    ];
    let packets = vec![packet(0, DEATH.0, b"a"), packet(1, DEATH.0, b"b")];
    let incident = incident(&interfaces, &[packets], 4_096);
    let saved = save_as(&incident, &folder.path().join("both.pcap")).unwrap();
    let names: Vec<_> = saved
        .paths
        .iter()
        .map(|path| path.file_name().unwrap())
        .collect();
    assert_eq!(names, ["both_ethernet.pcap", "both_sll2.pcap"]);
    let saved = save(&incident, folder.path(), Format::Pcap).unwrap();
    assert!(saved.paths[0].ends_with("router_runner_crash_20261123T051233Z_ethernet.pcap"));
    let saved = save_as(&small(), &folder.path().join("one.pcap")).unwrap();
    assert!(saved.paths[0].ends_with("one.pcap"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_files_and_a_folder_that_was_made() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("incidents");
    let saved = save(&small(), &folder, Format::Pcapng).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&saved.paths[0]), 0o600);
    assert_eq!(mode(&folder), 0o700);
}
