//! Real processes that really use what is measured.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::clock::now;
use crate::watch::procfs::Stat;

/// The longest wait for anything; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A shell that says a line when it has done what its script says.
struct Puppet {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    strings: ChildStdin,
}

impl Puppet {
    fn of(script: &str) -> Self {
        let mut child = Command::new("/bin/sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let strings = child.stdin.take().unwrap();
        Self {
            child,
            lines,
            strings,
        }
    }

    fn hears(&mut self) {
        let mut line = String::new();
        assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended");
    }

    fn goes_on(&mut self) {
        self.strings.write_all(b"go\n").unwrap();
    }

    fn identity(&self) -> ProcessIdentity {
        let pid = self.child.id();
        ProcessIdentity {
            pid,
            started: Stat::read(pid).unwrap().started,
        }
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ourselves() -> ProcessIdentity {
    let pid = std::process::id();
    ProcessIdentity {
        pid,
        started: Stat::read(pid).unwrap().started,
    }
}

fn probe(resource: Resource, combine: Combine) -> Usage {
    Usage::new(resource, combine, "server").unwrap()
}

fn value(probe: &mut Usage, targets: &[ProcessIdentity]) -> f64 {
    probe.read(targets, now()).unwrap().value
}

fn pause(span: Duration) {
    let (_open, nothing) = crossbeam_channel::bounded::<()>(0);
    let _ = nothing.recv_timeout(span);
}

#[test]
fn a_process_that_spins_uses_more_than_one_that_waits() {
    let mut spins = Puppet::of("echo spinning; while :; do :; done");
    let mut waits = Puppet::of("echo waiting; read line");
    spins.hears();
    waits.hears();
    let both = [spins.identity(), waits.identity()];
    let mut highest = probe(Resource::Cpu, Combine::Highest);
    let mut lowest = probe(Resource::Cpu, Combine::Lowest);
    let first = highest.read(&both, now()).unwrap_err();
    assert!(matches!(first, Unmeasured::NotYet { .. }), "{first}");
    assert!(lowest.read(&both, now()).is_err());
    // The machine may be busy with other tests: it gets time some day.
    let start = now();
    let told = loop {
        pause(Duration::from_millis(250));
        let told = highest.read(&both, now()).unwrap();
        if told.value > 15.0 {
            break told;
        }
        assert!(
            now().monotonic.since(start.monotonic) < PATIENCE,
            "{told:?}"
        );
    };
    assert!(told.value < 150.0, "{told:?}");
    let whose = format!("pid {} of 2 processes", both[0].pid);
    assert_eq!(told.note.unwrap(), whose);
    assert!(value(&mut lowest, &both) < 1.0);
}

#[test]
fn memory_counts_once_it_is_touched() {
    let mut eats = Puppet::of(
        "echo one; read line; x=$(head -c 33554432 /dev/zero | tr '\\0' a); echo two; read line",
    );
    let mut waits = Puppet::of("echo ready; read line");
    eats.hears();
    waits.hears();
    let both = [eats.identity(), waits.identity()];
    let mut sum = probe(Resource::ResidentMemory, Combine::Sum);
    let mut highest = probe(Resource::ResidentMemory, Combine::Highest);
    let before = value(&mut sum, &both);
    assert!(before > 65_536.0, "{before}");
    eats.goes_on();
    eats.hears();
    let after = value(&mut sum, &both);
    assert!(after - before >= 33_000_000.0, "{before} to {after}");
    let told = highest.read(&both, now()).unwrap();
    assert!(33_000_000.0 < told.value && told.value < after, "{told:?}");
    let whose = format!("pid {} of 2 processes", both[0].pid);
    assert_eq!(told.note.unwrap(), whose);
}

#[test]
fn threads_and_files_are_counted() {
    let mut child = Puppet::of(
        "echo one; read line; exec 5</dev/null 6</dev/null 7</dev/null; echo two; read line",
    );
    child.hears();
    let target = [child.identity()];
    let mut files = probe(Resource::OpenFiles, Combine::Highest);
    let mut threads = probe(Resource::Threads, Combine::Highest);
    assert!((value(&mut threads, &target) - 1.0).abs() < 0.5);
    let before = value(&mut files, &target);
    let listed = std::fs::read_dir(format!("/proc/{}/fd", target[0].pid)).unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let listed = listed.count() as f64;
    assert!((before - listed).abs() < 0.5, "{before} and {listed}");
    child.goes_on();
    child.hears();
    let after = value(&mut files, &target);
    assert!((after - before - 3.0).abs() < 0.5, "{before} to {after}");

    let (stop, told) = crossbeam_channel::bounded::<()>(0);
    let us = [ourselves()];
    let many: Vec<_> = (0..20)
        .map(|_| {
            let told = told.clone();
            std::thread::spawn(move || told.recv())
        })
        .collect();
    let with_many = value(&mut threads, &us);
    assert!(with_many >= 21.0, "{with_many}");
    drop(stop);
    for thread in many {
        assert!(thread.join().unwrap().is_err());
    }
}

#[test]
fn what_has_ended_uses_nothing() {
    let mut child = Puppet::of("echo ready; read line");
    child.hears();
    let gone = child.identity();
    drop(child);
    let us = ourselves();
    let mut threads = probe(Resource::Threads, Combine::Lowest);
    assert_eq!(threads.read(&[gone], now()), Err(Unmeasured::NoTarget));
    assert_eq!(threads.read(&[], now()), Err(Unmeasured::NoTarget));
    let left = threads.read(&[gone, us], now()).unwrap();
    assert!(left.value >= 1.0 && left.note.is_none(), "{left:?}");
    let taken_anew = ProcessIdentity {
        started: us.started + 1,
        ..us
    };
    let another = threads.read(&[taken_anew], now());
    assert_eq!(another, Err(Unmeasured::NoTarget));
}

#[test]
fn what_is_another_users_is_counted_or_refused_but_never_none() {
    let pid = 1;
    let started = Stat::read(pid).unwrap().started;
    let first = [ProcessIdentity { pid, started }];
    // Rights are a thread's own: this one gives them up and ends.
    let looks = std::thread::spawn(move || {
        let nobody = 65534;
        // SAFETY: plain numbers; the bare call changes this thread alone.
        let _ = unsafe { libc::syscall(libc::SYS_setresuid, nobody, nobody, nobody) };
        let look = |resource| probe(resource, Combine::Sum).read(&first, now());
        (look(Resource::ResidentMemory), look(Resource::OpenFiles))
    });
    let (memory, files) = looks.join().unwrap();
    assert!(memory.unwrap().value > 0.0);
    match files {
        Ok(told) => assert!(told.value > 0.0, "{told:?}"),
        Err(refused) => {
            let refused = refused.to_string();
            assert!(
                refused.contains("pid 1 belong to another user"),
                "{refused}"
            );
        }
    }
}
