//! Watching across users, core dumps and reused PIDs: needs root, and the first
//! namespaces for the process connector.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crashcap_core::clock::{self, Now};
use crashcap_core::watch::{
    ExitStatus, TargetSpec, WatchError, WatchEvent, WatchOptions, Watcher, resolve,
};
use crashcap_tests::live::{copy_program, may_be_other_users};
use crossbeam_channel::{Receiver, bounded};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Users that own nothing here: Debian's and others' nobody, and one below it.
const WATCHING_USER: u32 = 65_534;
const TARGET_USER: u32 = 65_533;
/// The longest wait for anything; a status may be waited for 10 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs something on a thread that is another user. The kernel keeps a user
/// for each thread; only the C library makes them one. What the thread starts
/// is that user as well.
fn as_user<T: Send>(user: u32, what: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let id = libc::c_ulong::from(user);
            // SAFETY: takes plain values, and changes this thread alone.
            let groups = unsafe { libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<u32>()) };
            // SAFETY: as above.
            let group = unsafe { libc::syscall(libc::SYS_setresgid, id, id, id) };
            // SAFETY: as above.
            let user = unsafe { libc::syscall(libc::SYS_setresuid, id, id, id) };
            assert_eq!((groups, group, user), (0, 0, 0), "this test needs root");
            what()
        });
        thread.join().unwrap()
    })
}

/// The same in a network namespace of its own, where the kernel refuses the
/// process connector.
fn as_user_elsewhere<T: Send>(user: u32, what: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: a network namespace is not memory; this thread alone enters it.
            unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.unwrap();
            as_user(user, what)
        });
        thread.join().unwrap()
    })
}

/// A shell of another user that waits for a line, runs the script and ends;
/// its parent never asks for its status, or ends before.
struct Stranger {
    pid: u32,
    strings: ChildStdin,
    parent: Child,
}

impl Stranger {
    fn new(user: u32, then: &str, script: &str) -> Self {
        let first = format!(
            "ulimit -S -c unlimited; exec 3<&0; setpriv --reuid {user} --regid {user} --clear-groups \
             sh -c \"read line; $1\" <&3 3<&- >/dev/null & echo $!; exec 3<&-; {then}"
        );
        let mut parent = Command::new("/bin/sh")
            .args(["-c", &first, "sh", script])
            // Cores are allowed, but the stranger may not write here.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let strings = parent.stdin.take().unwrap();
        let mut told = String::new();
        BufReader::new(parent.stdout.take().unwrap())
            .read_line(&mut told)
            .unwrap();
        Self {
            pid: told.trim().parse().unwrap(),
            strings,
            parent,
        }
    }

    fn go(&self) {
        (&self.strings).write_all(b"go\n").unwrap();
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.parent.kill();
        let _ = self.parent.wait();
    }
}

fn watch(spec: TargetSpec) -> (Watcher, Receiver<WatchEvent>) {
    let (sender, events) = bounded(64);
    let watcher = Watcher::start(spec, WatchOptions::default(), sender).unwrap();
    (watcher, events)
}

/// The status of the only target, told with its end or after; and what was
/// said to be worse than it could be.
fn status_of_end(events: &Receiver<WatchEvent>) -> (ExitStatus, Option<String>) {
    let mut degraded = None;
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            WatchEvent::Ended {
                status: Some(status),
                ..
            }
            | WatchEvent::Status { status, .. } => return (status, degraded),
            WatchEvent::Degraded { sentence } => degraded = Some(sentence),
            _ => {}
        }
    }
}

/// Ends with their statuses in words.
const ENDS: [(&str, &str); 4] = [
    ("exit 0", "exited with status 0"),
    ("exit 3", "exited with status 3"),
    ("kill -SEGV $$", "was killed by SIGSEGV"),
    ("ulimit -c 0; kill -ABRT $$", "was killed by SIGABRT"),
];

/// One stranger for each way of ending.
fn strangers(then: &str) -> Vec<Stranger> {
    ENDS.iter()
        .map(|(script, _)| Stranger::new(TARGET_USER, then, script))
        .collect()
}

/// Lets them end while they are watched; what was told of each, and what else.
fn ends_of(strangers: &[Stranger]) -> Vec<(ExitStatus, Option<String>)> {
    let watched: Vec<_> = strangers
        .iter()
        .map(|stranger| (stranger, watch(TargetSpec::Pid(stranger.pid))))
        .collect();
    watched.iter().for_each(|(stranger, _)| stranger.go());
    watched
        .iter()
        .map(|(_, (_, events))| status_of_end(events))
        .collect()
}

/// Reaped by init at once; and never reaped, so that only the connector could
/// tell it to a stranger.
const PARENTS: [&str; 2] = ["", "exec sleep 600"];

#[test]
fn the_end_of_another_users_process_is_never_told_wrongly() {
    if !may_be_other_users("the_end_of_another_users_process_is_never_told_wrongly") {
        return;
    }
    for then in PARENTS {
        let strangers = strangers(then);
        let told = as_user(WATCHING_USER, || ends_of(&strangers));
        for ((status, _), (script, right)) in told.into_iter().zip(ENDS) {
            println!("{script} ({then}): {status}");
            match status {
                ExitStatus::Unknown { reason } => {
                    assert!(reason.contains("another user"), "{script}: {reason}");
                }
                known => assert_eq!(known.to_string(), right, "{script}"),
            }
        }
    }
}

#[test]
fn without_the_connector_a_strangers_crash_is_not_told_as_a_clean_end() {
    if !may_be_other_users("without_the_connector_a_strangers_crash_is_not_told_as_a_clean_end") {
        return;
    }
    let strangers = strangers("exec sleep 600");
    let told = as_user_elsewhere(WATCHING_USER, || ends_of(&strangers));
    for ((status, degraded), (script, right)) in told.into_iter().zip(ENDS) {
        println!("{script}: {status}; {degraded:?}");
        let ExitStatus::Unknown { reason } = status else {
            panic!("{script}: nobody tells {right} to a stranger, yet: {status}");
        };
        let by_signal = reason.contains("a signal ended it");
        assert_eq!(by_signal, right.contains("killed"), "{script}: {reason}");
        let degraded = degraded.unwrap_or_default();
        assert!(degraded.contains("network namespace"), "{degraded}");
    }
}

#[test]
fn root_is_told_every_status() {
    if !may_be_other_users("root_is_told_every_status") {
        return;
    }
    for then in PARENTS {
        let told = ends_of(&strangers(then));
        for ((status, _), (_, right)) in told.into_iter().zip(ENDS) {
            assert_eq!(status.to_string(), right, "{then}");
        }
    }
}

#[test]
fn a_listener_that_cannot_be_seen_is_unknown_and_not_nobody() {
    if !may_be_other_users("a_listener_that_cannot_be_seen_is_unknown_and_not_nobody") {
        return;
    }
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut holder = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .spawn()
        .unwrap();
    let spec = TargetSpec::Port(port);
    let seen = resolve(&spec).unwrap();
    assert_eq!(seen[0].identity.pid, holder.id());
    let unseen = as_user(WATCHING_USER, || resolve(&spec));
    assert_eq!(unseen, Err(WatchError::ListenerUnknown { port }));
    holder.kill().unwrap();
    holder.wait().unwrap();
    let nobody = as_user(WATCHING_USER, || resolve(&spec));
    assert_eq!(nobody, Err(WatchError::NobodyListens { port }));
}

#[test]
fn the_fault_is_told_before_a_long_core_dump() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, killed, events, watcher) = dump_core(folder.path());
    let (mut fault, mut degraded) = (None, None);
    let (end, status) = loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            WatchEvent::Faulted { at, .. } => fault = Some(at),
            WatchEvent::Degraded { sentence } => degraded = Some(sentence),
            WatchEvent::Ended {
                at,
                status: Some(status),
                ..
            } => break (at, status),
            _ => {}
        }
    };
    drop(watcher);
    child.wait().unwrap();
    let after = |at: Now| at.monotonic.since(killed.monotonic);
    println!(
        "from the fault: its notice {:?}, the end {:?}; {status}; {degraded:?}",
        fault.map(after),
        after(end)
    );
    match (fault, degraded) {
        (Some(fault), None) => {
            assert!(fault.monotonic <= end.monotonic);
            assert!(after(fault) < Duration::from_millis(50));
        }
        // In a namespace of its own there is no connector, and it is said.
        (None, Some(sentence)) => assert!(sentence.contains("core"), "{sentence}"),
        other => panic!("{other:?}"),
    }
}

/// A process of 256 MB, filled, that may dump core and is killed by SIGABRT.
fn dump_core(folder: &Path) -> (Child, Now, Receiver<WatchEvent>, Watcher) {
    let mut child = Command::new("/bin/sh")
        .args([
            "-c",
            "ulimit -c unlimited; exec dd if=/dev/zero bs=256M 2>/dev/null",
        ])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Its first byte comes when all of its buffer is filled.
    let mut first = [0];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    let (watcher, events) = watch(TargetSpec::Pid(child.id()));
    let killed = clock::now();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::ABORT).unwrap();
    (child, killed, events, watcher)
}

#[test]
fn a_reused_pid_is_another_process() {
    if !may_be_other_users("a_reused_pid_is_another_process") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("reused-number");
    copy_program(Path::new("/bin/sh"), &program);
    let start = || {
        Command::new(&program)
            .args(["-c", "read line"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let end = |mut child: Child| {
        drop(child.stdin.take());
        child.wait().unwrap();
    };
    let first = start();
    let pid = first.id();
    let (sender, events) = bounded(64);
    let options = WatchOptions {
        wait: false,
        follow: true,
        ..WatchOptions::default()
    };
    let spec = TargetSpec::Name("reused-number".into());
    let watcher = Watcher::start(spec, options, sender).unwrap();
    let earlier = watcher.found()[0].identity;
    assert_eq!(earlier.pid, pid);
    end(first);
    // Processes are told apart by PID and start, and starts are counted in
    // hundredths of a second: only the kernel's hand reuses a PID sooner.
    crossbeam_channel::after(Duration::from_millis(20))
        .recv()
        .unwrap();
    let second = start_as(pid, &start, &end);
    let mut ended = false;
    let later = loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            WatchEvent::Ended { process, .. } if process == earlier => ended = true,
            WatchEvent::Found { process, .. } if ended && process.identity.pid == pid => {
                break process.identity;
            }
            _ => {}
        }
    };
    assert_ne!(later, earlier);
    end(second);
    let told = loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            WatchEvent::Ended { process, .. } if process.pid == pid => break process,
            _ => {}
        }
    };
    assert_eq!(told, later);
}

/// Starts processes until one has this PID: the kernel is told to begin there,
/// and others may be quicker.
fn start_as(pid: u32, start: &dyn Fn() -> Child, end: &dyn Fn(Child)) -> Child {
    for _ in 0..200 {
        std::fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).unwrap();
        let child = start();
        if child.id() == pid {
            return child;
        }
        end(child);
    }
    panic!("pid {pid} was not to be had");
}
