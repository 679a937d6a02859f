//! A real journal, in namespaces of its own, whose first process this test is: only
//! from that does a journal take a unit's name.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, tick};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::*;
use crate::measure::{Told, Word};

/// Longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Set where a test runs within the namespaces.
const INSIDE: &str = "CRASHCAP_TEST_INSIDE";
const UNIT: &str = "shop.service";
/// Nobody's number on every system.
const NOBODY: u32 = 65_534;

fn journald() -> Option<&'static str> {
    let places = [
        "/usr/lib/systemd/systemd-journald",
        "/lib/systemd/systemd-journald",
    ];
    places.into_iter().find(|place| Path::new(place).exists())
}

/// Runs one test of this program, and shows what it said where it failed.
fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}{errors}");
}

/// Looks for something that nothing tells of across processes.
fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let looks = tick(Duration::from_millis(10));
    for _ in 0..PATIENCE.as_millis() / 10 {
        if let Some(found) = found() {
            return found;
        }
        looks.recv().unwrap();
    }
    panic!("waited in vain for {what}");
}

/// Keeps a journal in this namespace.
struct Journal(Child);

impl Journal {
    fn start() -> Self {
        fs::create_dir_all("/run/systemd/journal").unwrap();
        let started = Self(Command::new(journald().unwrap()).spawn().unwrap());
        until("a journal", || {
            UnixDatagram::unbound()
                .unwrap()
                .connect("/run/systemd/journal/socket")
                .ok()
        });
        started
    }

    /// Writes as the unit, which only the first process may.
    fn say(message: &str) {
        let entry = format!(
            "PRIORITY=6\nUNIT={UNIT}\nMESSAGE\n{}{message}\n",
            // Lengths below 128 are one byte of text and seven zero bytes.
            char::from(u8::try_from(message.len()).unwrap()).to_string() + &"\0".repeat(7)
        );
        let socket = UnixDatagram::unbound().unwrap();
        socket
            .send_to(entry.as_bytes(), "/run/systemd/journal/socket")
            .unwrap();
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mount(on: &str) {
    let mut mount = Command::new("mount");
    let mounted = mount.args(["-t", "tmpfs", "none", on]).status();
    assert!(mounted.unwrap().success());
}

/// The process of this name in this namespace.
fn process(name: &str) -> Option<Pid> {
    let entries = fs::read_dir("/proc").unwrap();
    entries.flatten().find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let comm = fs::read_to_string(entry.path().join("comm")).ok()?;
        // One that is being reaped is none.
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        (comm.trim() == name && !stat.contains(") Z ")).then(|| Pid::from_raw(pid))?
    })
}

fn refused(unit: &str) -> String {
    let unit = unit.to_owned();
    let refused = LogSource::Journal { unit }.check().unwrap_err();
    refused.to_string()
}

/// The next line that matches.
fn line(heard: &Receiver<Told>) -> String {
    loop {
        let word = heard.recv_timeout(PATIENCE).unwrap().word;
        if let Word::Happened(happening) = word {
            return happening.sentence;
        }
    }
}

#[test]
fn a_journal_is_read_on_where_it_was_left_and_what_is_hidden_is_refused() {
    let name = "measure::log::journal_tests::\
                a_journal_is_read_on_where_it_was_left_and_what_is_hidden_is_refused";
    if env::var_os(INSIDE).is_some() {
        inside();
        return;
    }
    if journald().is_none() || !geteuid().is_root() {
        eprintln!("skipped: {name}: needs root and systemd-journald");
        return;
    }
    // systemd itself cannot run here.
    let folder = tempfile::tempdir().unwrap();
    let systemctl = folder.path().join("systemctl");
    let script = "#!/bin/sh\ncase \"$*\" in *gone*) echo not-found;; *) echo loaded;; esac\n";
    fs::write(&systemctl, script).unwrap();
    fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
    let path = env::var("PATH").unwrap();
    passes(
        Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .arg(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("PATH", format!("{}:{path}", folder.path().display()))
            .env(INSIDE, "1"),
    );
}

fn inside() {
    assert_eq!(std::process::id(), 1);
    mount("/run");
    mount("/var/log");
    let told = refused(UNIT);
    assert!(told.contains("there is no journal"), "{told}");
    let _journal = Journal::start();
    let source = LogSource::Journal {
        unit: UNIT.to_owned(),
    };
    source.check().unwrap();
    let told = refused("gone.service");
    assert!(told.contains("systemd knows no such unit"), "{told}");
    as_nobody();

    let expression = Expression::new("panic|ready|second").unwrap();
    let (words, heard) = bounded(1024);
    let listener = LogCondition { source, expression }.listen(3, words);
    // What is written before journalctl runs is not told.
    until("a follower", || {
        Journal::say("ready");
        heard.recv_timeout(Duration::from_millis(50)).ok()
    });
    Journal::say("panic one");
    while !line(&heard).contains("panic one") {}
    for _ in 0..2 {
        let follower = process("journalctl").unwrap();
        kill_process(follower, Signal::KILL).unwrap();
        until("its end", || {
            (process("journalctl") != Some(follower)).then_some(())
        });
        Journal::say("panic between\nand a second line");
        let says = |text: &str| format!("the journal of {UNIT} says: \"{text}\"");
        // Neither lost nor told twice.
        assert_eq!(line(&heard), says("panic between"));
        assert_eq!(line(&heard), says("and a second line"));
        Journal::say("panic after");
        assert_eq!(line(&heard), says("panic after"));
    }
    drop(listener);
}

/// What a user is told who may not see what the system writes: with a journal of
/// the user's own, and without.
fn as_nobody() {
    let folder = fs::read_dir("/run/log/journal").unwrap().next();
    let folder = folder.unwrap().unwrap().path();
    let test = "measure::log::journal_tests::a_user_who_may_not_see_is_refused";
    let refused = || {
        passes(
            Command::new(env::current_exe().unwrap())
                .args(["--exact", test, "--nocapture"])
                .uid(NOBODY)
                .gid(NOBODY),
        );
    };
    refused();
    let own = folder.join(format!("user-{NOBODY}.journal"));
    fs::copy(folder.join("system.journal"), &own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    refused();
}

#[test]
fn a_user_who_may_not_see_is_refused() {
    // A part of the test above, as another user in its namespaces.
    if env::var_os(INSIDE).is_none() {
        return;
    }
    let told = refused(UNIT);
    assert!(told.contains("does not see what others"), "{told}");
    assert!(told.contains("systemd-journal"), "{told}");
}
