//! `--netns`: what is recorded inside another network namespace, while the process
//! is watched from outside. A server runs in a namespace of its own with its own
//! loopback; the recorder and these tests are outside it.
#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crashcap_core::capture::{Network, NetworkNamespace};
use crashcap_core::clock::now;
use crashcap_core::recorder::Event;
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::Timestamp;
use crashcap_core::watch::ExitStatus;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    Load, PATIENCE, PLAIN_USER, Place, Recording, SavedEvent, apart, as_user, beside, copy_program,
    crashcap, crashlab, give_to_plain_user, may_be_other_users, run, server, server_apart, until,
};
use rustix::process::{Pid, Signal, kill_process};

/// Exit codes, as `crashcap record --help` lists them.
const USAGE: i32 = 2;
const NO_RIGHTS: i32 = 3;
const NOT_THERE: i32 = 7;

/// An end is told and frozen within this, from outside as everywhere: far more than
/// it takes, and far less than anything that polls.
const SOON: Duration = Duration::from_millis(500);

fn lab(fault: Fault) -> LabServer {
    server_apart(fault, &["--threads", "64"])
}

fn pid(server: &LabServer) -> String {
    server.pid().to_string()
}

/// Requests from inside.
fn load(server: &LabServer, more: &[&str]) -> Load {
    let command = beside(server.pid(), &crashlab());
    Load::start_by(command, &server.address().to_string(), more)
}

/// How many packets of a file pass this display filter.
fn packets(saved: &SavedEvent, filter: &str) -> usize {
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(&saved.paths[0]).args(["-Y", filter]);
    let said = run(&mut tshark);
    assert_eq!(said.code, Some(0), "{said:?}");
    said.output.lines().count()
}

/// Sends on our own loopback, which is another one than that of inside.
fn chatter_outside() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    for _ in 0..100 {
        socket.send_to(b"outside", address).unwrap();
    }
    address.port()
}

/// Poisons the server and waits for the recording's end, which tells it in time.
fn crashes(mut recording: Recording, server: &LabServer) -> SavedEvent {
    let outside = chatter_outside();
    load(server, &["--poison-after", "300ms"]).end();
    server.wait(PATIENCE).unwrap().unwrap();
    let gone = now().wall;
    let fired = recording.wait("a firing", |event| match event {
        Event::Fired { at_ns, .. } => Some(*at_ns),
        _ => None,
    });
    let late = Duration::from_nanos(fired.0.saturating_sub(gone.0));
    assert!(late < SOON, "fired {late:?} after the end was seen here");
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    // Told with the end or after it, before the firing or after it.
    let told = |event: &Event| match event {
        Event::TargetEnded { pid, status, .. } if *pid == server.pid() => status.clone(),
        Event::TargetStatus { pid, status } if *pid == server.pid() => Some(status.clone()),
        _ => None,
    };
    let status = ended.events.iter().find_map(told);
    assert!(
        matches!(status, Some(ExitStatus::Signal { number: 11, .. })),
        "{status:?}"
    );
    let saved = ended.saved().remove(0);
    assert!(saved.incident.contains("SIGSEGV"), "{saved:?}");
    saved.check();
    let inside = packets(&saved, &format!("tcp.port == {}", server.address().port()));
    assert!(inside > 50, "{inside} packets of inside");
    assert_eq!(packets(&saved, &format!("udp.port == {outside}")), 0);
    saved
}

#[test]
fn a_crash_inside_is_recorded_and_told_with_its_status() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let pid = pid(&server);
    let recording = place.record(&["--netns", &pid, "--target-pid", &pid]);
    let status = place.said(&["status", "--json"]);
    let where_it_is = format!("lo in the network namespace of pid {pid}");
    assert!(status.output.contains(&where_it_is), "{status:?}");
    let saved = crashes(recording, &server);
    let info = place.said(&["info", saved.paths[0].to_str().unwrap(), "--json"]);
    assert!(info.output.contains(&format!("netns = {pid}")), "{info:?}");
}

#[test]
fn whoever_listens_inside_is_found_by_its_port_on_all_interfaces() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let port = server.address().port();
    // The same port outside is somebody else's: this test's.
    let _ours = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let pid = pid(&server);
    let port = port.to_string();
    let options = [
        "--netns",
        &pid,
        "--target-port",
        &port,
        "--interface",
        "all",
    ];
    let mut recording = place.record(&options);
    recording.wait_for_target(server.pid());
    crashes(recording, &server);
}

#[test]
fn one_that_begins_to_listen_inside_later_is_found_too() {
    let (first, place) = (lab(Fault::Segv), Place::new());
    let port = first.address().port().to_string();
    let pid = pid(&first);
    let options = [
        "--netns",
        &pid,
        "--target-port",
        &port,
        "--trigger",
        "restart",
    ];
    let mut recording = place.record(&options);
    recording.wait_for_target(first.pid());
    // It keeps the namespace, and nothing else.
    let keeper = Keeper::beside(first.pid());
    drop(first);
    let mut again = beside(keeper.pid(), &crashlab());
    again.args(["server", "--port", &port, "--fault", "segv"]);
    let second = again.stdout(Stdio::null()).spawn().unwrap();
    let second = Keeper(second);
    recording.wait_for_target(second.pid());
    recording.end().assert_frozen_and_saved();
}

/// A process that is ended with this.
struct Keeper(std::process::Child);

impl Keeper {
    fn beside(pid: u32) -> Self {
        let mut command = beside(pid, Path::new("cat"));
        let keeper = Self(command.stdin(Stdio::piped()).spawn().unwrap());
        keeper.has_entered()
    }

    fn apart() -> Self {
        let mut command = apart(Path::new("cat"));
        let keeper = Self(command.stdin(Stdio::piped()).spawn().unwrap());
        keeper.has_entered()
    }

    /// It is `cat`, when it is where it should be.
    fn has_entered(self) -> Self {
        let name = format!("/proc/{}/comm", self.0.id());
        until("the keeper", || {
            (fs::read_to_string(&name).unwrap() == "cat\n").then_some(())
        });
        self
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_namespace_is_held_after_the_process_that_named_it() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let keeper = Keeper::beside(server.pid());
    let named = keeper.pid().to_string();
    let recording = place.record(&["--netns", &named, "--target-pid", &pid(&server)]);
    drop(keeper);
    crashes(recording, &server);
}

#[test]
fn a_namespace_is_named_by_its_file_too() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let file = format!("/proc/{}/ns/net", server.pid());
    let recording = place.record(&["--netns", &file, "--target-pid", &pid(&server)]);
    crashes(recording, &server);
}

/// A trigger fires as this kind; its incident says these words.
fn fires(mut recording: Recording, kind: TriggerKind, words: &[&str]) {
    let fired = recording.wait("a firing", |event| match event {
        Event::Fired {
            trigger, sentence, ..
        } => Some((*trigger, sentence.clone())),
        _ => None,
    });
    assert_eq!(fired.0, kind, "{fired:?}");
    for word in words {
        assert!(fired.1.contains(word), "{word:?} is not in {fired:?}");
    }
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    ended.saved().remove(0).check();
}

/// A recording inside that waits for this trigger, and has a number for it.
fn measured(place: &Place, inside: u32, trigger: &str, more: &[&str]) -> Recording {
    let pid = inside.to_string();
    let options = [&["--netns", &pid, "--trigger", trigger], more].concat();
    let mut recording = place.record(&options);
    recording.wait_for_status("a number", |status| {
        status.conditions.iter().any(|one| one.value.is_some())
    });
    recording
}

#[test]
fn sockets_in_close_wait_inside_are_counted_by_target_and_by_port() {
    for by_port in [false, true] {
        let (server, place) = (lab(Fault::CloseWait), Place::new());
        let (pid, port) = (pid(&server), server.address().port());
        let (whose, target) = match by_port {
            false => (String::new(), vec!["--target-pid", &pid]),
            true => (format!("port={port} "), Vec::new()),
        };
        let trigger = format!("sockets states=CLOSE_WAIT {whose}above=20 every=100ms");
        let recording = measured(&place, server.pid(), &trigger, &target);
        let _load = load(&server, &["--poison-after", "200ms", "--visitors", "100"]);
        fires(recording, TriggerKind::Sockets, &["CLOSE_WAIT", "above 20"]);
    }
}

#[test]
fn connections_that_nobody_accepts_inside_are_counted() {
    let (keeper, place) = (Keeper::apart(), Place::new());
    // This test goes in by the same way as the recorder.
    let inside = NetworkNamespace::OfProcess(keeper.pid());
    let inside = Network::enter(Some(&inside)).unwrap();
    let listener = inside.run(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    let trigger = format!("accept_queue above=5 port={} every=100ms", address.port());
    let recording = measured(&place, keeper.pid(), &trigger, &[]);
    let connect = move |_| TcpStream::connect(address).unwrap();
    let _waiting = inside.run(move || (0..8).map(connect).collect::<Vec<_>>());
    fires(recording, TriggerKind::AcceptQueue, &["8", "above 5"]);
}

fn signal(server: &LabServer, signal: Signal) {
    kill_process(Pid::from_raw(server.pid().cast_signed()).unwrap(), signal).unwrap();
}

/// Nothing but its kernel answers inside while the server is stopped; outside
/// nobody listens on that port at all.
#[test]
fn a_health_check_asks_from_inside() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let address: SocketAddr = server.address();
    assert!(TcpStream::connect(address).is_err(), "{address} is outside");
    let trigger = format!("health url=http://{address}/health times=2 every=100ms timeout=200ms");
    let mut recording = measured(&place, server.pid(), &trigger, &[]);
    recording.wait_for_status("a good answer", |status| {
        status.conditions[0].value == Some(0.0)
    });
    signal(&server, Signal::STOP);
    fires(recording, TriggerKind::Health, &["no whole answer"]);
}

#[test]
fn commands_and_actions_run_outside() {
    let (server, place) = (lab(Fault::Segv), Place::new());
    let script = |name: &str, text: &str| {
        let path = place.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let seen = place.path("seen");
    let where_it_is = format!("readlink /proc/self/ns/net >> {}", seen.display());
    let (asks, acts) = (
        script("asks", &format!("{where_it_is}; exit 1")),
        script("acts", &where_it_is),
    );
    let pid = pid(&server);
    let trigger = format!("command command={asks} every=100ms");
    let action = format!("run command={acts}");
    let mut recording = place.record(&[
        "--netns",
        &pid,
        "--target-pid",
        &pid,
        "--trigger",
        "exit",
        "--trigger",
        &trigger,
        "--action",
        &action,
    ]);
    until("a look outside", || fs::read_to_string(&seen).ok());
    signal(&server, Signal::KILL);
    recording.wait("the action", |event| {
        matches!(event, Event::Acted { results, .. } if results[0].ok).then_some(())
    });
    recording.end().assert_frozen_and_saved();
    let ours = fs::read_link("/proc/self/ns/net").unwrap();
    let seen = fs::read_to_string(seen).unwrap();
    let elsewhere = seen.lines().filter(|line| *line != ours.to_str().unwrap());
    assert!(seen.lines().count() >= 2);
    assert_eq!(elsewhere.count(), 0, "{seen}");
}

#[test]
fn interfaces_and_check_look_inside() {
    let keeper = Keeper::apart();
    let ip = |arguments: &[&str]| {
        let said = run(beside(keeper.pid(), Path::new("ip")).args(arguments));
        assert_eq!(said.code, Some(0), "{said:?}");
    };
    ip(&["link", "add", "inside0", "type", "veth", "peer", "inside1"]);
    ip(&["link", "set", "inside0", "up"]);
    ip(&["link", "set", "inside1", "up"]);
    let place = Place::new();
    let pid = keeper.pid().to_string();
    let outside = place.said(&["interfaces"]);
    assert!(!outside.output.contains("inside0"), "{outside:?}");
    let inside = place.said(&["interfaces", "--netns", &pid]);
    let row = inside.output.lines().find(|row| row.starts_with("inside0"));
    assert!(row.is_some_and(|row| row.contains("yes")), "{inside:?}");

    let server = LabServer::start_by(beside(keeper.pid(), &crashlab()), Fault::Segv, &[]).unwrap();
    let port = server.address().port().to_string();
    let folder = place.incidents().display().to_string();
    let health = format!("health url=http://{}/health", server.address());
    let sockets = format!("sockets states=LISTEN port={port} above=5");
    let check = place.said(&[
        "check",
        "--netns",
        &pid,
        "--interface",
        "inside0",
        "--target-port",
        &port,
        "--trigger",
        &health,
        "--trigger",
        &sockets,
        "--folder",
        &folder,
        "--ring",
        "8MB",
    ]);
    assert_eq!(check.code, Some(0), "{check:?}");
    for part in [
        &format!("(pid {})", server.pid()),
        "it answered 200",
        "now 1",
        &format!("on inside0 in the network namespace of pid {pid}"),
    ] {
        assert!(check.output.contains(part), "{part:?} is not in {check:?}");
    }
}

#[test]
fn what_cannot_be_entered_is_refused_before_anything_runs() {
    let place = Place::new();
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    let gone = gone.id().to_string();
    let plain = place.path("plain");
    fs::write(&plain, "x").unwrap();
    let plain = plain.to_str().unwrap();
    for (named, code, parts) in [
        (
            gone.as_str(),
            NOT_THERE,
            ["there is no such process", "`crashcap processes`"],
        ),
        (
            "/nowhere/at/all",
            NOT_THERE,
            ["there is no such file", "/run/netns/shop"],
        ),
        (plain, USAGE, ["that file is none", "/run/netns/shop"]),
        (
            "/proc/self/ns/mnt",
            USAGE,
            ["that file is none", "/run/netns/shop"],
        ),
    ] {
        let said = place.refused(&["--netns", named]);
        said.assert_refused(code, &parts);
        said.assert_refused(code, &["enter the network namespace", named]);
        let folder = place.incidents().display().to_string();
        let checked = place.said(&["check", "--netns", named, "--folder", &folder]);
        checked.assert_refused(code, &parts);
        let listed = place.said(&["interfaces", "--netns", named]);
        listed.assert_refused(code, &parts);
    }
    let file = [
        "--netns",
        "1",
        "--read",
        "/nowhere.pcapng",
        "--interface",
        "lo",
    ];
    place
        .refused(&file)
        .assert_refused(USAGE, &["capture file"]);
    assert!(place.saved_files().is_empty());
}

#[test]
fn without_the_right_to_enter_it_says_what_gives_it() {
    let (keeper, place) = (Keeper::apart(), Place::new());
    let pid = keeper.pid().to_string();
    // Root, and yet without this one.
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set", "-sys_admin", "--"]);
    command.arg(crashcap());
    command.args(place.record_arguments(&["--netns", &pid]));
    place.environment(&mut command);
    let enter = format!("enter the network namespace of pid {pid}: ");
    let inside = format!("sudo nsenter -t {pid} -n crashcap record");
    let parts = [enter.as_str(), "CAP_SYS_ADMIN", inside.as_str()];
    run(&mut command).assert_refused(NO_RIGHTS, &parts);
}

#[test]
fn another_user_may_not_enter() {
    if !may_be_other_users("another_user_may_not_enter") {
        return;
    }
    let (keeper, place) = (Keeper::apart(), Place::new());
    let program = place.path("crashcap");
    copy_program(&crashcap(), &program);
    give_to_plain_user(&place);
    let pid = keeper.pid().to_string();
    let mut command = as_user(PLAIN_USER, "+net_raw", &program);
    command.args(place.record_arguments(&["--netns", &pid]));
    place.environment(&mut command);
    let enter = format!("enter the network namespace of pid {pid}: ");
    run(&mut command).assert_refused(NO_RIGHTS, &[&enter, "run Crashcap as root"]);
}

/// Whoever has the rights and is not root gives them up once it records; what looks
/// inside goes on.
#[test]
fn a_user_with_just_the_rights_keeps_them_for_the_sources_alone() {
    let test = "a_user_with_just_the_rights_keeps_them_for_the_sources_alone";
    if !may_be_other_users(test) {
        return;
    }
    let (server, place) = (lab(Fault::Segv), Place::new());
    let program = place.path("crashcap");
    copy_program(&crashcap(), &program);
    give_to_plain_user(&place);
    let address = server.address();
    let health = format!("health url=http://{address}/health times=2 every=100ms timeout=200ms");
    let sockets = format!("sockets states=LISTEN port={} above=5", address.port());
    let pid = pid(&server);
    let rights = "+net_raw,+sys_admin,+sys_ptrace";
    let mut command = as_user(PLAIN_USER, rights, &program);
    let options = ["--netns", &pid, "--trigger", &health, "--trigger", &sockets];
    command.args(place.record_arguments(&options));
    place.environment(&mut command);
    let mut recording = Recording::start(&mut command);
    recording.wait_until_recording();
    recording.wait_for_status("both numbers", |status| {
        let values: Vec<_> = status.conditions.iter().map(|one| one.value).collect();
        values == [Some(0.0), Some(1.0)]
    });
    let mighty = threads_with_rights(recording.pid());
    assert_eq!(mighty.len(), 1, "{mighty:?}");
    signal(&server, Signal::STOP);
    fires(recording, TriggerKind::Health, &["no whole answer"]);
}

/// The names of the threads that have any capability in effect.
fn threads_with_rights(pid: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let status = threads.filter_map(|one| fs::read_to_string(one.ok()?.path().join("status")).ok());
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    status
        .filter(|text| !field(text, "CapEff:").trim_matches('0').is_empty())
        .map(|text| field(&text, "Name:"))
        .collect()
}

/// From the crash inside, as its server's own end is seen here, to the freeze.
#[test]
fn a_freeze_is_as_prompt_as_without_a_namespace() {
    let freeze = |server: LabServer, options: &[&str]| {
        let place = Place::new();
        let mut recording = place.record(options);
        let begun = now().wall;
        signal(&server, Signal::KILL);
        let frozen: Timestamp = recording.wait("frozen", |event| match event {
            Event::Frozen { at_ns, .. } => Some(*at_ns),
            _ => None,
        });
        recording.end().assert_frozen_and_saved();
        Duration::from_nanos(frozen.0.saturating_sub(begun.0))
    };
    let inside = lab(Fault::Segv);
    let target = pid(&inside);
    let within = freeze(inside, &["--netns", &target, "--target-pid", &target]);
    let outside = server(Fault::Segv, &[]);
    let target = pid(&outside);
    let without = freeze(outside, &["--target-pid", &target]);
    println!("killed to frozen: {within:?} inside, {without:?} without a namespace");
    assert!(within < SOON, "{within:?}");
}
