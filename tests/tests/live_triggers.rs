//! Every kind of condition through `crashcap record`, against the real thing: what
//! it looks at is so, and nothing fired before. Linux only.
#![cfg(target_os = "linux")]

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use crashcap_core::clock::now;
use crashcap_core::recorder::Event;
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::Timestamp;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{Load, Place, Recording, SavedEvent, crashlab, server};
use rustix::process::{Pid, Signal, kill_process};

const RUNS: usize = 30;

/// A recording that waits for this trigger and has seen that it is not so.
struct Watching {
    place: Place,
    recording: Recording,
}

impl Watching {
    fn start(trigger: &str, more: &[&str]) -> Self {
        let place = Place::new();
        let recording = place.record(&[&["--trigger", trigger], more].concat());
        Self { place, recording }
    }

    /// The same, once its number is known.
    fn measured(trigger: &str, more: &[&str]) -> Self {
        let mut watching = Self::start(trigger, more);
        watching.wait_for_number();
        watching
    }

    fn wait_for_number(&mut self) {
        self.recording.wait_for_status("a number", |status| {
            status.conditions.iter().any(|one| one.value.is_some())
        });
    }

    /// It fires now, once and as this kind; its incident says these words.
    fn fires(mut self, kind: TriggerKind, words: &[&str]) -> SavedEvent {
        let fired = self.recording.wait("a firing", |event| match event {
            Event::Fired {
                trigger, sentence, ..
            } => Some((*trigger, sentence.clone())),
            _ => None,
        });
        assert_eq!(fired.0, kind, "{fired:?}");
        for word in words {
            assert!(fired.1.contains(word), "{word:?} is not in {fired:?}");
        }
        let saved = self.recording.wait_until_saved();
        self.recording.end().assert_frozen_and_saved();
        assert_eq!(self.place.saved_files(), saved.paths);
        for word in words {
            let incident = saved.incident.to_lowercase();
            let said = incident.contains(&word.to_lowercase());
            assert!(said, "{word:?} is not in {saved:?}");
        }
        saved.check();
        saved
    }
}

/// A server with just these options.
fn lab(fault: Fault, options: &[&str]) -> LabServer {
    LabServer::start(&crashlab(), fault, options).unwrap()
}

fn pid(server: &LabServer) -> String {
    server.pid().to_string()
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

fn connections(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect()
}

#[test]
fn sockets_that_are_left_in_close_wait() {
    let server = lab(Fault::CloseWait, &["--threads", "64"]);
    let trigger = "sockets states=CLOSE_WAIT above=20 every=100ms sustained=300ms";
    let watching = Watching::measured(trigger, &["--target-pid", &pid(&server)]);
    let more = ["--poison-after", "200ms", "--visitors", "100"];
    let _load = Load::start(&server.address().to_string(), &more);
    watching.fires(TriggerKind::Sockets, &["CLOSE_WAIT", "above 20 for 300 ms"]);
}

#[test]
fn a_number_that_stays_below_its_limit_fires_nothing() {
    let server = lab(Fault::CloseWait, &["--threads", "64"]);
    let trigger = "sockets states=CLOSE_WAIT above=100000 every=100ms";
    let mut watching = Watching::measured(trigger, &["--target-pid", &pid(&server)]);
    let more = ["--poison-after", "100ms", "--visitors", "100"];
    let _load = Load::start(&server.address().to_string(), &more);
    watching
        .recording
        .wait_for_status("many sockets", |status| {
            status.conditions[0].value.is_some_and(|value| value > 50.0)
        });
    watching.recording.signal(Signal::INT);
    let ended = watching.recording.end();
    ended.assert_stopped();
    assert_eq!(ended.firings(), [""; 0]);
}

#[test]
fn connections_that_nobody_accepts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let trigger = format!("accept_queue above=5 port={} every=100ms", address.port());
    let watching = Watching::measured(&trigger, &[]);
    let _waiting = connections(address, 8);
    watching.fires(TriggerKind::AcceptQueue, &["8", "above 5"]);
}

#[test]
fn open_files_of_a_server_that_is_given_connections() {
    let server = lab(Fault::Segv, &["--threads", "64"]);
    let trigger = "open_files above=100 every=100ms";
    let watching = Watching::measured(trigger, &["--target-pid", &pid(&server)]);
    let _held = connections(server.address(), 55);
    watching.fires(TriggerKind::OpenFiles, &["above 100"]);
}

#[test]
fn memory_threads_and_processes_of_a_server_that_is_there_at_once() {
    for (trigger, kind, options) in [
        (
            "memory above=150MB every=100ms",
            TriggerKind::Memory,
            ["--ballast", "200000000"],
        ),
        (
            "threads above=40 every=100ms",
            TriggerKind::Threads,
            ["--threads", "60"],
        ),
        (
            "processes above=0 every=100ms",
            TriggerKind::Processes,
            ["--threads", "8"],
        ),
        ("appears", TriggerKind::Appears, ["--threads", "8"]),
    ] {
        let name = ["--name", "lab_appears"];
        let watching = Watching::start(trigger, &["--target", "lab_appears", "--wait"]);
        let _server = lab(Fault::Segv, &[&name[..], &options[..]].concat());
        let words: &[&str] = match kind {
            TriggerKind::Appears => &["has appeared"],
            _ => &["above"],
        };
        watching.fires(kind, words);
    }
}

#[test]
fn a_process_that_takes_a_processor() {
    let mut busy = std::process::Command::new("sh")
        .args(["-c", "read line; while :; do :; done"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let trigger = "cpu above=30 every=200ms";
    let watching = Watching::measured(trigger, &["--target-pid", &busy.id().to_string()]);
    busy.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        watching.fires(TriggerKind::Cpu, &["above 30 % of a core"]);
    }));
    busy.kill().unwrap();
    busy.wait().unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn a_process_that_is_stopped() {
    let server = server(Fault::Segv, &[]);
    let trigger = "stuck how=stopped sustained=200ms every=100ms";
    let watching = Watching::measured(trigger, &["--target-pid", &pid(&server)]);
    signal(server.pid(), Signal::STOP);
    watching.fires(TriggerKind::Stuck, &["stopped", "for 200 ms"]);
}

#[test]
fn a_process_that_is_started_again() {
    let options = ["--name", "lab_again"];
    let first = server(Fault::Segv, &options);
    let place = Place::new();
    let recording = place.record(&["--trigger", "restart", "--target", "lab_again"]);
    let mut watching = Watching { place, recording };
    watching.recording.wait_for_target(first.pid());
    drop(first);
    let _second = server(Fault::Segv, &options);
    watching.fires(TriggerKind::Restart, &["was restarted"]);
}

#[test]
fn a_server_that_hangs_fails_its_health_check_and_answers_no_request() {
    let server = server(Fault::Hang, &[]);
    let address = server.address();
    let health = format!("health url=http://{address}/health times=2 every=100ms timeout=200ms");
    let checked = Watching::measured(&health, &[]);
    let silent = format!("no_answer after=300ms ports={}", address.port());
    let unanswered = Watching::start(&silent, &[]);
    let _load = Load::start(&address.to_string(), &["--poison-after", "200ms"]);
    let words = ["/health: no whole answer", "2 failures in a row"];
    checked.fires(TriggerKind::Health, &words);
    unanswered.fires(TriggerKind::NoAnswer, &["no answer for 300 ms"]);
}

#[test]
fn a_server_that_takes_no_connection_fails_its_health_check() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let trigger = format!("health connect={address} times=2 every=100ms");
    let watching = Watching::measured(&trigger, &[]);
    drop(listener);
    watching.fires(TriggerKind::Health, &["connection refused"]);
}

fn append(log: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(log)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_line_in_a_log_that_comes_late_and_is_rotated() {
    let place = Place::new();
    let log = place.path("shop.log");
    let trigger = format!(
        "log file={} regex='panic: .*' times=2 within=1m",
        log.display()
    );
    let recording = place.record(&["--trigger", &trigger]);
    let mut watching = Watching { place, recording };
    watching.recording.wait("that it is not there", |event| {
        matches!(event, Event::Notice { sentence, .. } if sentence.contains("is not there"))
            .then_some(())
    });
    append(&log, "starting\npanic: one\n");
    watching
        .recording
        .wait_for_status("the first", |status| status.conditions[0].times == 1);
    fs::rename(&log, log.with_extension("log.1")).unwrap();
    append(&log, "starting\npanic: two\n");
    watching.fires(TriggerKind::Log, &["says: \"panic: two\""]);
}

#[test]
fn a_program_that_says_so() {
    let place = Place::new();
    let (script, mark) = (place.path("check.sh"), place.path("mark"));
    fs::write(
        &script,
        format!(
            "#!/bin/sh\n[ -e {} ] && echo full && exit 3\nexit 0\n",
            mark.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let trigger = format!(
        "command command={} says=fails every=100ms",
        script.display()
    );
    let recording = place.record(&["--trigger", &trigger]);
    let mut watching = Watching { place, recording };
    watching.wait_for_number();
    fs::write(&mark, "").unwrap();
    watching.fires(
        TriggerKind::Command,
        &["check.sh exited with status 3", "full"],
    );
}

#[test]
fn what_cannot_be_looked_at_is_refused_before_anything_runs() {
    let place = Place::new();
    for (trigger, words) in [
        ("command command=/nowhere/at/all", "there is no such file"),
        (
            "command command='sleep 600' timeout=100ms",
            "it still ran after 100 ms",
        ),
        ("log file=/proc/1/mem/x regex=a", "cannot"),
        ("cpu above=1", "it needs a target"),
    ] {
        let said = place.refused(&["--trigger", trigger]);
        if trigger.starts_with("log") {
            // A file that is not there yet is waited for; a folder that is none is not.
            assert_ne!(said.code, Some(0), "{said:?}");
            continue;
        }
        said.assert_refused(2, &[words]);
    }
}

#[test]
fn time_passes() {
    let watching = Watching::start("time after=300ms", &[]);
    watching.fires(TriggerKind::Time, &["300 ms have passed since the start"]);
}

/// Answers each request with an error, and then resets the connection.
fn broken(connections: usize) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let _ = stream.read(&mut request).unwrap();
            stream
                .write_all(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            let now = Some(Duration::ZERO);
            rustix::net::sockopt::set_socket_linger(&stream, now).unwrap();
        }
    });
    (address, thread)
}

#[test]
fn packets_that_reset_payloads_that_tell_of_errors_and_the_silence_after_them() {
    let (address, thread) = broken(3);
    let port = address.port();
    let filter = format!("tcp port {port}");
    let of_port = ["--filter", filter.as_str()];
    let resets = format!(
        "packet filter='tcp port {port} and tcp[tcpflags] & tcp-rst != 0' times=3 within=10s"
    );
    let resets = Watching::start(&resets, &of_port);
    let errors = Watching::start("payload regex='^HTTP/1\\.1 5'", &of_port);
    let traffic = Watching::measured("traffic unit=packets above=0", &of_port);
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        // It ends in a reset.
        let _ = stream.read_to_end(&mut answer);
    }
    thread.join().unwrap();
    resets.fires(TriggerKind::Packet, &["3"]);
    errors.fires(TriggerKind::Payload, &["HTTP/1\\.1 5"]);
    traffic.fires(TriggerKind::Traffic, &["packets/s", "above 0"]);
    let silence = Watching::start("silence after=300ms", &of_port);
    silence.fires(TriggerKind::Silence, &["no packet"]);
}

#[test]
fn conditions_together_from_a_profile() {
    let place = Place::new();
    let log = place.path("both.log");
    fs::write(&log, "").unwrap();
    let one = |regex: &str| format!("{{ kind = \"log\", file = {log:?}, regex = \"{regex}\" }}");
    let profile = place.path("profile.toml");
    let text = format!(
        "[[trigger]]\nkind = \"then\"\nwithin = \"1m\"\nname = \"first and second\"\nof = [{}, {}]\n",
        one("first"),
        one("second")
    );
    fs::write(&profile, text).unwrap();
    let recording = place.record(&["--profile", profile.to_str().unwrap()]);
    let mut watching = Watching { place, recording };
    // In the wrong order nothing fires.
    let times = |watching: &mut Watching, times: [u64; 2]| {
        watching.recording.wait_for_status("the lines", |status| {
            let seen: Vec<u64> = status.conditions.iter().map(|one| one.times).collect();
            seen == times
        });
    };
    append(&log, "second\n");
    times(&mut watching, [0, 1]);
    append(&log, "first\n");
    times(&mut watching, [1, 1]);
    append(&log, "second\n");
    watching.fires(TriggerKind::Combination, &["second", "first and second"]);
}

/// From `begun` to the firing, and then to the saved file.
fn next_firing(recording: &mut Recording, begun: Timestamp) -> Duration {
    let at = recording.wait("a firing", |event| match event {
        Event::Fired {
            at_ns,
            freezes: true,
            ..
        } => Some(*at_ns),
        _ => None,
    });
    recording.wait_until_saved();
    at.since(begun)
}

fn tell_times(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let (middle, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{what}: median {middle:?}, longest {longest:?} of {}",
        times.len()
    );
    assert!(longest < Duration::from_secs(5), "{times:?}");
}

#[test]
fn firing_times_of_a_log_and_of_a_process_that_is_stopped() {
    let place = Place::new();
    let log = place.path("times.log");
    fs::write(&log, "").unwrap();
    let trigger = format!("log file={} regex=panic", log.display());
    let mut recording = place.record(&["--trigger", &trigger, "--rearm", "--tail", "0"]);
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = now().wall;
        append(&log, "panic\n");
        times.push(next_firing(&mut recording, begun));
    }
    recording.signal(Signal::INT);
    assert_eq!(recording.end().firings().len(), RUNS);
    tell_times("a line in a log", times);

    let server = server(Fault::Segv, &[]);
    let place = Place::new();
    let trigger = "stuck how=stopped every=50ms";
    let stopped = [
        "--trigger",
        trigger,
        "--rearm",
        "--tail",
        "0",
        "--target-pid",
    ];
    let target = pid(&server);
    let mut recording = place.record(&[&stopped[..], &[&target]].concat());
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = now().wall;
        signal(server.pid(), Signal::STOP);
        times.push(next_firing(&mut recording, begun));
        signal(server.pid(), Signal::CONT);
        recording.wait_for_status("that it goes on", |status| !status.conditions[0].counts);
    }
    recording.signal(Signal::INT);
    assert_eq!(recording.end().firings().len(), RUNS);
    tell_times("a process that is stopped", times);
}

#[test]
fn grace_cool_down_and_count_bound_what_freezes() {
    let place = Place::new();
    let log = place.path("bounds.log");
    fs::write(&log, "").unwrap();
    let trigger = format!("log file={} regex=panic max_count=2", log.display());
    let mut recording = place.record(&["--trigger", &trigger, "--rearm", "--tail", "0"]);
    for _ in 0..2 {
        append(&log, "panic\n");
        recording.wait_until_saved();
    }
    append(&log, "panic\n");
    recording.wait_for_status("the third", |status| status.conditions[0].times == 3);
    recording.signal(Signal::INT);
    assert_eq!(recording.end().firings().len(), 2);

    let trigger = format!("log file={} regex=panic grace=1h", log.display());
    let mut recording = place.record(&["--trigger", &trigger]);
    append(&log, "panic\n");
    recording.wait_for_status("the line", |status| status.conditions[0].times == 1);
    recording.signal(Signal::INT);
    assert_eq!(recording.end().firings(), [""; 0]);
}
