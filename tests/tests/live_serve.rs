//! The recorder as the child of a window: everything said and heard through the
//! real program's standard input and output.
#![cfg(target_os = "linux")]

use std::io::BufReader;
use std::net::UdpSocket;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crashcap_core::inspect::info;
use crashcap_core::link::{FromRecorder, Hearer, Refusal, Speaker, StartRequest, ToRecorder};
use crashcap_core::recorder::{Command, Event, Outcome};
use crashcap_tests::live::{PLAIN_USER, Place, may_be_other_users};
use rustix::process::{Pid, Signal, kill_process};

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

    /// Packets of all bins so far.
    fn packets_in_bins(&self) -> u64 {
        let statuses = self.events.iter().filter_map(|event| match event {
            Event::Status(status) => Some(status),
            _ => None,
        });
        let bins = statuses.flat_map(|status| &status.traffic);
        bins.map(|bin| bin.packets.0).sum()
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
    let place = Place::new();
    let mut front = Front::new(&place, &[]);
    front.start(&place, "filter = \"udp port 9974\"");
    front.wait_until_recording();
    // More than the pipe holds, while nobody reads it.
    for _ in 0..40 {
        traffic(50, 9974);
        front.command(Command::Snapshot {
            by: "a test".into(),
        });
    }
    front.command(Command::Freeze {
        by: "a test".into(),
    });
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    let snapshots = front.events.iter().filter(|event| {
        matches!(event, Event::Saved { .. })
            || matches!(event, Event::Notice { sentence, .. } if sentence.contains("snapshot"))
    });
    // One for each that was asked for, and the incident.
    assert_eq!(snapshots.count(), 41, "{:#?}", front.events);
}

#[test]
fn root_by_way_of_pkexec_becomes_who_asked() {
    if !may_be_other_users("root_by_way_of_pkexec_becomes_who_asked") {
        return;
    }
    let place = Place::new();
    let user = PLAIN_USER.to_string();
    let owner = rustix::fs::Uid::from_raw(PLAIN_USER);
    for folder in [place.incidents(), place.fallback(), place.path("")] {
        rustix::fs::chown(&folder, Some(owner), None).unwrap();
    }
    let mut front = Front::new(&place, &[("PKEXEC_UID", &user)]);
    front.start(&place, "");
    front.wait_until_recording();
    let status = std::fs::read_to_string(format!("/proc/{}/status", front.child.id())).unwrap();
    let line = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap();
    assert_eq!(
        line("Uid:"),
        format!("Uid:\t{user}\t{user}\t{user}\t{user}")
    );
    traffic(20, 9975);
    front.command(Command::Freeze {
        by: "a test".into(),
    });
    assert_eq!(front.finished(), Outcome::FrozenAndSaved);
    use std::os::unix::fs::MetadataExt;
    let saved = std::fs::metadata(&place.saved_files()[0]).unwrap();
    assert_eq!(saved.uid(), PLAIN_USER);
}
