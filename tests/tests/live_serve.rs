//! The recorder as the child of a window: everything said and heard through the
//! real program's standard input and output.
#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::io::BufReader;
use std::net::UdpSocket;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crashcap_core::inspect::info;
use crashcap_core::limits::STATUS_INTERVAL;
use crashcap_core::link::{FromRecorder, Hearer, Refusal, Speaker, StartRequest, ToRecorder};
use crashcap_core::recorder::{Command, Event, Outcome, Status};
use crashcap_tests::live::{PATIENCE, PLAIN_USER, Place, may_be_other_users, run};
use crossbeam_channel::{after, tick};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A window without a window.
struct Front {
    child: Child,
    speaker: Option<Speaker<ChildStdin>>,
    hearer: Option<Hearer<BufReader<ChildStdout>>>,
    events: Vec<Event>,
}

impl Front {
    fn new(place: &Place, variables: &[(&str, &str)]) -> Self {
        let mut command = place.crashcap(&["serve"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let speaker = Speaker::new(input).unwrap();
        Self {
            child,
            speaker: Some(speaker),
            hearer: Some(Hearer::new(output).unwrap()),
            events: Vec::new(),
        }
    }

    fn say(&mut self, what: &ToRecorder) {
        self.speaker.as_mut().unwrap().say(what).unwrap();
    }

    fn command(&mut self, command: Command) {
        self.say(&ToRecorder::Command { command });
    }

    /// Asks for a recording on loopback, and what `more` adds to its capture.
    fn start(&mut self, place: &Place, more: &str) {
        let profile = format!(
            "[capture]\ninterfaces = [\"lo\"]\nkernel_buffer = \"2MiB\"\n{more}\n\
             [ring]\nsize = \"8MB\"\n[freeze]\ntail = \"50ms\"\n\
             [save]\nfolder = {:?}\nfallback = {:?}\n",
            place.incidents(),
            place.fallback()
        );
        self.say(&ToRecorder::Start(Box::new(StartRequest {
            profile,
            launched: None,
            program: "a test".into(),
        })));
    }

    fn hear(&mut self) -> Option<FromRecorder> {
        let said = self.hearer.as_mut().unwrap().hear().unwrap();
        if let Some(FromRecorder::Event { event }) = &said {
            self.events.push(event.clone());
        }
        said
    }

    /// Waits for an event from which `pick` makes something.
    fn wait<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            match self.hear() {
                Some(FromRecorder::Event { event }) => {
                    if let Some(found) = pick(&event) {
                        return found;
                    }
                }
                Some(_) => {}
                None => panic!("it ended: {:?}", self.events),
            }
        }
    }

    fn wait_until_recording(&mut self) {
        self.wait(|event| matches!(event, Event::Recording { .. }).then_some(()));
    }

    fn refusal(&mut self) -> (Refusal, String) {
        loop {
            match self.hear() {
                Some(FromRecorder::NotStarted { refusal, sentence }) => {
                    assert!(self.hear().is_none());
                    return (refusal, sentence);
                }
                Some(_) => {}
                None => panic!("it was not refused: {:?}", self.events),
            }
        }
    }

    fn finished(&mut self) -> Outcome {
        self.wait(|event| match event {
            Event::Finished { outcome } => Some(outcome.clone()),
            _ => None,
        })
    }

    fn statuses(&self) -> impl Iterator<Item = &Status> {
        self.events.iter().filter_map(|event| match event {
            Event::Status(status) => Some(&**status),
            _ => None,
        })
    }

    /// Packets of all bins so far.
    fn packets_in_bins(&self) -> u64 {
        let bins = self.statuses().flat_map(|status| &status.traffic);
        bins.map(|bin| bin.packets.0).sum()
    }

    /// Waits for a status of which this is true; asked for beside the line, which
    /// is not read for it.
    fn wait_for_status(&mut self, place: &Place, wanted: impl Fn(&Value) -> bool) {
        let (again, enough) = (tick(STATUS_INTERVAL), after(PATIENCE));
        loop {
            let said = place.said(&["status", "--json"]);
            let answer: Value = serde_json::from_str(&said.output).unwrap_or_default();
            if wanted(&answer["status"]) {
                return;
            }
            assert!(enough.try_recv().is_err(), "it never was: {said:?}");
            again.recv().unwrap();
        }
    }
}

impl Drop for Front {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends datagrams over loopback; each test has a port of its own.
fn traffic(count: usize, port: u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..count {
        socket.send_to(b"a datagram", ("127.0.0.1", port)).unwrap();
    }
}

#[test]
fn a_window_freezes_and_hears_what_was_saved() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "filter = \"udp port 9971\"");
    front.wait_until_recording();
    traffic(500, 9971);
    front.wait(|event| match event {
        Event::Status(status) if status.packets.0 == 500 => Some(()),
        _ => None,
    });
    assert_eq!(front.packets_in_bins(), 500);
    front.command(Command::Freeze {
        by: "a test".into(),
    });
    let path = front.wait(|event| match event {
        Event::Saved { path, .. } => Some(path.clone()),
        _ => None,
    });
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    assert_eq!(info(&path).unwrap().survey.packets.0, 500);
    assert!(front.child.wait().unwrap().success());
}

#[test]
fn a_window_that_dies_leaves_a_file_that_says_why() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "");
    front.wait_until_recording();
    traffic(100, 9972);
    // Both ends of the line are closed, as when the window's process is no more.
    drop((front.speaker.take(), front.hearer.take()));
    assert!(front.child.wait().unwrap().success());
    let files = place.saved_files();
    let info = info(&files[0]).unwrap();
    let sentence = info.sentence.unwrap();
    assert!(sentence.contains("the window"), "{sentence}");
    assert!(info.survey.packets.0 >= 100);
}

#[test]
fn a_goodbye_ends_it_without_a_file() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "");
    front.wait_until_recording();
    front.say(&ToRecorder::Goodbye);
    assert_eq!(front.finished(), Outcome::Stopped);
    assert!(place.saved_files().is_empty());
}

#[test]
fn sigterm_freezes_and_saves() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "");
    front.wait_until_recording();
    traffic(10, 9973);
    let pid = Pid::from_child(&front.child);
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    assert_eq!(place.saved_files().len(), 1);
}

#[test]
fn what_is_refused_is_told_with_its_kind() {
    let place = Place::new();
    for (more, kind, word) in [
        ("filter = \"tcp prot 80\"", Refusal::Filter, "syntax error"),
        ("snaplen = 1", Refusal::Profile, "snaplen"),
        ("colour = \"red\"", Refusal::Profile, "colour"),
    ] {
        let mut front = Front::new(&place, &[]);
        front.start(&place, more);
        let (refusal, sentence) = front.refusal();
        assert_eq!(refusal, kind, "{sentence}");
        assert!(sentence.contains(word), "{sentence}");
        assert!(!front.child.wait().unwrap().success());
    }
    let mut front = Front::new(&place, &[]);
    front.say(&ToRecorder::Start(Box::new(StartRequest {
        profile: "[capture]\ninterfaces = [\"no-such-if\"]\n".into(),
        ..StartRequest::default()
    })));
    assert_eq!(front.refusal().0, Refusal::Interface);
}

#[test]
fn filters_are_checked_before_anything_runs() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    for (id, filter, good) in [
        (1, "tcp port 80", true),
        (2, "tcp prot 80", false),
        (3, "", true),
        (4, "host", false),
    ] {
        front.say(&ToRecorder::CheckFilter {
            id,
            filter: filter.into(),
            interfaces: vec!["lo".into()],
        });
        let Some(FromRecorder::FilterChecked { id: of, problem }) = front.hear() else {
            panic!("no answer");
        };
        assert_eq!((of, problem.is_none()), (id, good), "{problem:?}");
    }
    drop(front.speaker.take());
    assert!(front.child.wait().unwrap().success());
}

#[test]
fn a_front_that_does_not_listen_loses_no_event_and_no_bin() {
    const SNAPSHOTS: usize = 3000;
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "filter = \"udp port 9974\"");
    front.wait_until_recording();
    // Each makes an event, and nobody reads them: far more than line and channel hold.
    for _ in 0..SNAPSHOTS {
        front.command(Command::Snapshot {
            by: "a test".into(),
        });
    }
    // Statuses of which the front hears the last at most.
    for round in 1..=8 {
        traffic(50, 9974);
        front.wait_for_status(&place, |status| status["packets"] == round * 50);
    }
    front.command(Command::Freeze {
        by: "a test".into(),
    });
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    let answers = front.events.iter().filter(|event| {
        matches!(event, Event::Saved { .. })
            || matches!(event, Event::Notice { sentence, .. } if sentence.contains("snapshot"))
    });
    // One for each that was asked for, and the incident.
    assert_eq!(answers.count(), SNAPSHOTS + 1);
    assert_eq!(front.packets_in_bins(), 400);
    let most = front.statuses().map(|status| status.traffic.len()).max();
    assert!(most.unwrap() > 8, "no status was replaced: {most:?}");
}

/// Puts files in the place of the folders that incidents would go to.
fn take_the_folders_away(place: &Place) {
    for folder in [place.incidents(), place.fallback()] {
        fs::remove_dir(&folder).unwrap();
        fs::write(&folder, "no folder").unwrap();
    }
}

#[test]
fn what_no_folder_takes_outlives_the_window() {
    for goodbye in [false, true] {
        let place = Place::new();
        let mut front = Front::new(&place, &[]);
        front.start(&place, "");
        front.wait_until_recording();
        take_the_folders_away(&place);
        if goodbye {
            front.command(Command::Freeze {
                by: "a test".into(),
            });
            front.wait_for_status(&place, |status| status["unsaved"].is_string());
            front.say(&ToRecorder::Goodbye);
        }
        drop((front.speaker.take(), front.hearer.take()));
        front.wait_for_status(&place, |status| status["unsaved"].is_string());
        let elsewhere = place.path("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let said = place.said(&["save-to", elsewhere.to_str().unwrap()]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(front.child.wait().unwrap().success());
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    }
}

#[test]
fn a_window_that_speaks_nonsense_is_no_window() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "");
    front.wait_until_recording();
    front.speaker.as_mut().unwrap().say(&"nonsense").unwrap();
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    let sentence = info(&place.saved_files()[0]).unwrap().sentence.unwrap();
    assert!(sentence.contains("could not be understood"), "{sentence}");
}

#[test]
fn others_may_ask_a_windows_recorder() {
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "filter = \"udp port 9976\"");
    front.wait_until_recording();
    let said = place.said(&["status"]);
    assert!(said.output.contains("udp port 9976"), "{said:?}");
    assert_eq!(place.said(&["freeze"]).code, Some(0));
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
}

/// What `/proc` says of a process or a thread under this name.
fn proc_line(folder: &str, name: &str) -> String {
    let status = fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim().to_owned()
}

#[test]
fn root_by_way_of_pkexec_becomes_who_asked() {
    const NET_RAW: u64 = 1 << 13;
    if !may_be_other_users("root_by_way_of_pkexec_becomes_who_asked") {
        return;
    }
    let place = Place::new();
    let user = PLAIN_USER.to_string();
    for folder in [
        place.incidents(),
        place.fallback(),
        place.path("run"),
        place.path(""),
    ] {
        chown(&folder, Some(PLAIN_USER), None).unwrap();
    }
    fs::set_permissions(place.path("run"), Permissions::from_mode(0o700)).unwrap();
    let mut front = Front::new(&place, &[("PKEXEC_UID", &user), ("HOME", "/root")]);
    front.start(&place, "");
    front.wait_until_recording();
    traffic(20, 9975);
    // Then the source's thread runs, and is called what it is.
    front.wait(|event| match event {
        Event::Status(status) if status.packets.0 >= 20 => Some(()),
        _ => None,
    });
    let process = format!("/proc/{}", front.child.id());
    assert_eq!(
        proc_line(&process, "Uid:"),
        format!("{user}\t{user}\t{user}\t{user}")
    );
    // Only what may have to open a device again keeps the right to.
    for thread in fs::read_dir(format!("{process}/task")).unwrap() {
        let thread = thread.unwrap().path().display().to_string();
        let held = u64::from_str_radix(&proc_line(&thread, "CapPrm:"), 16).unwrap();
        if proc_line(&thread, "Name:").starts_with("source ") {
            assert_ne!(held & NET_RAW, 0, "{thread}: {held:x}");
        } else {
            assert_eq!(held, 0, "{thread}");
        }
    }
    let victim = fs::read_to_string(format!("{process}/oom_score_adj")).unwrap();
    assert_eq!(victim.trim(), "500");
    front.command(Command::Freeze {
        by: "a test".into(),
    });
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    let saved = fs::metadata(&place.saved_files()[0]).unwrap();
    assert_eq!(saved.uid(), PLAIN_USER);
}

#[test]
fn who_asked_is_at_home_and_root_is_not() {
    if !may_be_other_users("who_asked_is_at_home_and_root_is_not") {
        return;
    }
    let place = Place::new();
    let user = PLAIN_USER.to_string();
    // The plain user has no home, so that no incident can go there.
    let mut front = Front::new(&place, &[("PKEXEC_UID", &user), ("HOME", "/root")]);
    let profile = "[capture]\ninterfaces = [\"lo\"]\n[ring]\nsize = \"8MB\"\n";
    front.say(&ToRecorder::Start(Box::new(StartRequest {
        profile: profile.into(),
        ..StartRequest::default()
    })));
    let (refusal, sentence) = front.refusal();
    assert_eq!(refusal, Refusal::Folder, "{sentence}");
    assert!(sentence.contains("crashcap"), "{sentence}");
    assert!(!sentence.contains("/root"), "{sentence}");
}

#[test]
fn a_stranger_in_the_place_of_who_asked_is_refused() {
    if !may_be_other_users("a_stranger_in_the_place_of_who_asked_is_refused") {
        return;
    }
    let place = Place::new();
    for stranger in ["4242424242", "-1", "root", ""] {
        let mut command = place.crashcap(&["serve"]);
        let said = run(command.env("PKEXEC_UID", stranger));
        said.assert_refused(3, &["become the user who asked", "PKEXEC_UID"]);
    }
}
