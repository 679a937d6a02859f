//! What a recording does when it is told to: by signals, by `crashcap freeze`,
//! `snapshot` and `status`, and by the options for what follows a firing.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;

use crashcap_core::incident::FrozenBy;
use crashcap_core::recorder::{Event, Outcome};
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::{PacketCount, Timestamp};
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{Capture, Load, Place, Recording, SavedEvent, crash, server};
use rustix::process::{Pid, Signal, kill_process};

/// The exit code of a recording that may keep no more incidents.
const FULL: i32 = 9;

/// More than one packet of the load, far less than the ring.
const SOME: u64 = 20_000;

/// Load on a server of its own that goes on, and a recording of it that holds
/// some of it.
struct Busy {
    place: Place,
    recording: Recording,
    _load: Load,
    _server: LabServer,
}

fn busy(more: &[&str]) -> Busy {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address().to_string();
    let filter = format!("tcp port {}", server.address().port());
    let mut recording = place.record(&[&["--filter", &filter], more].concat());
    let load = Load::start(&address, &["--no-poison"]);
    recording.wait_until_it_holds(SOME);
    Busy {
        place,
        recording,
        _load: load,
        _server: server,
    }
}

/// The moment of the firing that froze it.
fn fired_at(saved: &SavedEvent, kind: TriggerKind) -> Timestamp {
    match &saved.frozen_by {
        FrozenBy::Firing(firing) if firing.kind == kind => firing.at.wall,
        other => panic!("frozen by {other:?}"),
    }
}

fn frozen_by_hand(recording: Recording, by: &str) -> SavedEvent {
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved().remove(0);
    fired_at(&saved, TriggerKind::Manual);
    let capture = saved.check();
    let told = format!("asked for by {by}");
    assert!(capture.comment.contains(&told), "{}", capture.comment);
    assert_eq!(capture.marks.len(), 1, "{:?}", capture.marks);
    saved
}

#[test]
fn sigusr1_freezes() {
    let busy = busy(&[]);
    busy.recording.signal(Signal::USR1);
    frozen_by_hand(busy.recording, "SIGUSR1");
}

#[test]
fn crashcap_freeze_freezes() {
    let busy = busy(&[]);
    let pid = busy.recording.pid();
    let said = busy.place.said(&["freeze"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let saved = frozen_by_hand(busy.recording, "`crashcap freeze`");
    let told = format!(
        "recorder {pid} froze; saved {} packets, ",
        PacketCount(saved.packets)
    );
    assert!(said.output.starts_with(&told), "{said:?}");
    let path = format!(": {}\n", saved.paths[0].display());
    assert!(said.output.ends_with(&path), "{said:?}");
}

#[test]
fn the_tail_is_recorded_and_no_more() {
    for (tail, least, most) in [("1s", 900_000_000, 1_000_000_000), ("0", 0, 0)] {
        let busy = busy(&["--tail", tail]);
        busy.recording.signal(Signal::USR1);
        let saved = frozen_by_hand(busy.recording, "SIGUSR1");
        let at = fired_at(&saved, TriggerKind::Manual);
        let last = saved.last.unwrap();
        assert!(last.since(at).as_nanos() >= least, "{tail}: {saved:?}");
        assert!(last.0 <= at.0 + most, "{tail}: {saved:?}");
    }
}

/// A snapshot is a file that says what it is, and recording went on after it.
fn snapshot_is_saved(recording: &mut Recording) -> PathBuf {
    let saved = recording.wait_until_saved();
    assert!(matches!(saved.frozen_by, FrozenBy::Snapshot { .. }));
    assert!(saved.incident.contains("recording went on"), "{saved:?}");
    saved.check();
    let newest = saved.last.unwrap();
    recording.wait_for_status("a newer packet", |status| {
        status.newest.is_some_and(|time| time > newest)
    });
    saved.paths[0].clone()
}

#[test]
fn a_snapshot_of_nothing_is_not_taken_and_that_is_told() {
    let place = Place::new();
    let recording = place.record(&["--filter", "udp port 9"]);
    let said = place.said(&["snapshot"]);
    said.assert_refused(1, &["nothing has been captured yet"]);
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
    assert!(place.saved_files().is_empty());
}

#[test]
fn snapshots_are_saved_while_recording_goes_on() {
    let mut busy = busy(&[]);
    busy.recording.signal(Signal::USR2);
    snapshot_is_saved(&mut busy.recording);
    let said = busy.place.said(&["snapshot", "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let reply: serde_json::Value = serde_json::from_str(&said.output).unwrap();
    assert_eq!(reply["pid"], busy.recording.pid());
    let path = snapshot_is_saved(&mut busy.recording);
    assert_eq!(reply["paths"][0], path.to_str().unwrap());
    busy.recording.signal(Signal::USR1);
    let ended = busy.recording.end();
    ended.assert_frozen_and_saved();
    ended.saved()[2].check();
    assert_eq!(busy.place.saved_files().len(), 3);
}

#[test]
fn status_tells_how_things_stand() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let (pid, port) = (server.pid().to_string(), server.address().port());
    let filter = format!("tcp port {port}");
    let mut recording = place.record(&["--filter", &filter, "--target-pid", &pid]);
    let _load = Load::start(&server.address().to_string(), &["--no-poison"]);
    recording.wait_until_it_holds(SOME);
    let said = place.said(&["status"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let parts = [
        format!(
            "recorder {}: lo; filter {filter}; watching",
            recording.pid()
        ),
        "  recording for ".into(),
        " of 8 MB\n".into(),
        " packets/s, ".into(),
        format!("  watches pid {pid}\n"),
    ];
    for part in parts {
        assert!(said.output.contains(&part), "{part:?} is not in {said:?}");
    }
    let json = place.said(&["status", "--json", "--pid", &recording.pid().to_string()]);
    let json: serde_json::Value = serde_json::from_str(&json.output).unwrap();
    assert_eq!(json["status"]["phase"], "recording");
    assert_eq!(json["status"]["targets"][0], server.pid());
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
    let nobody = place.said(&["status"]);
    nobody.assert_refused(
        1,
        &["no recorder", "is running", "`crashcap record` starts one"],
    );
}

#[test]
fn of_several_recorders_one_is_to_be_named() {
    let place = Place::new();
    let recordings = [place.record(&[]), place.record(&[])];
    let pids = recordings.each_ref().map(|one| one.pid().to_string());
    let said = place.said(&["freeze"]);
    said.assert_refused(2, &[&pids[0], &pids[1], "say which with --pid"]);
    let wrong = place.said(&["freeze", "--pid", "1"]);
    wrong.assert_refused(1, &["has pid 1", "`crashcap status` lists them"]);
    let said = place.said(&["freeze", "--pid", &pids[1]]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let [other, frozen] = recordings;
    frozen.end().assert_frozen_and_saved();
    other.signal(Signal::INT);
    other.end().assert_stopped();
}

#[test]
fn what_ends_the_recorder_leaves_a_file_that_says_why() {
    for (signal, why) in [
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "the terminal was closed (SIGHUP)"),
    ] {
        let busy = busy(&["--tail", "30s"]);
        busy.recording.signal(signal);
        let ended = busy.recording.end();
        ended.assert_frozen_and_saved();
        let saved = ended.saved().remove(0);
        assert!(matches!(saved.frozen_by, FrozenBy::Stopped { .. }));
        let comment = saved.check().comment;
        let told = format!(": {why}; ");
        assert!(comment.contains("Recording was ended at "), "{comment}");
        assert!(comment.contains(&told), "{comment}");
    }
}

#[test]
fn ctrl_c_saves_only_where_that_was_asked_for() {
    let forget = busy(&[]);
    forget.recording.signal(Signal::INT);
    forget.recording.end().assert_stopped();
    assert!(forget.place.saved_files().is_empty());
    assert!(forget.place.fallback_files().is_empty());

    let keep = busy(&["--save-on-stop"]);
    keep.recording.signal(Signal::INT);
    let ended = keep.recording.end();
    ended.assert_frozen_and_saved();
    let capture = ended.saved()[0].check();
    assert!(
        capture.comment.contains(": Ctrl-C; "),
        "{}",
        capture.comment
    );
}

#[test]
fn a_log_has_plain_lines() {
    let place = Place::new();
    let arguments = place.record_arguments(&[]);
    let plain = arguments.iter().filter(|argument| *argument != "--json");
    let mut command = place.crashcap(&plain.collect::<Vec<_>>());
    let mut recorder = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(recorder.stdout.take().unwrap());
    let mut text = String::new();
    log.read_line(&mut text).unwrap();
    assert!(text.contains("  recording; "), "{text}");
    kill_process(Pid::from_child(&recorder), Signal::TERM).unwrap();
    log.read_to_string(&mut text).unwrap();
    assert_eq!(recorder.wait().unwrap().code(), Some(0));
    let odd = |c: char| c != '\n' && c.is_control();
    assert!(!text.contains(odd) && !text.contains("\\u{"), "{text:?}");
    assert!(text.contains("Recording was ended at "), "{text}");
    let file = place.saved_files()[0].display().to_string();
    assert!(text.trim_end().ends_with(&file), "{text}");
}

#[test]
fn a_reader_that_leaves_is_no_reason_to_lose_anything() {
    let place = Place::new();
    let mut command = place.crashcap(&place.record_arguments(&[]));
    let mut recorder = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut output = BufReader::new(recorder.stdout.take().unwrap());
    output.read_line(&mut first).unwrap();
    assert!(first.contains("\"recording\""), "{first}");
    drop(output);
    assert_eq!(recorder.wait().unwrap().code(), Some(0));
    let files = place.saved_files();
    let comment = Capture::read(&files[0]).comment;
    assert!(
        comment.contains(": standard output was closed; "),
        "{comment}"
    );
}

#[test]
fn a_second_signal_does_not_harm_what_is_saved() {
    let busy = busy(&["--tail", "30s"]);
    busy.recording.signal(Signal::USR1);
    let mut recording = busy.recording;
    recording.wait("frozen", |event| {
        matches!(event, Event::Frozen { .. }).then_some(())
    });
    // The tail is cut short, and the incident saved.
    recording.signal(Signal::TERM);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved().remove(0);
    fired_at(&saved, TriggerKind::Manual);
    let comment = saved.check().comment;
    assert!(
        comment.contains("the tail was cut short: SIGTERM"),
        "{comment}"
    );
}

#[test]
fn classic_pcap_holds_the_packets_and_no_comments() {
    let busy = busy(&["--format", "pcap"]);
    busy.recording.signal(Signal::USR1);
    let ended = busy.recording.end();
    ended.assert_frozen_and_saved();
    let saved = &ended.saved()[0];
    assert_eq!(saved.paths[0].extension().unwrap(), "pcap");
    let capture = Capture::read(&saved.paths[0]);
    capture.assert_whole(saved.packets);
    assert!(capture.marks.is_empty(), "{:?}", capture.marks);
}

#[test]
fn a_target_that_is_not_there_yet_is_waited_for() {
    let place = Place::new();
    let target = ["--target", "e2e_later", "--wait"];
    let mut recording = place.record(&target);
    let server = server(Fault::Segv, &["--name", "e2e_later"]);
    recording.wait_for_target(server.pid());
    crash(&server);
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert!(saved.incident.contains(&format!("(pid {})", server.pid())));
    saved.check();
}

#[test]
fn a_restart_fires_when_the_new_process_is_there() {
    let place = Place::new();
    let name = ["--name", "e2e_restart"];
    let old = server(Fault::Exit0, &name);
    let mut recording = place.record(&["--target", "e2e_restart", "--trigger", "restart"]);
    crash(&old);
    recording.wait_for_end_of(old.pid());
    let new = server(Fault::Exit0, &name);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved().remove(0);
    fired_at(&saved, TriggerKind::Restart);
    let told = format!("(pid {}) was restarted", new.pid());
    assert!(saved.incident.contains(&told), "{saved:?}");
    assert!(
        saved
            .incident
            .contains(&format!("after pid {} ended", old.pid()))
    );
    saved.check();
}

#[test]
fn a_check_rehearses_with_a_real_file_and_says_what_is_wrong() {
    let place = Place::new();
    let folder = place.incidents().display().to_string();
    let options = ["check", "-i", "lo", "--ring", "8MB", "--tail", "0"];
    let options = [&options[..], &["--folder", &folder]].concat();
    let fine = place.said(&[&options[..], &["--fire"]].concat());
    assert_eq!(fine.code, Some(0), "{fine:?}");
    let lines: Vec<&str> = fine.output.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let parts = [
        "ok  no target",
        "ok  folder: ",
        "ok  capture: ",
        "ok  rehearsal: froze",
    ];
    for (line, part) in lines.iter().zip(parts) {
        assert!(line.starts_with(part), "{line}");
    }
    let file = &place.saved_files()[0];
    assert!(lines[3].ends_with(file.to_str().unwrap()), "{lines:?}");
    let comment = Capture::read(file).comment;
    assert!(comment.contains("nothing has crashed"), "{comment}");

    let wrong = place.said(&[&options[..], &["--target", "e2e_nobody"]].concat());
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.output.contains("!!  no process matches"), "{wrong:?}");
    assert!(wrong.output.contains("ok  capture: "), "{wrong:?}");
}

#[test]
fn as_many_incidents_are_kept_as_was_asked_for() {
    for (when_full, kept) in [("stop", 2), ("drop-oldest", 2)] {
        let place = Place::new();
        let options = ["--rearm", "--cool-down", "0", "--keep", "2", "--when-full"];
        let options = [&options[..], &[when_full, "--tail", "0"]].concat();
        let mut recording = place.record(&options);
        let mut names = Vec::new();
        for _ in 0..2 {
            recording.signal(Signal::USR1);
            names.extend(recording.wait_until_saved().paths);
        }
        if when_full == "drop-oldest" {
            recording.signal(Signal::USR1);
            names.extend(recording.wait_until_saved().paths);
            recording.signal(Signal::INT);
            recording.end().assert_stopped();
            names.remove(0);
        } else {
            let ended = recording.end();
            let Some(Outcome::Full { reason }) = &ended.outcome else {
                panic!("{ended:#?}");
            };
            assert!(reason.contains('2'), "{reason}");
            assert_eq!(ended.code, Some(FULL));
        }
        names.sort();
        assert_eq!(place.saved_files(), names);
        assert_eq!(names.len(), kept);
    }
}
