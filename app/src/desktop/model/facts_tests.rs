//! What is told of files of ours, from a file with nothing but its facts.

use std::fs;

use crashcap_core::action::{ActionKind, ActionResult};
use crashcap_core::clock::{Monotonic, Now};
use crashcap_core::incident::{FACTS_VERSION, Facts, FrozenBy, Watched, sentence};
use crashcap_core::inspect::{Control, overview};
use crashcap_core::pcapng::{SectionHeader, write_section_header};
use crashcap_core::trigger::{Firing, TriggerKind};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp};
use crashcap_core::watch::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, TargetSpec};

use super::Page;

const EPOCH: u64 = 1_795_410_753_000_000_000;

fn at(microseconds: u64) -> Now {
    Now {
        monotonic: Monotonic(microseconds * 1_000),
        wall: Timestamp(EPOCH + microseconds * 1_000),
    }
}

fn server() -> ProcessInfo {
    ProcessInfo {
        identity: ProcessIdentity {
            pid: 8_157,
            started: 1,
        },
        name: "python3.11".into(),
        executable: None,
        command_line: "python3 server.py --port 8123".into(),
        user: Some("root".into()),
    }
}

fn firing(kind: TriggerKind) -> Firing {
    Firing {
        seen: None,
        kind,
        at: at(500),
        process: None,
        status: None,
        fault: None,
        end: None,
        note: None,
    }
}

fn facts(firing: Firing, target: &str, profile: &str) -> Facts {
    Facts {
        version: FACTS_VERSION,
        program: "crashcap-desktop 0.1.0".into(),
        subject: "python3.11".into(),
        frozen_by: FrozenBy::Firing(Box::new(firing)),
        recording_since: at(0).wall,
        frozen_at: at(600).wall,
        freeze_took_ns: 100_000,
        saved_at: None,
        cut: at(600).wall,
        tail_cut_short: None,
        exit_method: Some(ExitMethod::PidFd),
        target: Some(target.into()),
        filter: None,
        ring: ByteCount(1 << 20),
        packets: PacketCount(0),
        bytes: ByteCount(0),
        first: None,
        last: None,
        interfaces: Vec::new(),
        noted: Vec::new(),
        notes: Vec::new(),
        profile: Some(profile.into()),
        watched: vec![Watched {
            process: server(),
            found: at(100).wall,
            end: None,
        }],
        truncated: false,
    }
}

fn bytes(facts: &Facts) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = SectionHeader {
        comments: vec![sentence(facts), facts.to_comment()],
        ..SectionHeader::default()
    };
    write_section_header(&mut bytes, &header);
    bytes
}

fn page(facts: &Facts) -> Page {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.pcapng");
    fs::write(&path, bytes(facts)).unwrap();
    Page::of(&overview(&path, &Control::default()).unwrap(), None)
}

fn fact<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let mut facts = page.facts.iter();
    facts.find_map(|(one, value)| (*one == name).then_some(value.as_str()))
}

#[test]
fn a_freeze_by_hand_tells_whom_it_watched_and_nothing_of_an_end() {
    let page = page(&facts(
        firing(TriggerKind::Manual),
        "processes named python*",
        "",
    ));
    assert_eq!(
        fact(&page, "Process"),
        Some("python3.11 (pid 8157), user root")
    );
    assert_eq!(fact(&page, "Target"), Some("processes named python*"));
    assert_eq!(
        (fact(&page, "Noticed by"), fact(&page, "Fault")),
        (None, None)
    );
    let [bar] = &page.lanes.bars[..] else {
        panic!("{:?}", page.lanes);
    };
    assert_eq!((bar.pid, bar.from, &bar.end), (8_157, at(100).wall, &None));
    assert!(!page.danger);
    // Of before it was written down; the file system's time may be a copy's.
    assert_eq!(fact(&page, "Saved"), None);
    assert_eq!(fact(&page, "Written by"), Some("crashcap-desktop 0.1.0"));
}

#[test]
fn what_was_done_after_it_had_been_saved_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.pcapng");
    fs::write(&path, bytes(&facts(firing(TriggerKind::Manual), "", ""))).unwrap();
    let mut overview = overview(&path, &Control::default()).unwrap();
    overview.info.actions.push(ActionResult {
        kind: ActionKind::Program,
        action: "run /bin/page-me".into(),
        at: at(900).wall,
        took_ns: 12_000_000,
        told: "it exited with status 3".into(),
        ok: false,
        output: String::new(),
        output_cut: false,
    });
    let page = Page::of(&overview, None);
    assert_eq!(
        fact(&page, "Afterwards"),
        Some("run /bin/page-me: FAILED: it exited with status 3, in 12 ms")
    );
}

#[test]
fn a_freeze_before_the_end_is_told_by_the_fault_that_was_noticed() {
    let crash = Firing {
        process: Some(server()),
        status: Some(ExitStatus::Signal {
            number: 11,
            core_dumped: Some(true),
        }),
        fault: Some(at(500)),
        end: Some(at(3_700)),
        ..firing(TriggerKind::Exit)
    };
    let page = page(&Facts {
        saved_at: Some(at(1_200_600).wall),
        ..facts(crash, "pid 8157", "")
    });
    let told = |name| fact(&page, name).unwrap_or_default();
    assert!(
        told("End").ends_with(", 3.2 ms after the fault"),
        "{}",
        told("End")
    );
    assert!(
        told("Frozen").ends_with(" after the fault was noticed"),
        "{}",
        told("Frozen")
    );
    assert_eq!(
        told("Noticed by"),
        "the kernel's event of the fault, before the end"
    );
    assert!(
        told("Saved").ends_with(", 1.2 s after the freeze"),
        "{}",
        told("Saved")
    );
    // One zone for all, which the sentence says.
    let zone = super::zone_of(at(500).wall);
    let fault = format!("{} {zone}", told("Fault"));
    assert!(page.sentence.contains(&fault), "{}", page.sentence);
    assert_eq!(page.sentence.matches("UTC").count(), 1);
    assert!(page.facts.iter().all(|(_, value)| !value.contains("UTC")));
    // The process is told once.
    assert_eq!(fact(&page, "Target"), None);
    let end = page.lanes.bars[0].end.as_ref().unwrap();
    assert_eq!((end.at, &*end.short), (at(3_700).wall, "SIGSEGV"));
}

#[test]
fn the_command_of_a_launched_target_launches_it() {
    let profile = "[capture]\nall = true\n";
    let page = page(&facts(
        firing(TriggerKind::Manual),
        &TargetSpec::Launched(8_157).to_string(),
        profile,
    ));
    let line = fact(&page, Page::PROFILE).unwrap();
    assert!(
        line.ends_with(" -- python3 server.py --port 8123"),
        "{line}"
    );
}
