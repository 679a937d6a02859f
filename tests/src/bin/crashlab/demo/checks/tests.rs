//! Each point that the demo checks can fail.

use super::*;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, UNIX_EPOCH};

use crashcap_tests::lab::events::SavedIncident;
use crashcap_tests::lab::generator::Generator;
use crashcap_tests::lab::sample::SampleCapture;
use crashcap_tests::lab::truth::{GroundTruth, RunEnd};

use crate::demo::children::Ended;
use crate::demo::plot::Plot;
use crate::demo::stage::Frozen;

const START: u64 = 1_795_000_000_000_000_000;
const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9973);

fn poison() -> Vec<u8> {
    let mut bytes = Vec::new();
    Generator::new(1, "h").poison(1, &mut bytes);
    bytes
}

/// A capture in which all is well.
fn good() -> SampleCapture {
    let mut sample = SampleCapture::new("router_runner (pid 17) exited with 0");
    sample.tcp(
        START,
        CLIENT,
        SERVER,
        b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    sample.tcp(START + 1000, CLIENT, SERVER, &poison());
    sample
}

/// The story that belongs to [`good`].
fn story(path: &Path, sample: &SampleCapture) -> Story {
    fs::write(path, sample.bytes()).unwrap();
    let ended = Ended {
        status: ExitStatus::default(),
        at: UNIX_EPOCH + Duration::from_nanos(START + 3000),
    };
    Story {
        pid: 17,
        plot: Plot::Crash,
        expected: Some(Ending::Code(0)),
        server_end: Some(ended),
        recorder_end: ended,
        outcome: Some("frozen_and_saved".to_owned()),
        trigger: Some("exit".to_owned()),
        frozen: Frozen {
            at_ns: START + 2500,
            after_end_ns: None,
        },
        saved: SavedIncident {
            path: path.to_owned(),
            packets: 2,
            bytes: sample.bytes().len() as u64,
            first_ns: Some(START),
            last_ns: Some(START + 1000),
            lost: Some(0),
            incident: "router_runner (pid 17) exited with 0 at noon".to_owned(),
        },
        truth: GroundTruth {
            version: GroundTruth::VERSION,
            seed: 1,
            connections: 1,
            rate_asked: 1,
            rate_reached: 1.0,
            started_ns: START,
            ended_ns: START + 5000,
            sent: 2,
            visits: 0,
            answered: 1,
            sent_late: 0,
            end: RunEnd::ServerGone,
            server_gone_ns: None,
            poison: Some(Poison::new(
                START + 900,
                1,
                CLIENT.into(),
                SERVER.into(),
                &poison(),
            )),
        },
    }
}

/// The points that do not hold in `sample`, after `change`.
fn failing(sample: &SampleCapture, change: impl FnOnce(&mut Story)) -> Vec<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let mut story = story(&folder.path().join("sample.pcapng"), sample);
    change(&mut story);
    let findings = all(&story).unwrap();
    let failing: Vec<_> = findings
        .checks
        .iter()
        .filter(|check| check.found.is_err())
        .map(|check| check.what)
        .collect();
    assert_eq!(findings.verdict().is_err(), !failing.is_empty());
    failing
}

#[test]
fn a_good_story_holds() {
    assert!(failing(&good(), |_| {}).is_empty());
}

#[test]
fn each_point_can_fail() {
    let sample = good();
    let ended = "the server ended by its fault";
    assert_eq!(
        failing(&sample, |story| story.expected = Some(Ending::Signal(11))),
        [ended]
    );
    let work = "crashcap did its work";
    assert_eq!(failing(&sample, |story| story.outcome = None), [work]);
    assert_eq!(
        failing(&sample, |story| story.trigger = Some("manual".to_owned())),
        [work]
    );
    let freeze = "it froze in time";
    assert_eq!(
        failing(&sample, |story| story.frozen.at_ns = START),
        [freeze]
    );
    assert_eq!(
        failing(&sample, |story| story.frozen.at_ns = START + 1_000_000_000),
        [freeze]
    );
    let hangs = |story: &mut Story| {
        (story.plot, story.expected, story.server_end) = (Plot::Hang, None, None);
        story.trigger = Some("no_answer".to_owned());
        story.saved.incident = "a request has no answer at noon".to_owned();
        story.frozen.at_ns = START + 1_000_000_000;
    };
    assert_eq!(failing(&sample, hangs), [""; 0]);
    let late = |story: &mut Story| {
        hangs(story);
        story.frozen.at_ns = START + 4_000_000_000;
    };
    assert_eq!(failing(&sample, late), [freeze]);
    assert_eq!(
        failing(&sample, |story| story.saved.incident.clear()),
        ["the incident says what was seen"]
    );
    let reported = "the file is as reported";
    assert_eq!(
        failing(&sample, |story| story.saved.packets = 3),
        [reported]
    );
    assert_eq!(failing(&sample, |story| story.saved.bytes -= 1), [reported]);
    assert_eq!(
        failing(&sample, |story| story.saved.last_ns = Some(START)),
        [reported]
    );
    assert_eq!(
        failing(&sample, |story| story.pid = 7),
        ["the file's comment names the server"]
    );
    assert_eq!(
        failing(&sample, |story| story.truth.sent = 3),
        ["nothing is lost silently"]
    );
}

#[test]
fn a_changed_poison_is_not_found() {
    let mut changed = poison();
    *changed.last_mut().unwrap() = b'\n';
    let mut sample = SampleCapture::new("pid 17");
    sample.tcp(START, CLIENT, SERVER, b"GET /health HTTP/1.1\r\n\r\n");
    sample.tcp(START + 1000, CLIENT, SERVER, &changed);
    assert!(failing(&sample, |_| {}).contains(&"the poison is in the file"));
}

#[test]
fn packets_out_of_order_are_told() {
    let mut sample = good();
    sample.tcp(START + 1, SERVER, CLIENT, b"");
    let failing = failing(&sample, |story| story.saved.packets = 3);
    assert_eq!(failing, ["packets are in order of time"]);
}

#[test]
fn a_stated_loss_is_no_silent_one() {
    let lossy = |story: &mut Story| {
        story.truth.sent = 3;
        story.saved.lost = Some(2);
    };
    assert!(failing(&good(), lossy).is_empty());
    let unknown = |story: &mut Story| {
        story.truth.sent = 3;
        story.saved.lost = None;
    };
    assert_eq!(failing(&good(), unknown), ["nothing is lost silently"]);
}
