//! What a launched target says, as a trigger: heard at once, passed on byte for byte,
//! and never a reason for the target to wait or to end. Linux only.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crashcap_core::clock::now;
use crashcap_core::recorder::Event;
use crashcap_core::trigger::TriggerKind;
use crashcap_tests::live::{PATIENCE, Place, Recording, until};

/// Bytes of the flood.
const FLOOD: usize = 100_000_000;
/// Packets that are sent beside it.
const PACKETS: usize = 20_000;

/// A place, and a pipe with a name on which a target waits.
struct Bench {
    place: Place,
    gate: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let place = Place::new();
        let gate = place.path("gate");
        let made = Command::new("mkfifo").arg(&gate).status().unwrap();
        assert!(made.success());
        Self { place, gate }
    }

    /// A recording of what a script says, once it runs.
    fn record(&self, output: &str, more: &[&str], script: &str) -> Recording {
        let trigger = format!("log output={output} regex=panic");
        let target = ["--trigger", &trigger, "--", "sh", "-c", script];
        self.place.record(&[more, &target].concat())
    }

    /// How a script waits to be let through.
    fn waits(&self) -> String {
        format!("read line < {}", self.gate.display())
    }

    fn let_through(&self) {
        let mut gate = File::options().write(true).open(&self.gate).unwrap();
        gate.write_all(b"go\n").unwrap();
    }
}

/// Waits until these lines have come, in any order: each stream has a way of its own.
fn passed_on(recording: &mut Recording, lines: &[&str]) {
    let mut missing = lines.to_vec();
    recording.complaint("what was said", |line| {
        missing.retain(|text| *text != line);
        missing.is_empty().then_some(())
    });
}

fn fired(recording: &mut Recording) -> String {
    let (kind, sentence) = recording.wait("a firing", |event| match event {
        Event::Fired {
            trigger, sentence, ..
        } => Some((*trigger, sentence.clone())),
        _ => None,
    });
    assert_eq!(kind, TriggerKind::Log, "{sentence}");
    sentence
}

#[test]
fn it_fires_when_the_line_is_written_on_that_stream_and_not_before() {
    for (output, other, this, called) in [
        ("stderr", "", ">&2", "standard error"),
        ("stdout", ">&2", "", "standard output"),
    ] {
        let bench = Bench::new();
        let script = format!(
            "echo fine {this}; echo panic elsewhere {other}; {}; echo panic: here {this}",
            bench.waits()
        );
        let mut recording = bench.record(output, &[], &script);
        passed_on(&mut recording, &["fine", "panic elsewhere"]);
        recording.wait_for_status("how it stands", |status| status.conditions[0].times == 0);
        let begun = now().monotonic;
        bench.let_through();
        let sentence = fired(&mut recording);
        println!("{output}: fired after {:?}", now().monotonic.since(begun));
        assert_eq!(
            sentence,
            format!("the target's {called} says: \"panic: here\"")
        );
        let saved = recording.wait_until_saved();
        let ended = recording.end();
        ended.assert_frozen_and_saved();
        assert_eq!(ended.firings().len(), 1);
        assert!(saved.incident.contains("panic: here"), "{saved:?}");
        saved.check();
    }
}

#[test]
fn both_streams_are_heard() {
    for this in ["", ">&2"] {
        let bench = Bench::new();
        let script = format!("{}; echo panic: here {this}", bench.waits());
        let mut recording = bench.record("both", &[], &script);
        bench.let_through();
        assert!(fired(&mut recording).ends_with("\"panic: here\""));
        recording.wait_until_saved();
        recording.end().assert_frozen_and_saved();
    }
}

/// Bytes of every kind, in no order.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn what_is_said_arrives_byte_for_byte() {
    let bench = Bench::new();
    let said = bytes(1_000_000);
    let file = bench.place.path("said");
    fs::write(&file, &said).unwrap();
    // With --json all that the target says goes to standard error.
    for stream in ["", ">&2"] {
        let script = format!("cat {} {stream}; exit 0", file.display());
        let arguments = bench.place.record_arguments(&[
            "--trigger",
            "log output=both regex=never-said",
            "--trigger",
            "exit",
            "--",
            "sh",
            "-c",
            &script,
        ]);
        let output = bench.place.crashcap(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr.len(), said.len());
        assert!(output.stderr == said, "other bytes");
    }
}

#[test]
fn each_stream_goes_where_it_would_have_gone() {
    let bench = Bench::new();
    let mut arguments = bench.place.record_arguments(&[
        "--trigger",
        "log output=both regex=never-said",
        "--trigger",
        "exit",
        "--",
        "sh",
        "-c",
        "for n in 1 2 3; do echo out $n; echo err $n >&2; done",
    ]);
    arguments.retain(|argument| argument != "--json");
    let output = bench.place.crashcap(&arguments).output().unwrap();
    let of = |bytes: &[u8], word: &str| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = text.lines().filter(|line| line.starts_with(word));
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&output.stdout, "out "), ["out 1", "out 2", "out 3"]);
    assert_eq!(of(&output.stderr, "err "), ["err 1", "err 2", "err 3"]);
    assert_eq!(of(&output.stdout, "err "), [""; 0]);
}

#[test]
fn a_target_goes_on_unharmed_after_the_recording() {
    let bench = Bench::new();
    let done = bench.place.path("done");
    // Far more than a pipe holds, to both, when nobody reads any more.
    let script = format!(
        "echo panic >&2; {}; head -c 3000000 /dev/zero && head -c 3000000 /dev/zero >&2; \
         echo $? > {2}.new; mv {2}.new {2}; {}",
        bench.waits(),
        bench.waits(),
        done.display()
    );
    let arguments = bench.place.record_arguments(&[
        "--trigger",
        "log output=both regex=panic",
        "--",
        "sh",
        "-c",
        &script,
    ]);
    let mut recorder = bench
        .place
        .crashcap(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = String::new();
    let mut output = recorder.stdout.take().unwrap();
    // The recorder's events end with it: the target is elsewhere.
    output.read_to_string(&mut events).unwrap();
    assert_eq!(recorder.wait().unwrap().code(), Some(0), "{events}");
    assert!(events.contains("says: "), "{events}");
    drop((output, recorder.stderr.take()));
    bench.let_through();
    let status = until("the target's last word", || fs::read_to_string(&done).ok());
    assert_eq!(status, "0\n");
    // It lives still.
    bench.let_through();
}

#[test]
fn without_a_launched_target_it_is_refused() {
    let place = Place::new();
    for target in [&[][..], &["--target", "crashcap", "--wait"]] {
        let trigger = ["--trigger", "log output=stderr regex=a"];
        place
            .refused(&[&trigger, target].concat())
            .assert_refused(2, &["launched for the recording", "after --"]);
    }
}

/// Sends small packets to a port where somebody is.
fn send(to: &UdpSocket) {
    let from = UdpSocket::bind("127.0.0.1:0").unwrap();
    from.connect(to.local_addr().unwrap()).unwrap();
    for number in 0..PACKETS {
        from.send(&number.to_be_bytes()).unwrap();
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

#[test]
fn a_flood_loses_neither_packets_nor_the_line_at_its_end() {
    let bench = Bench::new();
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port();
    let written = bench.place.path("written");
    let script = format!(
        "{}; yes 'nothing to see in this line of a long log' | head -c {FLOOD} | tee {} >&2; \
         echo >&2; echo panic: over >&2",
        bench.waits(),
        written.display()
    );
    let filter = format!("udp dst port {port}");
    let more = ["--filter", &filter, "--ring", "16MB"];
    let mut recording = bench.record("stderr", &more, &script);
    let begun = now().monotonic;
    bench.let_through();
    until("the flood", || (size(&written) > 0).then_some(()));
    send(&receiver);
    let at_once = size(&written) < FLOOD as u64;
    let sentence = fired(&mut recording);
    let took = now().monotonic.since(begun);
    println!("{FLOOD} bytes and {PACKETS} packets: fired after {took:?}");
    assert!(at_once, "the flood was over before the packets were sent");
    assert!(sentence.ends_with("\"panic: over\""), "{sentence}");
    assert!(took < PATIENCE);
    let saved = recording.wait_until_saved();
    assert_eq!(saved.packets, PACKETS as u64);
    recording.end().assert_frozen_and_saved();
}
