//! Folders with files of ours, of others, and with what is no capture.

use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::heads::{heads, newest};
use super::info;
use crate::action::{ActionKind, ActionResult, record};
use crate::incident::{Facts, FrozenBy, add_comments, sentence};
use crate::limits::READ_SECTION_MAX;
use crate::pcapng::{SectionHeader, write_section_header};
use crate::units::{ByteCount, PacketCount, Timestamp};

const SECOND: u64 = 1_000_000_000;

fn facts(seconds: u64) -> Facts {
    facts_at(Timestamp(seconds * SECOND))
}

/// Of an incident with this moment.
pub(super) fn facts_at(at: Timestamp) -> Facts {
    Facts {
        version: crate::incident::FACTS_VERSION,
        program: "crashcap".into(),
        subject: "router".into(),
        frozen_by: FrozenBy::Snapshot { at },
        recording_since: Timestamp(0),
        frozen_at: at,
        freeze_took_ns: 0,
        saved_at: None,
        cut: at,
        tail_cut_short: None,
        exit_method: None,
        target: None,
        filter: None,
        ring: ByteCount(1 << 20),
        packets: PacketCount(3),
        bytes: ByteCount(300),
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

fn section(comments: Vec<String>) -> Vec<u8> {
    let mut out = Vec::new();
    let header = SectionHeader {
        comments,
        ..SectionHeader::default()
    };
    write_section_header(&mut out, &header);
    out
}

fn ours(seconds: u64) -> Vec<u8> {
    let facts = facts(seconds);
    let mut out = section(vec![sentence(&facts), facts.to_comment()]);
    // What follows is not read.
    out.extend([0xff; 64]);
    out
}

/// Writes a file as it were written this long after 1970.
fn write(folder: &Path, name: &str, seconds: u64, bytes: &[u8]) {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let heads = heads(folder).unwrap().heads;
    let names = heads.iter().map(|head| head.path.file_name().unwrap());
    names.map(|name| name.to_string_lossy().into()).collect()
}

#[test]
fn the_newest_incident_is_first_whenever_it_was_copied() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "b.pcapng", 9_000, &ours(1_000));
    write(folder.path(), "a.PCAPNG", 8_000, &ours(2_000));
    let pcap = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0];
    write(folder.path(), "other.pcap", 1_500, &pcap);
    assert_eq!(names(folder.path()), ["a.PCAPNG", "other.pcap", "b.pcapng"]);
    let heads = heads(folder.path()).unwrap();
    assert_eq!(heads.more, 0);
    let [newest, other, _] = &heads.heads[..] else {
        panic!("{heads:?}");
    };
    assert_eq!(newest.facts, Some(facts(2_000)));
    assert_eq!(newest.sentence, Some(sentence(&facts(2_000))));
    assert_eq!(newest.modified, Some(Timestamp(8_000 * SECOND)));
    assert_eq!(newest.at(), Some(Timestamp(2_000 * SECOND)));
    assert_eq!(newest.size, ByteCount(ours(2_000).len() as u64));
    assert_eq!((&other.facts, &other.unreadable), (&None, &None));
    assert_eq!(other.at(), Some(Timestamp(1_500 * SECOND)));
}

#[test]
fn what_cannot_be_read_is_listed_with_its_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let cut_off = &ours(1)[..40];
    let newer = section(vec!["crashcap-facts: {\"version\":99}".into()]);
    let long = [&[0x0a, 0x0d, 0x0d, 0x0a][..], &[0xff; 60]].concat();
    for (name, bytes, words) in [
        ("empty.pcap", &[][..], Some("the file is empty")),
        ("short.pcap", b"GIF", Some("neither a pcap nor")),
        (
            "text.pcap",
            b"no capture at all",
            Some("neither a pcap nor"),
        ),
        ("cut.pcapng", cut_off, Some("end of file")),
        ("newer.pcapng", &newer, Some("version 99")),
        ("long.pcapng", &long, None),
    ] {
        write(folder.path(), name, 1, bytes);
        let heads = heads(folder.path()).unwrap().heads;
        let head = &heads[0];
        match (words, &head.unreadable) {
            (Some(words), Some(told)) => assert!(told.contains(words), "{name}: {told}"),
            (None, None) => {}
            _ => panic!("{name}: {head:?}"),
        }
        assert_eq!((heads.len(), &head.facts), (1, &None));
        fs::remove_file(&head.path).unwrap();
    }
    assert!(u32::from_le_bytes([0xff; 4]) as usize > READ_SECTION_MAX);
}

#[test]
fn of_too_many_the_files_written_last_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for seconds in 1..=5 {
        write(
            folder.path(),
            &format!("{seconds}.pcapng"),
            seconds,
            &ours(9),
        );
    }
    let told = newest(folder.path(), 2).unwrap();
    assert_eq!((told.heads.len(), told.more), (2, 3));
    assert!(told.heads[0].path.ends_with("5.pcapng"), "{told:?}");
}

#[test]
fn what_is_hidden_or_no_file_is_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".hidden.pcapng", "notes.txt", "pcapng", ".pcapng"] {
        write(folder.path(), name, 1, &ours(1));
    }
    fs::create_dir(folder.path().join("folder.pcapng")).unwrap();
    assert!(names(folder.path()).is_empty());
    assert!(names(&folder.path().join("not-there")).is_empty());
    let file = folder.path().join("notes.txt");
    let error = heads(&file).unwrap_err().to_string();
    assert!(error.contains("notes.txt"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_fails_the_list(
        damage in prop::collection::vec((0_usize..200, any::<u8>()), 1..6),
        cut in 0_usize..400,
    ) {
        let mut bytes = ours(1);
        for (at, value) in damage {
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.pcapng", 1, &bytes);
        prop_assert_eq!(heads(folder.path()).unwrap().heads.len(), 1);
    }
}

#[test]
fn what_was_added_after_saving_is_told_apart_from_comments_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incident.pcapng");
    let facts = facts(5);
    fs::write(&path, section(vec![sentence(&facts), facts.to_comment()])).unwrap();
    let result = ActionResult {
        kind: ActionKind::Program,
        action: "run /bin/true".into(),
        at: Timestamp(6 * SECOND),
        took_ns: 1,
        told: "it exited with status 0".into(),
        ok: true,
        output: String::new(),
        output_cut: false,
    };
    let evidence = "crashcap-evidence: sockets.txt\n3 sockets".to_owned();
    add_comments(&path, vec![evidence, "by hand".into()]).unwrap();
    record(std::slice::from_ref(&result), &path).unwrap();
    let told = info(&path).unwrap();
    assert_eq!(told.facts.as_ref(), Some(&facts));
    assert_eq!(told.sentence, Some(sentence(&facts)));
    assert_eq!(told.actions, [result]);
    assert_eq!(told.evidence[0].text, "3 sockets");
    assert_eq!(told.comments, ["by hand"]);
    add_comments(&path, vec!["crashcap-actions: {\"version\": 9}".into()]).unwrap();
    let told = info(&path).unwrap();
    assert_eq!(told.actions.len(), 1);
    assert!(told.actions_unreadable.unwrap().contains("version 9"));
    // The list of files still reads the first section alone.
    let heads = heads(folder.path()).unwrap();
    assert_eq!(heads.heads[0].facts.as_ref(), Some(&facts));
    // In another program's file nothing is ours.
    fs::write(&path, section(vec!["by hand".into()])).unwrap();
    add_comments(&path, vec!["crashcap-evidence: x\ny".into()]).unwrap();
    let told = info(&path).unwrap();
    assert_eq!(told.comments, ["by hand", "crashcap-evidence: x\ny"]);
}
