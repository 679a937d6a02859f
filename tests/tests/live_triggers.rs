//! Every kind of condition through `crashcap record`, against the real thing: what
//! it looks at is so, and nothing fired before. Linux only.
#![cfg(target_os = "linux")]

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crashcap_core::clock::now;
use crashcap_core::recorder::Event;
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::Timestamp;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    Load, Namespaces, Place, Recording, SavedEvent, crashlab, inside, server,
};
use etherparse::PacketBuilder;
use rustix::net::{AddressFamily, SendFlags, SocketType, ipproto, sendto, socket};
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

/// Whether this is the network namespace of the test's own, with loopback up.
fn apart(test: &str) -> bool {
    if !inside(test, Namespaces::Network) {
        return false;
    }
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.unwrap().success());
    true
}

/// Clients and what was accepted of them; dropped, both sides are closed.
fn both_sides(listener: &TcpListener, count: usize) -> Vec<(TcpStream, TcpStream)> {
    let address = listener.local_addr().unwrap();
    (0..count)
        .map(|_| {
            (
                TcpStream::connect(address).unwrap(),
                listener.accept().unwrap().0,
            )
        })
        .collect()
}

/// Ends it; nothing fired.
fn nothing_fired(watching: Watching) {
    watching.recording.signal(Signal::INT);
    let ended = watching.recording.end();
    ended.assert_stopped();
    assert_eq!(ended.firings(), [""; 0]);
}

/// A script, whose text knows the path of a file beside it.
fn script(place: &Place, name: &str, text: impl FnOnce(&Path) -> String) -> (PathBuf, PathBuf) {
    let (script, beside) = (place.path(name), place.path(&format!("{name}.says")));
    fs::write(&script, format!("#!/bin/sh\n{}\n", text(&beside))).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    (script, beside)
}

#[test]
fn a_target_that_is_there_from_the_start_is_known_from_the_start() {
    let server = server(Fault::Segv, &[]);
    let target = ["--target-pid", &pid(&server)];
    for trigger in [
        "processes below=1 every=50ms",
        "memory below=1kB combine=sum every=50ms",
    ] {
        nothing_fired(Watching::measured(trigger, &target));
    }
    let place = Place::new();
    let (check, _) = script(&place, "alive.sh", |_| {
        "kill -0 $CRASHCAP_TARGET_PIDS".to_owned()
    });
    let trigger = format!("command command={} says=fails every=50ms", check.display());
    let mut watching = Watching::measured(&trigger, &target);
    watching
        .recording
        .wait_for_status("that it is alive", |status| {
            let said = status.conditions[0].note.as_deref().unwrap_or_default();
            said.contains("exited with status 0")
        });
    nothing_fired(watching);

    let tree = [&target[..], &["--tree"]].concat();
    let mut watching = Watching::start("appears", &tree);
    watching.recording.wait_for_target(server.pid());
    watching
        .recording
        .wait_for_status("the time after it", |_| true);
    nothing_fired(watching);
}

#[test]
fn programs_are_asked_before_a_source_is_open() {
    let place = Place::new();
    let both = [
        "--interface",
        "nowhere0",
        "--trigger",
        "command command=/nowhere/at/all",
    ];
    place
        .refused(&both)
        .assert_refused(2, &["/nowhere/at/all", "there is no such file"]);
}

#[test]
fn sockets_of_the_host_that_grow_in_number() {
    if !apart("sockets_of_the_host_that_grow_in_number") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _before = both_sides(&listener, 3);
    let trigger = "sockets states=ESTABLISHED scope=host grows_by=20 within=30s every=100ms";
    let mut watching = Watching::measured(trigger, &[]);
    let more = both_sides(&listener, 4);
    watching.recording.wait_for_status("a growth", |status| {
        let one = &status.conditions[0];
        (one.value, one.limit, one.counts) == (Some(8.0), Some(20.0), false)
    });
    let _more = (more, both_sides(&listener, 8));
    watching.fires(TriggerKind::Sockets, &["30", "grown by 20 within 30 s"]);
}

#[test]
fn a_number_that_falls_below_its_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut held = both_sides(&listener, 8);
    let trigger = format!("sockets states=ESTABLISHED port={port} below=5 every=100ms");
    let watching = Watching::measured(&trigger, &[]);
    held.truncate(3);
    watching.fires(TriggerKind::Sockets, &["3, below 5"]);
}

#[test]
fn fewer_processes_than_there_should_be() {
    let mut pool: Vec<LabServer> = (0..3)
        .map(|_| server(Fault::Segv, &["--name", "lab_pool"]))
        .collect();
    let watching = Watching::measured("processes below=3 every=100ms", &["--target", "lab_pool"]);
    pool.pop();
    watching.fires(TriggerKind::Processes, &["2, below 3"]);
}

#[test]
fn a_cool_down_of_a_trigger_that_passes() {
    let place = Place::new();
    let log = place.path("cool.log");
    fs::write(&log, "").unwrap();
    let trigger = format!("log file={} regex=panic cool_down=1500ms", log.display());
    let mut recording = place.record(&["--trigger", &trigger, "--rearm", "--tail", "0"]);
    append(&log, "panic\n");
    let first = recording.wait("a firing", |event| match event {
        Event::Fired { at_ns, .. } => Some(*at_ns),
        _ => None,
    });
    recording.wait_until_saved();
    append(&log, "panic\n");
    recording.wait_for_status("the second", |status| status.conditions[0].times == 2);
    recording.wait_for_status("the end of the cool-down", |status| {
        status.at.since(first) > Duration::from_millis(1600)
    });
    append(&log, "panic\n");
    recording.wait_until_saved();
    recording.signal(Signal::INT);
    assert_eq!(recording.end().firings().len(), 2);
}

#[test]
fn what_holds_beyond_the_recordings_cool_down_freezes_then() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let trigger = format!("sockets states=ESTABLISHED port={port} above=5 max_count=1 every=50ms");
    let again = ["--rearm", "--cool-down", "2s", "--tail", "0"];
    let mut watching = Watching::measured(&trigger, &again);
    watching.recording.signal(Signal::USR1);
    watching.recording.wait_until_saved();
    let _held = both_sides(&listener, 8);
    let fired = |event: &Event| match event {
        Event::Fired {
            at_ns,
            trigger: TriggerKind::Sockets,
            freezes,
            ..
        } => Some((*at_ns, *freezes)),
        _ => None,
    };
    let (noted, freezes) = watching.recording.wait("that it is noted", fired);
    assert!(!freezes);
    let (frozen, freezes) = watching.recording.wait("that it freezes", fired);
    assert!(freezes && frozen > noted);
    let saved = watching.recording.wait_until_saved();
    assert!(saved.incident.contains("8, above 5"), "{saved:?}");
    watching.recording.signal(Signal::INT);
    assert_eq!(watching.recording.end().firings().len(), 3);
}

#[test]
fn any_of_several_conditions() {
    let place = Place::new();
    let log = place.path("any.log");
    fs::write(&log, "").unwrap();
    let profile = place.path("profile.toml");
    let text = format!(
        "[[trigger]]\nkind = \"any\"\nof = [{{ kind = \"silence\", after = \"1h\" }}, {{ kind = \"log\", file = {log:?}, regex = \"panic\" }}]\n"
    );
    fs::write(&profile, text).unwrap();
    let recording = place.record(&["--profile", profile.to_str().unwrap()]);
    append(&log, "panic: any\n");
    let watching = Watching { place, recording };
    watching.fires(TriggerKind::Combination, &["panic: any"]);
}

#[test]
fn an_end_among_other_conditions_says_how_it_ended() {
    let server = server(Fault::Exit3, &[]);
    let place = Place::new();
    let profile = place.path("profile.toml");
    let text = "[[trigger]]\nkind = \"any\"\nof = [{ kind = \"exit\" }, { kind = \"memory\", above = \"100GB\" }]\n";
    fs::write(&profile, text).unwrap();
    let profile = profile.to_str().unwrap();
    let recording = place.record(&["--profile", profile, "--target-pid", &pid(&server)]);
    crashcap_tests::live::crash(&server);
    let watching = Watching { place, recording };
    let saved = watching.fires(TriggerKind::Combination, &[]);
    assert!(saved.incident.contains("exited with status 3"), "{saved:?}");
}

#[test]
fn all_of_several_conditions_within_a_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let place = Place::new();
    let log = place.path("all.log");
    fs::write(&log, "").unwrap();
    let profile = place.path("profile.toml");
    let text = format!(
        "[[trigger]]\nkind = \"all\"\nwithin = \"1m\"\nof = [{{ kind = \"sockets\", states = [\"ESTABLISHED\"], port = {port}, above = 3, every = \"50ms\" }}, {{ kind = \"log\", file = {log:?}, regex = \"panic\" }}]\n"
    );
    fs::write(&profile, text).unwrap();
    let recording = place.record(&["--profile", profile.to_str().unwrap()]);
    let mut watching = Watching { place, recording };
    let counts = |watching: &mut Watching, counts: bool| {
        watching.recording.wait_for_status("the sockets", |status| {
            let one = &status.conditions[0];
            one.value.is_some() && one.counts == counts
        });
    };
    counts(&mut watching, false);
    let held = both_sides(&listener, 7);
    counts(&mut watching, true);
    drop(held);
    counts(&mut watching, false);
    append(&log, "panic: all\n");
    // It says how many there were when that counted, not that there are none now.
    watching.fires(TriggerKind::Combination, &[", above 3", "panic: all"]);
}

#[test]
fn bits_and_payloads_of_datagrams() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    let filter = format!("udp port {}", address.port());
    let of_port = ["--filter", filter.as_str()];
    let traffic = Watching::measured("traffic unit=bits above=20000", &of_port);
    let payload = Watching::start("payload text=needle times=2 within=1m", &of_port);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut text = vec![b'.'; 1200];
    for _ in 0..10 {
        sender.send_to(&text, address).unwrap();
    }
    text[700..706].copy_from_slice(b"needle");
    for _ in 0..2 {
        sender.send_to(&text, address).unwrap();
    }
    traffic.fires(TriggerKind::Traffic, &["bit/s", "above 20.0 kbit/s"]);
    payload.fires(TriggerKind::Payload, &["needle"]);
}

/// Answers each request with 503, and with 200 once it is well.
fn ailing() -> (SocketAddr, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let is_well = Arc::new(AtomicBool::new(false));
    let well = Arc::clone(&is_well);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 512]);
            let status = if well.load(Ordering::SeqCst) {
                "200 OK"
            } else {
                "503 Ill"
            };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, is_well)
}

#[test]
fn a_health_check_that_expects_a_status() {
    let (address, is_well) = ailing();
    let trigger = format!("health url=http://{address}/ status=503 times=2 every=50ms");
    let mut watching = Watching::measured(&trigger, &[]);
    watching
        .recording
        .wait_for_status("that it is as it should be", |status| {
            let one = &status.conditions[0];
            (one.value, one.limit, one.counts) == (Some(0.0), Some(2.0), false)
        });
    is_well.store(true, Ordering::SeqCst);
    watching.fires(
        TriggerKind::Health,
        &["it answered 200", "2 failures in a row"],
    );
}

#[test]
fn a_program_that_succeeds_and_one_that_says_something() {
    let place = Place::new();
    let (check, mark) = script(&place, "there.sh", |mark| {
        format!("[ -e {} ]", mark.display())
    });
    let (tells, queue) = script(&place, "queue.sh", |says| format!("cat {}", says.display()));
    fs::write(&queue, "queue: 3 open\n").unwrap();
    let succeeds = format!(
        "command command={} says=success every=100ms",
        check.display()
    );
    let succeeds = Watching::measured(&succeeds, &[]);
    let says = format!(
        "command command={} regex='queue: [5-9]' every=100ms",
        tells.display()
    );
    let says = Watching::measured(&says, &[]);
    fs::write(&mark, "").unwrap();
    fs::write(&queue, "queue: 7 open\n").unwrap();
    succeeds.fires(TriggerKind::Command, &["there.sh exited with status 0"]);
    says.fires(TriggerKind::Command, &["queue.sh", "queue: 7 open"]);
}

#[test]
fn a_log_that_is_cut_off() {
    let place = Place::new();
    let log = place.path("cut.log");
    fs::write(&log, "a line that was there before, and more\n".repeat(100)).unwrap();
    let trigger = format!("log file={} regex=panic", log.display());
    let recording = place.record(&["--trigger", &trigger]);
    let watching = Watching { place, recording };
    // As `copytruncate` of logrotate does.
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&log)
        .unwrap();
    append(&log, "panic: after it was cut off\n");
    watching.fires(TriggerKind::Log, &["panic: after it was cut off"]);
}

#[test]
fn icmp_errors_and_windows_that_are_closed() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Little room: its window is closed soon.
    rustix::net::sockopt::set_socket_recv_buffer_size(&listener, 4096).unwrap();
    let address = listener.local_addr().unwrap();
    let errors = "packet filter='icmp[icmptype] = icmp-unreach' times=3 within=10s";
    let mut errors = Watching::start(errors, &[]);
    let zero = format!(
        "packet filter='tcp src port {} and tcp[14:2] = 0 and tcp[tcpflags] & (tcp-syn|tcp-rst|tcp-fin) = 0'",
        address.port()
    );
    let zero = Watching::start(&zero, &[]);
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..2 {
        sender.send_to(b"anybody?", nobody).unwrap();
    }
    errors.recording.wait_for_status("two of three", |status| {
        let one = &status.conditions[0];
        (one.value, one.limit) == (Some(2.0), Some(3.0))
    });
    sender.send_to(b"anybody?", nobody).unwrap();
    errors.fires(TriggerKind::Packet, &["3 packets within 10 s"]);

    let mut client = TcpStream::connect(address).unwrap();
    let (_unread, _) = listener.accept().unwrap();
    client.set_nonblocking(true).unwrap();
    while client.write(&[b'x'; 16 << 10]).is_ok() {}
    zero.fires(TriggerKind::Packet, &["a packet matches tcp src port"]);
}

/// Sends TCP segments that no connection has; their checksums are wrong, so that
/// nobody answers them.
fn send_segments(sequences: impl Iterator<Item = u32>) {
    let raw = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::RAW)).unwrap();
    let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    for sequence in sequences {
        let mut bytes = Vec::new();
        PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
            .tcp(40_000, 9_973, sequence, 1_000)
            .ack(1)
            .write(&mut bytes, &[b'x'; 100])
            .unwrap();
        bytes[20 + 16] ^= 0xff;
        sendto(&raw, &bytes, SendFlags::empty(), &to).unwrap();
    }
}

#[test]
fn segments_that_are_sent_again() {
    if !apart("segments_that_are_sent_again") {
        return;
    }
    let trigger = "retransmissions above=20 within=3s";
    let mut watching = Watching::start(trigger, &[]);
    let all = || (0..100_u32).map(|number| 1 + 100 * number);
    send_segments(all());
    watching.recording.wait_for_status("a share", |status| {
        let one = &status.conditions[0];
        (one.value, one.counts) == (Some(0.0), false)
    });
    send_segments(all().skip(50));
    watching.fires(
        TriggerKind::Retransmissions,
        &["33.3 % of 150", "above 20.0 %"],
    );
}
