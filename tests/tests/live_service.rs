//! A recording as a service: what its manager is told, where it is asked, and
//! whether the unit that starts it is sound. The test plays the manager.
#![cfg(target_os = "linux")]

use std::fs::{self, DirBuilder};
use std::net::UdpSocket;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crashcap_core::profile::{RawProfile, Then};
use crashcap_core::recorder::Event;
use crashcap_tests::live::{
    Manager, Namespaces, OTHER_USER, PLAIN_USER, Place, Recording, as_user, copy_program, crashcap,
    give_to_plain_user, has_all_users, inside, run, skipped, until, whole_file,
};
use rustix::process::Signal;

/// So long a silence ends nothing in a test.
const LONG: Duration = Duration::from_secs(600);
/// A sign of life comes in a third of this.
const SILENCE: Duration = Duration::from_secs(3);
/// The codes after which the unit does not start it again.
const FOR_GOOD: &str = "RestartPreventExitStatus=2 3 4 9";
/// `systemd-analyze security` says at most this, in tenths of 10. What is left is what it is
/// for: it captures, and sees the network, all processes, and the files of all users.
const EXPOSURE_MAX: u32 = 33;

fn start(place: &Place, manager: &Manager, silence: Duration, more: &[&str]) -> Recording {
    let arguments = place.record_arguments(more);
    Recording::start(&mut manager.start(place, silence, &arguments))
}

#[test]
fn what_is_refused_is_never_ready() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let profile = place.path("wrong.toml");
    fs::write(&profile, "[ring]\nsise = \"8MB\"\n").unwrap();
    let refusals: [(&[&str], i32); 3] = [
        (&["--profile", profile.to_str().unwrap()], 2),
        (&["--interface", "nosuch0"], 7),
        (&["--target", "e2e_nobody"], 7),
    ];
    for (options, code) in refusals {
        let arguments = place.record_arguments(options);
        let said = run(&mut manager.start(&place, LONG, &arguments));
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(manager.all().is_empty(), "{:?}", manager.all());
    }
}

#[test]
fn it_is_ready_when_it_records_and_says_when_it_ends() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let filter = format!("udp port {port}");
    let recording = start(&place, &manager, LONG, &["--filter", &filter]);
    let ready = manager.hear("READY=1");
    assert!(manager.all().len() == 1, "{:?}", manager.all());
    let status = format!("STATUS=recording lo; filter {filter}");
    assert!(ready.lines().any(|line| line == status), "{ready}");
    // From here on nothing is missed.
    socket
        .send_to(b"seen", socket.local_addr().unwrap())
        .unwrap();
    recording.signal(Signal::TERM);
    manager.hear("STOPPING=1");
    let file = whole_file(&place.incidents());
    assert!(file.is_some(), "it says that it ends before it has saved");
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    assert_eq!(ended.saved()[0].packets, 1, "{ended:#?}");
    ended.saved()[0].check();
    let said = manager.all();
    assert_eq!(said.last().unwrap(), "STOPPING=1");
    assert!(!said.iter().any(|one| one == "WATCHDOG=1"), "{said:?}");
}

#[test]
fn signs_of_life_come_while_it_lives() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let recording = start(&place, &manager, SILENCE, &[]);
    manager.hear("READY=1");
    let begin = Instant::now();
    for _ in 0..4 {
        let last = Instant::now();
        manager.hear("WATCHDOG=1");
        assert!(last.elapsed() < SILENCE, "after {:?}", last.elapsed());
    }
    assert!(begin.elapsed() > SILENCE, "more often than needed");
    recording.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", recording.pid());
    until("the recorder to stand still", || {
        let stat = fs::read_to_string(&stat).unwrap();
        stat.contains(") T ").then_some(())
    });
    // What it said before is not of a stopped process.
    manager.all();
    assert_eq!(manager.next_within(SILENCE), None);
    recording.signal(Signal::CONT);
    manager.hear("WATCHDOG=1");
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
}

#[test]
fn a_watchdog_that_is_meant_for_another_hears_nothing() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let mut command = place.crashcap(&place.record_arguments(&[]));
    command
        .env("NOTIFY_SOCKET", place.path("notify"))
        .env("WATCHDOG_USEC", "300000")
        .env("WATCHDOG_PID", std::process::id().to_string());
    let mut recording = Recording::start(&mut command);
    manager.hear("READY=1");
    recording.wait_for_status("a second", |status| {
        status.at.since(status.since) > Duration::from_secs(1)
    });
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
    let said = manager.all();
    assert!(!said.iter().any(|one| one.contains("WATCHDOG")), "{said:?}");
}

#[test]
fn an_incident_is_told_and_that_recording_goes_on() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let options = ["--rearm", "--cool-down", "0"];
    let mut recording = start(&place, &manager, LONG, &options);
    manager.hear("READY=1");
    for saved in 1..=2 {
        recording.signal(Signal::USR1);
        let frozen = manager.hear("STATUS=frozen: ");
        assert!(frozen.contains("SIGUSR1"), "{frozen}");
        manager.hear("STATUS=saved ");
        let path = recording.wait_until_saved().paths[0].display().to_string();
        let again = manager.hear("STATUS=recording lo");
        let told = format!("saved so far: {saved}, the last {path}");
        assert!(again.contains(&told), "{again}");
    }
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
}

#[test]
fn nothing_that_it_starts_speaks_for_it() {
    let place = Place::new();
    let mut manager = Manager::new(&place);
    let (target, program) = (place.path("target.env"), place.path("program.env"));
    let action = format!("run command=\"/bin/sh -c 'env > {}'\"", program.display());
    let writes = format!("env > {}", target.display());
    let options = ["--action", &action, "--", "/bin/sh", "-c", &writes];
    let mut recording = start(&place, &manager, SILENCE, &options);
    manager.hear("READY=1");
    recording.wait("what was done", |event| {
        matches!(event, Event::Acted { .. }).then_some(())
    });
    recording.end().assert_frozen_and_saved();
    for environment in [target, program] {
        let text = fs::read_to_string(&environment).unwrap();
        assert!(text.contains("TMPDIR="), "{text}");
        for variable in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            assert!(!text.contains(variable), "{environment:?}: {text}");
        }
    }
}

#[test]
fn a_manager_that_cannot_be_reached_is_told_of() {
    let place = Place::new();
    let mut command = place.crashcap(&place.record_arguments(&[]));
    command.env("NOTIFY_SOCKET", place.path("nobody"));
    let mut recording = Recording::start(&mut command);
    recording.complaint("a sentence", |line| {
        line.contains("tell the service manager that recording began")
            .then_some(())
    });
    recording.signal(Signal::INT);
    recording.end().assert_stopped();
}

/// A folder for a service as systemd makes it, in a /run of this test's own.
fn runtime_directory(name: &str, owner: u32) -> PathBuf {
    let services = Path::new("/run/crashcap");
    if !services.is_dir() {
        let mount = ["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"];
        let status = Command::new("mount").args(mount).status().unwrap();
        assert!(status.success(), "mount: {status}");
        DirBuilder::new().mode(0o755).create(services).unwrap();
    }
    let folder = services.join(name);
    DirBuilder::new().mode(0o700).create(&folder).unwrap();
    chown(&folder, Some(owner), Some(owner)).unwrap();
    folder
}

#[test]
fn a_service_is_asked_where_its_unit_puts_its_socket() {
    let test = "a_service_is_asked_where_its_unit_puts_its_socket";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let place = Place::new();
    let folders = runtime_directory("web", 0);
    let mut command = place.crashcap(&place.record_arguments(&[]));
    command.env("RUNTIME_DIRECTORY", &folders);
    let mut recording = Recording::start(&mut command);
    recording.wait_until_recording();
    let terminal = place.record(&[]);
    let pids = [recording.pid(), terminal.pid()];
    let socket = folders.join(format!("{}.sock", recording.pid()));
    until("its socket", || socket.exists().then_some(()));
    until("both to be listed", || {
        let said = place.said(&["status"]);
        let listed = |pid: &u32| said.output.contains(&format!("recorder {pid}: lo"));
        pids.iter().all(listed).then_some(())
    });
    let said = place.said(&["freeze", "--pid", &pids[0].to_string()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    recording.end().assert_frozen_and_saved();
    assert!(!socket.exists());
    terminal.signal(Signal::INT);
    terminal.end().assert_stopped();
}

#[test]
fn root_asks_the_services_of_other_users_and_they_their_own() {
    let test = "root_asks_the_services_of_other_users_and_they_their_own";
    if !has_all_users() {
        skipped(test, "needs root, to become other users");
        return;
    }
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let place = Place::new();
    let program = place.path("crashcap");
    copy_program(&crashcap(), &program);
    give_to_plain_user(&place);
    let folder = runtime_directory("plain", PLAIN_USER);
    let mut command = as_user(PLAIN_USER, "+net_raw", &program);
    command.args(place.record_arguments(&[]));
    place.environment(&mut command);
    command.env("RUNTIME_DIRECTORY", &folder);
    let mut recording = Recording::start(&mut command);
    recording.wait_until_recording();
    let pid = recording.pid();
    let line = format!("recorder {pid}: lo");
    until("root to see it", || {
        let said = place.said(&["status"]);
        said.output.contains(&line).then_some(())
    });
    let asks = |user| {
        let mut command = as_user(user, "", &program);
        place.environment(command.arg("status"));
        run(&mut command)
    };
    let own = asks(PLAIN_USER);
    assert!(own.output.contains(&line), "{own:?}");
    asks(OTHER_USER).assert_refused(1, &["no recorder that this user may ask is running"]);
    let said = place.said(&["freeze", "--pid", &pid.to_string()]);
    assert_eq!(said.code, Some(0), "{said:?}");
    recording.end().assert_frozen_and_saved();
}

fn installer(file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join("installer/linux").join(file)
}

/// The unit, with the program under test in the place of the installed one.
fn unit(place: &Place) -> PathBuf {
    let text = fs::read_to_string(installer("crashcap@.service")).unwrap();
    let start = format!("\nExecStart={} record ", crashcap().display());
    let text = text.replacen("\nExecStart=/usr/bin/crashcap record ", &start, 1);
    assert!(text.contains(&start), "{text}");
    let unit = place.path("crashcap@.service");
    fs::write(&unit, text).unwrap();
    unit
}

#[test]
fn the_unit_is_sound_and_closed_to_what_it_does_not_need() {
    let test = "the_unit_is_sound_and_closed_to_what_it_does_not_need";
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        skipped(test, "systemd-analyze is not installed");
        return;
    }
    let place = Place::new();
    let unit = unit(&place);
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]).arg(&unit);
    let said = run(&mut verify);
    assert_eq!(said.code, Some(0), "{said:?}");
    // What it merely ignores it says and is content with.
    let name = unit.to_str().unwrap();
    assert!(!said.errors.contains(name), "{said:?}");
    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--no-pager"]);
    security
        .arg(format!("--threshold={EXPOSURE_MAX}"))
        .arg(&unit);
    let said = run(&mut security);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.output.contains("Overall exposure level"), "{said:?}");
}

#[test]
fn what_cannot_get_right_by_itself_is_not_started_again() {
    let text = fs::read_to_string(installer("crashcap@.service")).unwrap();
    assert!(text.lines().any(|line| line == FOR_GOOD), "{text}");
    let place = Place::new();
    let help = place.said(&["record", "--help"]).output;
    for (code, what) in [
        ("2", "what was asked for is not possible"),
        ("3", "this user may not capture"),
        ("4", "the capture library is missing"),
        ("9", "as many incidents are kept as may be"),
    ] {
        let line = format!("  {code}    {what}");
        assert!(help.contains(&line), "{line:?} is not in {help}");
    }
}

#[test]
fn the_example_is_a_profile_that_records_again_after_each_incident() {
    let text = fs::read_to_string(installer("example.toml")).unwrap();
    let profile = RawProfile::from_toml(&text).unwrap().check().unwrap();
    assert!(matches!(profile.then, Then::Rearm { .. }), "{profile:?}");
    assert!(profile.target.unwrap().wait);
}
