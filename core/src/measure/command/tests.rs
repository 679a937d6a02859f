//! Programs that hang, fork, flood, are missing and are refused, for real.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::bounded;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;
use crate::clock::now;
use crate::watch::ExitStatus;

/// Longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);
const ROOM: usize = 1 << 10;

fn shell(script: &str) -> Program {
    Program::new("sh", ["-c", script])
}

fn run(script: &str) -> Outcome {
    run_program(&shell(script), PATIENCE, ROOM).unwrap()
}

/// The process whose number a script wrote.
fn process(text: &str) -> Pid {
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

/// Waits until a process is gone, or a zombie that somebody else is to reap.
fn is_gone(pid: Pid) -> bool {
    let start = now().monotonic;
    let (_open, nothing) = bounded::<()>(0);
    while now().monotonic.since(start) < PATIENCE {
        let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        let zombie = state.is_ok_and(|stat| stat.contains(") Z "));
        if zombie || test_kill_process(pid).is_err() {
            return true;
        }
        let _ = nothing.recv_timeout(Duration::from_millis(2));
    }
    false
}

/// A script, written by another process: while this one had it open, a test beside
/// could start a program that has it open for a moment, and it would be busy.
fn script(folder: &tempfile::TempDir, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join("script");
    let write = Program::new("sh", ["-c", "printf '%s' \"$TEXT\" > \"$FILE\""]);
    let write = write.with([("TEXT", OsStr::new(text)), ("FILE", path.as_os_str())]);
    assert!(run_program(&write, PATIENCE, ROOM).unwrap().succeeded());
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn refused(path: PathBuf) -> CannotRun {
    let program = Program::new(path, ["x"]);
    run_program(&program, PATIENCE, ROOM).unwrap_err()
}

#[test]
fn a_program_tells_its_status_and_output() {
    let outcome = run("echo out; echo err >&2; exit 3");
    assert_eq!(outcome.end, End::Ended(ExitStatus::Code { code: 3 }));
    assert_eq!(outcome.output.text, "out\nerr\n");
    assert!(!outcome.succeeded());
    assert!(run("true").succeeded());
}

#[test]
fn a_signal_is_told() {
    let end = run("kill -9 $$").end;
    let End::Ended(ExitStatus::Signal { number: 9, .. }) = end else {
        panic!("{end:?}");
    };
}

#[test]
fn arguments_are_no_shells() {
    let program = Program::new("echo", ["$HOME; *", "a  b"]);
    let outcome = run_program(&program, PATIENCE, ROOM).unwrap();
    assert_eq!(outcome.output.text, "$HOME; * a  b\n");
}

#[test]
fn it_has_the_facts_and_nothing_to_read() {
    let program = shell("echo $CRASHCAP_TEST; cat").with([("CRASHCAP_TEST", "7 8")]);
    let outcome = run_program(&program, PATIENCE, ROOM).unwrap();
    assert!(outcome.succeeded());
    assert_eq!(outcome.output.text, "7 8\n");
}

#[test]
fn one_that_hangs_is_ended_with_what_it_started() {
    let timeout = Duration::from_millis(300);
    let program = shell("sleep 600 & echo $!; trap '' TERM; sleep 600; echo late");
    let outcome = run_program(&program, timeout, ROOM).unwrap();
    assert_eq!(outcome.end, End::TimedOut);
    assert!(outcome.took >= timeout && outcome.took < PATIENCE / 2);
    assert!(is_gone(process(&outcome.output.text)));
}

#[test]
fn one_that_is_stopped_ends_at_once() {
    let (stop, stopped) = bounded::<()>(0);
    let runs = std::thread::spawn(move || {
        run_program_until(&shell("sleep 600"), 30 * PATIENCE, ROOM, &stopped).unwrap()
    });
    drop(stop);
    let outcome = runs.join().unwrap();
    assert_eq!(outcome.end, End::Stopped);
    assert!(outcome.took < PATIENCE);
}

#[test]
fn a_daemon_that_keeps_the_output_open_holds_nothing_up() {
    let outcome = run("setsid sleep 600 & echo $!; echo last");
    assert!(outcome.succeeded(), "{outcome:?}");
    let pid = process(outcome.output.text.strip_suffix("last\n").unwrap());
    assert!(test_kill_process(pid).is_ok(), "what it left is let be");
    kill_process(pid, Signal::KILL).unwrap();
    assert!(outcome.took < PATIENCE / 2);
}

#[test]
fn a_flood_is_kept_within_its_room() {
    let outcome = run("echo first; yes | head -c 30000000; echo last; echo end >&2");
    assert!(outcome.succeeded());
    let Output { text, left_out } = outcome.output;
    assert!(text.starts_with("first\ny\n") && text.ends_with("y\nlast\nend\n"));
    assert_eq!(left_out, 6 + 30_000_000 + 5 + 4 - ROOM as u64);
    assert!(text.len() < ROOM + 100);
}

#[test]
fn a_flood_without_end_is_ended() {
    let outcome = run_program(&shell("exec yes"), Duration::from_millis(200), ROOM).unwrap();
    assert_eq!(outcome.end, End::TimedOut);
    assert!(outcome.output.left_out > 0);
}

#[test]
fn what_cannot_run_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert_eq!(
        refused(missing.clone()),
        CannotRun::NoSuchFile { path: missing }
    );
    let path = folder.path().to_path_buf();
    assert_eq!(refused(path.clone()), CannotRun::NotAFile { path });
    let path = script(&folder, "#!/bin/sh\n", 0o644);
    let told = refused(path.clone());
    assert_eq!(told, CannotRun::NotExecutable { path: path.clone() });
    assert!(told.to_string().ends_with("`chmod +x`"), "{told}");
    script(&folder, "#!/no/such/interpreter\n", 0o755);
    assert_eq!(refused(path.clone()), CannotRun::NoInterpreter { path });
    let path = script(&folder, "echo no first line\n", 0o755);
    assert_eq!(refused(path.clone()), CannotRun::NotAProgram { path });
    let nameless = Program::default();
    assert_eq!(nameless.check(), Err(CannotRun::Empty));
    let unknown = Program::new("crashcap-no-such-program", ["x"]);
    let told = unknown.check().unwrap_err();
    assert!(told.to_string().contains("no folder of PATH"), "{told}");
    let inside = folder.path().join("script/inside");
    let told = Program::new(inside, ["x"]).check().unwrap_err();
    assert!(told.to_string().contains("Not a directory"), "{told}");
}

#[test]
fn a_refusal_of_the_system_is_no_question_of_mode() {
    let path = PathBuf::from("/bin/sh");
    let error = rustix::io::Errno::ACCESS.into();
    let told = Program::new("sh", ["x"]).why(&path, &error);
    assert_eq!(told, CannotRun::Refused { path });
    assert!(told.to_string().contains("AppArmor or SELinux"), "{told}");
}

#[test]
fn a_check_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = script(&folder, "#!/bin/sh\ntouch $0.ran\n", 0o755);
    let program = Program::new(&path, ["x"]);
    assert_eq!(program.check().unwrap(), path);
    assert!(!folder.path().join("script.ran").exists());
    assert!(run_program(&program, PATIENCE, ROOM).unwrap().succeeded());
    assert!(folder.path().join("script.ran").exists());
}
