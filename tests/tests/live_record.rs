//! `crashcap record` on loopback with the crash lab: every way to choose a
//! target, every way in which it ends, and what is told of it. Each file is
//! read back with tshark.
#![cfg(target_os = "linux")]

use std::path::Path;

use crashcap_core::watch::ExitStatus;
use crashcap_tests::lab::capture::{self, tcp_segment};
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::lab::truth::Poison;
use crashcap_tests::live::{
    Load, Place, Recording, SavedEvent, copy_program, crash, crashlab, server,
};
use rustix::process::Signal;

fn filter(server: &LabServer) -> String {
    format!("tcp port {}", server.address().port())
}

/// Lets the server crash under load while it is recorded, and checks the file:
/// it is whole, names the process, and holds the poison.
fn crash_is_saved(place: &Place, mut recording: Recording, server: &LabServer) -> SavedEvent {
    recording.wait_for_target(server.pid());
    let truth = place.path("truth.json");
    let address = server.address().to_string();
    let poison = ["--poison-after", "300ms", "--truth"];
    let options = [&poison[..], &[truth.to_str().unwrap()]].concat();
    let truth = Load::start(&address, &options).end_with_truth(&truth);
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert_eq!(place.saved_files(), saved.paths);
    let capture = saved.check();
    assert!(capture.comment.contains(&format!("(pid {})", server.pid())));
    assert_eq!(capture.marks.len(), 1, "{capture:?}");
    assert_holds(&saved.paths[0], &truth.poison.unwrap());
    saved
}

fn assert_holds(file: &Path, poison: &Poison) {
    let bytes = poison.bytes().unwrap();
    let mut found = 0;
    capture::read(file, |packet| {
        found += usize::from(tcp_segment(&packet).is_some_and(|one| one.payload == bytes));
    })
    .unwrap();
    assert_eq!(found, 1);
}

/// Records a server's crash by SIGSEGV; `target` chooses the server, `options`
/// are its own.
fn target_is_found(options: &[&str], target: impl Fn(&LabServer) -> [String; 2]) -> SavedEvent {
    let place = Place::new();
    let server = server(Fault::Segv, options);
    let [name, value] = target(&server);
    let recording = place.start(&["--filter", &filter(&server), &name, &value]);
    let saved = crash_is_saved(&place, recording, &server);
    assert!(
        saved.incident.contains("was killed by SIGSEGV"),
        "{saved:?}"
    );
    saved
}

#[test]
fn a_target_is_chosen_by_pid() {
    target_is_found(&[], |server| {
        ["--target-pid".into(), server.pid().to_string()]
    });
}

#[test]
fn a_target_is_chosen_by_port() {
    target_is_found(&[], |server| {
        let port = server.address().port();
        ["--target-port".into(), port.to_string()]
    });
}

#[test]
fn a_target_is_chosen_by_name_which_names_the_file() {
    let saved = target_is_found(&["--name", "e2e_by_name"], |_| {
        ["--target".into(), "e2e_by_name".into()]
    });
    let name = saved.paths[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("e2e_by_name_crash_"), "{name}");
    assert!(name.ends_with("Z.pcapng"), "{name}");
}

#[test]
fn a_target_is_chosen_by_a_pattern_of_names() {
    target_is_found(&["--name", "e2e_star_x1"], |_| {
        ["--target".into(), "e2e_st*_x?".into()]
    });
}

#[test]
fn a_target_is_chosen_by_a_part_of_its_command_line() {
    let place = Place::new();
    let mark = place.path("mark").display().to_string();
    target_is_found(&["--pid-file", &mark], |_| {
        ["--target-command".into(), mark.clone()]
    });
}

#[test]
fn a_target_is_chosen_by_a_pattern_of_its_whole_command_line() {
    let place = Place::new();
    let mark = place.path("mark").display().to_string();
    target_is_found(&["--pid-file", &mark], |_| {
        [
            "--target-command".into(),
            format!("*crashl?b server*{mark}"),
        ]
    });
}

#[test]
fn a_target_is_chosen_by_its_executable() {
    let place = Place::new();
    let own = place.path("own_server");
    copy_program(&crashlab(), &own);
    let server = LabServer::start(&own, Fault::Segv, &["--threads", "8"]).unwrap();
    let recording = place.start(&[
        "--filter",
        &filter(&server),
        "--target-exe",
        own.to_str().unwrap(),
    ]);
    crash_is_saved(&place, recording, &server);
}

#[test]
fn a_target_is_launched() {
    let place = Place::new();
    let lab = crashlab();
    let mut recording = place.start(&[
        "--",
        lab.to_str().unwrap(),
        "server",
        "--port",
        "0",
        "--threads",
        "8",
    ]);
    // Standard output belongs to the events, so the server speaks on the other.
    let (address, pid) = recording.complaint("address", |line| {
        let line = line.strip_prefix("listening on ")?;
        let (address, pid) = line.split_once(" pid ")?;
        Some((address.to_owned(), pid.to_owned()))
    });
    Load::start(&address, &["--poison-after", "300ms"]).end();
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    saved.check();
    let told = format!("(pid {pid}) was killed by SIGSEGV");
    assert!(saved.incident.contains(&told), "{saved:?}");
}

#[test]
fn every_way_to_end_fires_the_exit_trigger_and_is_told() {
    let ways = [
        (Fault::Abort, "was killed by SIGABRT"),
        (Fault::Exit3, "exited with status 3"),
        (Fault::Exit0, "exited with status 0"),
    ];
    for (fault, told) in ways {
        let place = Place::new();
        let server = server(fault, &[]);
        let recording = place.start(&[
            "--filter",
            &filter(&server),
            "--target-pid",
            &server.pid().to_string(),
        ]);
        let saved = crash_is_saved(&place, recording, &server);
        assert!(saved.incident.contains(told), "{told}: {saved:?}");
    }
}

#[test]
fn a_clean_end_is_no_crash() {
    let place = Place::new();
    let server = server(Fault::Exit0, &[]);
    let pid = server.pid();
    let target = pid.to_string();
    let mut recording = place.record(&["--target-pid", &target, "--trigger", "crash"]);
    crash(&server);
    let status = recording.wait_for_end_of(pid);
    assert_eq!(status, ExitStatus::Code { code: 0 });
    recording.signal(Signal::INT);
    let ended = recording.end();
    ended.assert_stopped();
    assert!(ended.firings().is_empty(), "{ended:#?}");
    assert!(place.saved_files().is_empty());
}

#[test]
fn a_status_that_is_said_to_be_clean_is_no_crash_and_another_is() {
    for (clean, fires) in [("3", false), ("4", true)] {
        let place = Place::new();
        let server = server(Fault::Exit3, &[]);
        let pid = server.pid();
        let target = pid.to_string();
        let trigger = ["--trigger", "crash", "--clean-code", clean];
        let options = [&["--target-pid", &target], &trigger[..]].concat();
        let mut recording = place.record(&options);
        crash(&server);
        recording.wait_for_end_of(pid);
        if fires {
            let ended = recording.end();
            ended.assert_frozen_and_saved();
            ended.saved()[0].check();
        } else {
            recording.signal(Signal::INT);
            assert!(recording.end().firings().is_empty());
        }
    }
}

/// Two servers of one name, as workers are.
fn workers(name: &str) -> [LabServer; 2] {
    [0, 1].map(|_| server(Fault::Segv, &["--name", name]))
}

/// The end of a recording by the crash of this worker.
fn fired_by(worker: &LabServer, recording: Recording) {
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved();
    assert_eq!(saved.len(), 1, "{saved:?}");
    saved[0].check();
    let told = format!("(pid {}) was killed by SIGSEGV", worker.pid());
    assert!(saved[0].incident.contains(&told), "{saved:?}");
    assert_eq!(ended.firings().len(), 1, "{ended:#?}");
}

#[test]
fn the_end_of_any_worker_fires() {
    let place = Place::new();
    let workers = workers("e2e_any");
    let mut recording = place.record(&["--target", "e2e_any"]);
    recording.wait_for_status("both workers", |status| status.targets.len() == 2);
    crash(&workers[1]);
    fired_by(&workers[1], recording);
}

#[test]
fn the_end_of_all_workers_fires() {
    let place = Place::new();
    let workers = workers("e2e_all");
    let mut recording = place.record(&["--target", "e2e_all", "--fire-when", "all"]);
    recording.wait_for_status("both workers", |status| status.targets.len() == 2);
    crash(&workers[0]);
    recording.wait_for_status("one worker left", |status| {
        status.targets == [workers[1].pid()]
    });
    crash(&workers[1]);
    fired_by(&workers[1], recording);
}

#[test]
fn armed_again_it_saves_the_next_crash_with_the_new_pid() {
    let place = Place::new();
    let target = ["--target", "e2e_rearm", "--rearm", "--cool-down", "0s"];
    let mut recording = place.record(&[&target[..], &["--wait"]].concat());
    for fault in [Fault::Segv, Fault::Abort] {
        let server = server(fault, &["--name", "e2e_rearm"]);
        recording.wait_for_target(server.pid());
        crash(&server);
        let saved = recording.wait_until_saved();
        let pid = format!("(pid {}) was killed by", server.pid());
        assert!(saved.incident.contains(&pid), "{saved:?}");
        saved.check();
    }
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
    assert_eq!(place.saved_files().len(), 2);
}

#[test]
fn a_launched_command_is_recorded_from_its_first_packet() {
    let place = Place::new();
    let filter = "udp dst port 9970";
    let script = "for i in $(seq 50); do echo hi > /dev/udp/127.0.0.1/9970; done; sleep 0.2";
    let mut recording = place.start(&["--filter", filter, "--", "bash", "-c", script]);
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert_eq!(saved.packets, 50);
    assert!(
        saved.incident.starts_with("bash (pid "),
        "{}",
        saved.incident
    );
}

#[test]
fn a_launched_command_that_dies_at_once_is_saved() {
    let place = Place::new();
    let mut recording = place.start(&["--", "sh", "-c", "kill -SEGV $$"]);
    let saved = recording.wait_until_saved();
    recording.end().assert_frozen_and_saved();
    assert!(
        saved.incident.contains("was killed by SIGSEGV"),
        "{}",
        saved.incident
    );
}

#[test]
fn a_command_is_not_launched_where_recording_is_refused() {
    let place = Place::new();
    let mark = place.path("ran").display().to_string();
    let said = place.refused(&["--interface", "no-such-if", "--", "touch", &mark]);
    said.assert_refused(7, &["no-such-if"]);
    assert!(!place.path("ran").exists());
}
