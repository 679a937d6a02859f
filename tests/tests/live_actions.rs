//! What is done after an incident has been saved, through `crashcap record`: really
//! run, told and written, and found again in the incident.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crashcap_core::action::ActionResult;
use crashcap_core::inspect::info;
use crashcap_core::recorder::{Event, Outcome};
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::live::{Place, Recording, crash, server};
use rustix::process::Signal;

fn acted(recording: &mut Recording) -> Vec<ActionResult> {
    recording.wait("what was done", |event| match event {
        Event::Acted { results, .. } => Some(results.clone()),
        _ => None,
    })
}

fn script(place: &Place, name: &str, text: &str) -> String {
    let path = place.path(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn a_crash_is_told_to_a_program_and_a_server_and_evidence_is_collected() {
    let place = Place::new();
    let program = script(
        &place,
        "tell.sh",
        "echo \"$CRASHCAP_CAUSE of $CRASHCAP_TARGET_PID\"; env > env.txt",
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/hook?token=hidden",
        listener.local_addr().unwrap()
    );
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let mut heard = String::new();
        while !heard.contains("\"version\":1}") {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).unwrap();
            heard += &String::from_utf8_lossy(&part[..length]);
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .unwrap();
        heard
    });
    let log = place.path("server.log");
    fs::write(&log, "one\ntwo\nthree\n").unwrap();
    let server = server(Fault::Segv, &[]);
    let mut recording = place.record(&[
        "--target-pid",
        &server.pid().to_string(),
        "--action",
        &format!("run command={program}"),
        "--action",
        &format!("webhook url={url}"),
        "--action",
        &format!(
            "evidence parts=sockets,process logs={} lines=2 form=comments",
            log.display()
        ),
    ]);
    crash(&server);
    let saved = recording.wait_until_saved();
    let results = acted(&mut recording);
    recording.end().assert_frozen_and_saved();
    assert!(results.iter().all(|result| result.ok), "{results:#?}");
    let said = format!("exit of {}\n", server.pid());
    assert_eq!(results[0].output, said);
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("POST /hook?token=hidden"), "{heard}");
    assert!(
        heard.contains(&format!("\"target_pid\":{}", server.pid())),
        "{heard}"
    );
    // The file has it all, whole, and no secret.
    saved.check();
    let info = info(&saved.paths[0]).unwrap();
    assert_eq!(info.actions, results);
    let log = info
        .evidence
        .iter()
        .find(|one| one.name.starts_with("logs/"))
        .unwrap();
    assert_eq!(log.text.trim_end(), "two\nthree");
    let process = info
        .evidence
        .iter()
        .find(|one| one.name.starts_with("process-"))
        .unwrap();
    assert!(process.text.contains("crashlab"), "{}", process.text);
    let bytes = fs::read(&saved.paths[0]).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"hidden"));
}

#[test]
fn exit_ends_a_recording_that_would_go_on_and_evidence_is_a_zip_beside_it() {
    let place = Place::new();
    let mut recording = place.record(&[
        "--rearm",
        "--trigger",
        "time after=200ms",
        "--action",
        "evidence parts=sockets form=zip",
        "--action",
        "exit",
    ]);
    let saved = recording.wait_until_saved();
    acted(&mut recording);
    recording.end().assert_frozen_and_saved();
    let zip = saved.paths[0].with_extension("zip");
    assert!(
        place.saved_files().contains(&zip),
        "{:?}",
        place.saved_files()
    );
    assert!(fs::read(zip).unwrap().starts_with(b"PK"));
}

#[test]
fn who_stops_the_recording_ends_a_program_that_runs() {
    let place = Place::new();
    let program = script(&place, "slow.sh", "touch begun; sleep 600");
    let action = format!("run command={program} timeout=10m");
    let mut recording = place.record(&["--trigger", "time after=100ms", "--action", &action]);
    recording.wait_until_saved();
    crashcap_tests::live::until("the program", || place.path("begun").exists().then_some(()));
    recording.signal(Signal::INT);
    let results = acted(&mut recording);
    assert!(
        results[0].told.contains("since the recording was"),
        "{results:?}"
    );
    assert_eq!(recording.end().outcome, Some(Outcome::FrozenAndSaved));
}

#[test]
fn an_action_that_would_fail_is_refused_before_anything_runs() {
    let place = Place::new();
    place
        .refused(&["--action", "run command=/nowhere/at/all"])
        .assert_refused(2, &["there is no such file"]);
}

#[test]
fn a_notification_is_left_to_the_window_and_the_others_are_done() {
    let place = Place::new();
    let options = ["--action", "notify", "--action", "run command=/bin/true"];
    let mut recording = place.record(&options);
    recording.complaint("that nothing is shown", |line| {
        line.contains("come from the window only").then_some(())
    });
    recording.signal(Signal::USR1);
    let results = acted(&mut recording);
    assert!(!results[0].ok, "{results:?}");
    assert!(
        results[0].told.contains("from the window only"),
        "{results:?}"
    );
    assert!(results[1].ok, "{results:?}");
    let saved = recording.end().saved().remove(0);
    assert_eq!(info(&saved.paths[0]).unwrap().actions, results);
    let said = place.said(&["check", "--interface", "lo", "--action", "notify"]);
    assert!(
        said.output
            .contains("??  action: notify: notifications come from"),
        "{said:?}"
    );
}
