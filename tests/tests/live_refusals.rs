//! Bad input on the command line: each is refused before anything runs, with
//! its exit code and a sentence that says what, why and what to do.
#![cfg(target_os = "linux")]

use std::io::PipeWriter;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crashcap_core::limits::TARGETS_MAX;
use crashcap_tests::live::{Namespaces, Place, Recording, crashcap, inside, run, skipped};

/// Exit codes, as `crashcap record --help` lists them.
const USAGE: i32 = 2;
const NOT_THERE: i32 = 7;
const NO_MEMORY: i32 = 8;

#[test]
fn an_unknown_interface_is_named() {
    let said = Place::new().refused(&["--interface", "nosuch0"]);
    let parts = [
        "open interface nosuch0: there is no such interface",
        "`crashcap interfaces` lists them",
    ];
    said.assert_refused(NOT_THERE, &parts);
}

#[test]
fn a_filter_is_refused_in_libpcaps_words() {
    let place = Place::new();
    let wrong = [
        ("port port", "syntax error"),
        ("wlan type mgt", "802.11"),
        ("host no such", "unknown host 'no'"),
    ];
    for (filter, words) in wrong {
        let said = place.refused(&["--filter", filter]);
        let what = format!("compile the filter \"{filter}\" for lo: ");
        said.assert_refused(USAGE, &[&what, words, "pcap-filter(7)"]);
    }
}

fn ip(arguments: &[&str]) {
    let said = run(Command::new("ip").args(arguments));
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_filter_for_ethernet_is_refused_on_raw_ip() {
    let test = "a_filter_for_ethernet_is_refused_on_raw_ip";
    if !inside(test, Namespaces::Network) {
        return;
    }
    let tun = run(Command::new("ip").args(["tuntap", "add", "dev", "raw0", "mode", "tun"]));
    if tun.code != Some(0) {
        skipped(test, &format!("no tun device can be made: {}", tun.errors));
        return;
    }
    ip(&["link", "set", "raw0", "up"]);
    let filter = "ether host 02:00:00:00:00:01";
    let said = Place::new().refused(&["--interface", "raw0", "--filter", filter]);
    let parts = [
        &format!("compile the filter \"{filter}\" for raw0: "),
        "ethernet",
        "pcap-filter(7)",
    ];
    said.assert_refused(USAGE, &parts.map(|part: &str| part));
}

#[test]
fn an_interface_that_is_down_is_told() {
    if !inside("an_interface_that_is_down_is_told", Namespaces::Network) {
        return;
    }
    let place = Place::new();
    ip(&["link", "add", "veth0", "type", "veth", "peer", "veth1"]);
    let said = place.refused(&["--interface", "veth0"]);
    said.assert_refused(
        NOT_THERE,
        &["open interface veth0: it is down", "bring it up"],
    );
}

#[test]
fn a_ring_that_memory_cannot_hold_is_refused_with_one_that_fits() {
    let place = Place::new();
    let said = place.refused(&["--ring", "900TB"]);
    let parts = [
        "a ring of 900 TB takes ",
        " are available",
        "choose a ring of at most ",
    ];
    said.assert_refused(NO_MEMORY, &parts);
    // Nothing was prepared for it.
    assert!(place.saved_files().is_empty());
}

#[test]
fn a_ring_of_nothing_is_refused() {
    for size in ["0", "0MB", "1kB"] {
        let said = Place::new().refused(&["--ring", size]);
        said.assert_refused(
            USAGE,
            &["ring.size", "is not possible", "the smallest ring is "],
        );
    }
}

#[test]
fn nonsense_sizes_and_times_are_refused_with_examples() {
    let place = Place::new();
    let wrong = [
        (
            "--ring",
            "5parsecs",
            "use B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
        ),
        ("--ring", "much", "as in 150MB or 2GiB"),
        ("--ring", "-5MB", "as in 150MB or 2GiB"),
        ("--ring", "", "as in 150MB or 2GiB"),
        ("--ring", "99999999999TB", "more bytes than can be counted"),
        ("--kernel-buffer", "1.5.2MB", "as in 150MB or 2GiB"),
        ("--tail", "5", "write it as in 500ms, 30s"),
        ("--tail", "soon", "write it as in 500ms, 30s"),
        ("--age", "5 parsecs", "write it as in 500ms, 30s"),
    ];
    for (option, value, what_to_do) in wrong {
        let said = place.refused(&[option, value]);
        assert_eq!(said.code, Some(USAGE), "{said:?}");
        for part in [option, &format!("'{value}'"), what_to_do] {
            assert!(said.errors.contains(part), "{part} is not in {said:?}");
        }
    }
}

#[test]
fn choices_that_are_not_possible_are_refused() {
    let place = Place::new();
    let wrong: [(&[&str], &str); 16] = [
        (&["--tail", "2h"], "the longest is 1 h"),
        (&["--snaplen", "5"], "within 64 and 262144 bytes"),
        (&["--kernel-buffer", "5"], "within 1.0"),
        (&["--format", "cap"], "write pcapng or pcap"),
        (&["--keep", "3"], "--rearm"),
        (&["--cool-down", "3s"], "--rearm"),
        (&["--wait"], "need a target"),
        (&["--trigger", "crash"], "needs a target"),
        (
            &["--target-pid", "1", "--trigger", "war"],
            "write one of exit, crash, restart",
        ),
        (&["--target-pid", "1", "--wait"], "by name, command line"),
        (&["--target-pid", "1", "--target", "x"], "chosen in one way"),
        (
            &["--target-pid", "1", "--fire-when", "no"],
            "write any or all",
        ),
        (
            &["--target-pid", "1", "--clean-code", "3"],
            "clean_codes, which is of crash",
        ),
        (&["--target", " "], "write a process's name"),
        (&["--target-port", "0"], "ports are 1 to 65535"),
        (
            &["--target-pid", "1", "--", "sleep", "9"],
            "chosen in one way",
        ),
    ];
    for (options, why) in wrong {
        place.refused(options).assert_refused(USAGE, &[why]);
    }
}

#[test]
fn a_pid_that_nobody_has_is_refused() {
    let place = Place::new();
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    // Above what the kernel ever gives; none; one that was there.
    for pid in [4_194_304, 0, gone.id()] {
        let said = place.refused(&["--target-pid", &pid.to_string()]);
        let what = format!("there is no process with pid {pid}");
        said.assert_refused(NOT_THERE, &[&what, "`crashcap processes`", "by name"]);
    }
}

#[test]
fn a_zombie_is_no_target() {
    let mut zombie = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    // Its end, without asking for its status.
    std::io::copy(&mut zombie.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    rustix::process::waitid(
        rustix::process::WaitId::Pid(rustix::process::Pid::from_child(&zombie)),
        rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT,
    )
    .unwrap();
    let said = Place::new().refused(&["--target-pid", &zombie.id().to_string()]);
    zombie.wait().unwrap();
    assert_eq!(said.code, Some(NOT_THERE), "{said:?}");
}

#[test]
fn a_target_that_matches_nothing_is_refused() {
    let place = Place::new();
    let nothing: [(&[&str], &str); 5] = [
        (&["--target", "e2e_nobody"], "named e2e_nobody"),
        (&["--target", "e2e_nob*y"], "named e2e_nob*y"),
        (
            &["--target-command", "e2e nobody"],
            "the command line e2e nobody",
        ),
        (&["--target-exe", "/e2e/nobody"], "/e2e/nobody"),
        (&["--target-port", "1"], "nobody listens on port 1"),
    ];
    for (options, what) in nothing {
        let said = place.refused(options);
        said.assert_refused(NOT_THERE, &[what, "start ", "or record with --wait"]);
    }
}

#[test]
fn a_name_that_nearly_matches_is_offered() {
    let mut cat = Command::new("cat");
    let mut running = cat
        .arg0("e2e_spelled")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let said = Place::new().refused(&["--target", "e2e_speled"]);
    running.kill().unwrap();
    running.wait().unwrap();
    said.assert_refused(NOT_THERE, &["named e2e_speled", "running are e2e_spelled"]);
}

/// Many cheap processes of one name. All end when this does, in whatever way:
/// they read from a pipe that only this can write to.
struct Crowd {
    members: Vec<Child>,
    _strings: PipeWriter,
}

impl Crowd {
    fn new(name: &str, count: usize) -> Self {
        let (reader, strings) = std::io::pipe().unwrap();
        let member = |_| {
            let mut cat = Command::new("cat");
            cat.arg0(name).stdin(reader.try_clone().unwrap());
            cat.stdout(Stdio::null()).spawn().unwrap()
        };
        Self {
            members: (0..count).map(member).collect(),
            _strings: strings,
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for one in &mut self.members {
            let _ = one.kill();
        }
        for one in &mut self.members {
            let _ = one.wait();
        }
    }
}

#[test]
fn a_name_that_matches_thousands_is_refused() {
    let _crowd = Crowd::new("e2e_crowd", TARGETS_MAX + 6);
    let said = Place::new().refused(&["--target", "e2e_crowd"]);
    let parts = [
        "1030 processes match, more than the 1024",
        "named e2e_crowd",
        "use a narrower pattern",
    ];
    said.assert_refused(NOT_THERE, &parts);
}

#[test]
fn as_many_targets_as_may_be_are_all_watched() {
    let mut crowd = Crowd::new("e2e_many", TARGETS_MAX);
    let place = Place::new();
    // The usual limit of open files, which is as many.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -n 1024; exec \"$0\" \"$@\""]);
    command.arg(crashcap());
    command.args(place.record_arguments(&["--target", "e2e_many", "--fire-when", "any"]));
    place.environment(&mut command);
    let mut recording = Recording::start(&mut command);
    recording.wait_for_status("all are watched", |status| {
        status.targets.len() == TARGETS_MAX
    });
    let last = crowd.members.last_mut().unwrap();
    last.kill().unwrap();
    last.wait().unwrap();
    let told = format!("(pid {}) was killed by SIGKILL", last.id());
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    let saved = ended.saved().remove(0);
    assert!(saved.incident.contains(&told), "{saved:?}");
    saved.check();
}
