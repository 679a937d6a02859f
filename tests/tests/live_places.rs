//! Folders that are missing, read-only, full or become full, profiles and
//! capture files that are wrong, and a control group with little memory.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::Command;

use crashcap_core::recorder::{Event, Outcome};
use crashcap_tests::lab::sample::SampleCapture;
use crashcap_tests::live::{
    Namespaces, Place, Recording, Said, crashcap, inside, mount_memory, run, skipped,
};
use rustix::process::Signal;

/// Exit codes, as `crashcap record --help` lists them.
const USAGE: i32 = 2;
const NOT_SAVED: i32 = 5;
const NOT_THERE: i32 = 7;
const NO_MEMORY: i32 = 8;

#[test]
fn a_missing_folder_is_made_but_not_the_path_to_it() {
    let place = Place::new();
    let deep = place.path("a/b").display().to_string();
    let said = place.refused(&["--folder", &deep]);
    let parts = [&deep, "does not exist", "create it or choose another"];
    said.assert_refused(NOT_SAVED, &parts.map(|part: &str| part));
    let file = place.path("file");
    fs::write(&file, "").unwrap();
    let said = place.refused(&["--folder", file.to_str().unwrap()]);
    said.assert_refused(NOT_SAVED, &["is not a folder", "choose a folder"]);

    let new = place.path("new");
    let recording = place.record(&["--folder", new.to_str().unwrap()]);
    recording.signal(Signal::USR1);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    assert!(ended.saved()[0].paths[0].starts_with(new));
}

#[test]
fn a_read_only_folder_is_refused() {
    if !inside("a_read_only_folder_is_refused", Namespaces::Mounts) {
        return;
    }
    let folder = mount_memory("ro,size=64m");
    let path = folder.path().to_str().unwrap();
    let said = Place::new().refused(&["--folder", path]);
    let parts = [path, "read-only file system", "choose another folder"];
    said.assert_refused(NOT_SAVED, &parts);
}

#[test]
fn a_folder_that_could_not_take_one_ring_is_refused() {
    let test = "a_folder_that_could_not_take_one_ring_is_refused";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let folder = mount_memory("size=4m");
    let path = folder.path().to_str().unwrap();
    let said = Place::new().refused(&["--folder", path, "--ring", "8MB"]);
    let parts = [
        path,
        "is full: 8 MB are needed",
        "make room or choose another",
    ];
    said.assert_refused(NOT_SAVED, &parts);
    assert_eq!(fs::read_dir(path).unwrap().count(), 0);
}

/// Takes all room that is left in a folder.
fn fill(folder: &Path) -> PathBuf {
    let filling = folder.join("filling");
    let zeroes = vec![0; 32 << 20];
    fs::write(&filling, zeroes).unwrap_err();
    filling
}

/// A recording whose folder becomes full while it goes on.
fn full_while_recording(place: &Place, folder: &Path, fallback: &Path) -> Recording {
    let recording = place.record(&[
        "--folder",
        folder.to_str().unwrap(),
        "--fallback-dir",
        fallback.to_str().unwrap(),
    ]);
    fill(folder);
    recording.signal(Signal::USR1);
    recording
}

fn save_failed(recording: &mut Recording, fallback: bool) -> String {
    recording.wait("saving failed", |event| match event {
        Event::SaveFailed {
            sentence,
            fallback_follows,
        } if *fallback_follows == fallback => Some(sentence.clone()),
        _ => None,
    })
}

#[test]
fn a_folder_that_becomes_full_is_told_and_the_fallback_taken() {
    let test = "a_folder_that_becomes_full_is_told_and_the_fallback_taken";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let (place, folder) = (Place::new(), mount_memory("size=16m"));
    let mut recording = full_while_recording(&place, folder.path(), &place.fallback());
    let sentence = save_failed(&mut recording, true);
    assert!(sentence.contains("is full: "), "{sentence}");
    assert!(sentence.contains("make room or choose"), "{sentence}");
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved().remove(0);
    assert_eq!(place.fallback_files(), saved.paths);
    saved.check();
}

#[test]
fn evidence_that_nobody_takes_stays_until_there_is_room() {
    let test = "evidence_that_nobody_takes_stays_until_there_is_room";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let (place, folder) = (Place::new(), mount_memory("size=16m"));
    let mut recording = full_while_recording(&place, folder.path(), &place.path("no/where"));
    save_failed(&mut recording, true);
    save_failed(&mut recording, false);
    recording.complaint("what to do", |line| {
        line.contains("make room, or name another folder")
            .then_some(())
    });
    fs::remove_file(folder.path().join("filling")).unwrap();
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert!(saved.paths[0].starts_with(folder.path()));
    saved.check();
}

#[test]
fn evidence_that_nobody_takes_goes_where_the_user_says() {
    let test = "evidence_that_nobody_takes_goes_where_the_user_says";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let (place, folder) = (Place::new(), mount_memory("size=16m"));
    let mut recording = full_while_recording(&place, folder.path(), &place.path("no/where"));
    recording.wait_for_status("unsaved", |status| {
        let unsaved = status.unsaved.as_deref();
        unsaved.is_some_and(|why| why.contains("no/where does not exist"))
    });
    let elsewhere = place.path("elsewhere");
    let said = place.said(&["save-to", elsewhere.to_str().unwrap()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert!(saved.paths[0].starts_with(elsewhere), "{saved:?}");
    saved.check();
}

#[test]
fn evidence_is_given_up_by_ctrl_c_alone() {
    if !inside("evidence_is_given_up_by_ctrl_c_alone", Namespaces::Mounts) {
        return;
    }
    let (place, folder) = (Place::new(), mount_memory("size=16m"));
    let mut recording = full_while_recording(&place, folder.path(), &place.path("no/where"));
    save_failed(&mut recording, false);
    recording.signal(Signal::INT);
    let ended = recording.end();
    assert_eq!(ended.code, Some(NOT_SAVED), "{ended:#?}");
    let Some(Outcome::NotSaved { reason }) = &ended.outcome else {
        panic!("{ended:#?}");
    };
    assert!(reason.contains("given up by Ctrl-C"), "{reason}");
}

fn with_profile(text: &str) -> Said {
    let place = Place::new();
    let path = place.path("wrong.toml");
    fs::write(&path, text).unwrap();
    place.said(&["record", "--profile", path.to_str().unwrap()])
}

#[test]
fn a_wrong_profile_is_refused_with_the_line_and_what_was_meant() {
    let wrong = [
        (
            "[ring]\nsice = \"5MB\"\n",
            "line 2: ",
            "did you mean `size`?",
        ),
        ("[capture]\n\n[rings]\n", "line 3: ", "did you mean `ring`?"),
        (
            "[capture]\nfoo = 1\n",
            "line 2: ",
            "there is no field `foo` here, only ",
        ),
        ("[ring]\nage = \"5 parsecs\"\n", "line 2: ", "500ms"),
        ("[ring]\nsize = \"5 bananas\"\n", "line 2: ", "use B, kB"),
        ("[target]\npid = \"many\"\n", "line 2: ", "expected u32"),
        ("[target\n", "line 1: ", ""),
        (
            "[freeze]\ntail = \"2h\"\n",
            "freeze.tail 2 h",
            "the longest is 1 h",
        ),
        (
            "[[trigger]]\nkind = \"war\"\n",
            "trigger war",
            "write one of exit",
        ),
    ];
    for (text, place, meant) in wrong {
        let said = with_profile(text);
        assert_eq!(said.code, Some(USAGE), "{text:?}: {said:?}");
        for part in [place, meant] {
            assert!(said.errors.contains(part), "{part:?} is not in {said:?}");
        }
    }
    let said = Place::new().refused(&["--profile", "/e2e/none.toml"]);
    said.assert_refused(NOT_THERE, &["read the profile /e2e/none.toml"]);
}

#[test]
fn what_is_saved_as_a_profile_records_the_same() {
    let place = Place::new();
    let path = place.path("it.toml");
    let profile = path.to_str().unwrap();
    let recording = place.record(&["--filter", "tcp port 1", "--save-profile", profile]);
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
    let command = ["record", "--json", "--profile", profile];
    let mut recording = Recording::start(&mut place.crashcap(&command));
    recording.wait_until_recording();
    recording.signal(Signal::USR1);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    assert_eq!(place.saved_files().len(), 1);
    let incident = &ended.saved()[0].incident;
    assert!(incident.contains("on lo, "), "{incident}");
    assert!(incident.contains("filter tcp port 1"), "{incident}");
}

/// A capture of a few packets.
fn sample() -> SampleCapture {
    let mut sample = SampleCapture::new("made by a test");
    let [from, to] = [1, 2].map(|port| SocketAddrV4::new([127, 0, 0, 1].into(), port));
    for at in 0..4 {
        sample.tcp(1_795_410_753_000_000_000 + at, from, to, b"some bytes");
    }
    sample
}

#[test]
fn a_broken_capture_file_is_told_as_far_as_it_goes() {
    let place = Place::new();
    let path = place.path("broken.pcapng");
    let whole = sample().bytes().to_vec();
    let cut_off = whole[..whole.len() - 7].to_vec();
    let mut corrupt = whole.clone();
    let last = whole.len() - 4;
    corrupt[last] ^= 0x40;
    for (bytes, packets, why) in [
        (
            cut_off,
            3,
            "the file is cut off: it ends within the block that starts at byte ",
        ),
        (
            corrupt,
            3,
            "the file is corrupt: no valid block starts at byte ",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        let said = place.said(&["info", path.to_str().unwrap()]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.output.contains(why), "{said:?}");
        let count = format!(", {packets} packets");
        assert!(said.output.contains(&count), "{said:?}");
    }
}

#[test]
fn a_file_that_is_no_capture_is_refused() {
    let place = Place::new();
    let path = place.path("no-capture");
    for bytes in [&b""[..], b"\n\r\r\n", b"no capture at all, but some text"] {
        fs::write(&path, bytes).unwrap();
        let said = place.said(&["info", path.to_str().unwrap()]);
        said.assert_refused(NOT_THERE, &["read ", path.to_str().unwrap()]);
    }
    place
        .said(&["info", "/e2e/none"])
        .assert_refused(NOT_THERE, &["/e2e/none"]);
}

/// A control group of the test's own; dropping this removes it.
struct ControlGroup(PathBuf);

impl ControlGroup {
    /// With this much memory; `None` where none can be made.
    fn new(bytes: u64) -> Option<Self> {
        let name = format!("crashcap-test-{}", std::process::id());
        let kinds = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        kinds.into_iter().find_map(|(root, limit)| {
            let folder = Path::new(root).join(&name);
            fs::create_dir(&folder).ok()?;
            let group = Self(folder);
            fs::write(group.0.join(limit), bytes.to_string()).ok()?;
            Some(group)
        })
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_ring_that_the_control_group_cannot_hold_is_refused() {
    let test = "a_ring_that_the_control_group_cannot_hold_is_refused";
    let Some(group) = ControlGroup::new(128 << 20) else {
        skipped(test, "no control group with a memory limit can be made");
        return;
    };
    let place = Place::new();
    let mut command = Command::new("sh");
    command.args(["-c", "echo $$ > \"$0\"/cgroup.procs && exec \"$@\""]);
    command.arg(&group.0).arg(crashcap());
    command.args(place.record_arguments(&["--ring", "300MB"]));
    place.environment(&mut command);
    let parts = [
        "a ring of 300 MB takes ",
        "this process's control group leaves ",
        "choose a ring of at most ",
        "or raise the group's limit",
    ];
    run(&mut command).assert_refused(NO_MEMORY, &parts);
}
