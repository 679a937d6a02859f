//! Real processes, really ending, really watched.

#![cfg(unix)]

mod puppet;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::time::Duration;

use crashcap_core::clock;
use crashcap_core::watch::{
    ExitStatus, TargetSpec, WatchError, WatchEvent, WatchOptions, Watcher, resolve,
};
use crossbeam_channel::{RecvError, bounded};
use puppet::{Heard, Puppet};

#[test]
fn each_way_of_ending_is_told_with_its_status() {
    for (script, told) in [
        ("exit 0", "exited with status 0"),
        ("exit 3", "exited with status 3"),
        ("kill -SEGV $$", "was killed by SIGSEGV"),
        ("kill -ABRT $$", "was killed by SIGABRT"),
        ("kill -KILL $$", "was killed by SIGKILL"),
        ("kill -TERM $$", "was killed by SIGTERM"),
    ] {
        let puppet = Puppet::child(script);
        let heard = Heard::of(TargetSpec::Pid(puppet.pid()));
        puppet.go();
        let (status, left) = heard.end_of(puppet.pid());
        assert_eq!(status.to_string(), told, "{script}");
        assert_eq!(left, 0);
        assert_eq!(puppet.reap_text(), told, "watching took the status away");
    }
}

#[test]
fn one_that_is_not_our_child_is_told_too() {
    for (script, told) in [
        ("exit 3", "exited with status 3"),
        ("kill -SEGV $$", "was killed by SIGSEGV"),
    ] {
        let puppet = Puppet::orphan(script);
        let heard = Heard::of(TargetSpec::Pid(puppet.pid()));
        puppet.go();
        let (status, _) = heard.end_of(puppet.pid());
        assert_eq!(status.to_string(), told, "{script}");
    }
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    let error = resolve(&TargetSpec::Name("no-such-server-anywhere".into())).unwrap_err();
    assert!(matches!(error, WatchError::NoMatch { .. }), "{error}");
    let us = std::process::id();
    let error = resolve(&TargetSpec::Pid(us)).unwrap_err();
    assert_eq!(error, WatchError::Ourselves { pid: us });
    let puppet = Puppet::child("exit 0");
    let pid = puppet.pid();
    puppet.go();
    puppet.reap_text();
    let error = resolve(&TargetSpec::Pid(pid)).unwrap_err();
    assert_eq!(error, WatchError::NoSuchPid { pid });
}

#[test]
fn a_target_may_come_late() {
    let folder = tempfile::tempdir().unwrap();
    let name = "late-comer-of-a-long-name";
    let (sender, events) = bounded(8);
    let options = WatchOptions {
        wait: true,
        follow: false,
        ..WatchOptions::default()
    };
    let spec = TargetSpec::Name(name.into());
    let watcher = Watcher::start(spec, options, sender).unwrap();
    assert!(watcher.found().is_empty());
    let puppet = Puppet::named(folder.path(), name, "exit 7");
    let found = events.recv_timeout(Duration::from_secs(5)).unwrap();
    let WatchEvent::Found { process, .. } = found else {
        panic!("{found:?}");
    };
    assert_eq!(process.identity.pid, puppet.pid());
    assert_eq!(process.name, name);
    puppet.go();
    let ended = events.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(
        matches!(
            ended,
            WatchEvent::Ended {
                status: Some(ExitStatus::Code { code: 7 }),
                left: 0,
                ..
            }
        ),
        "{ended:?}"
    );
    // Nobody is left and nobody is waited for: the thread ends by itself.
    assert!(events.recv_timeout(Duration::from_secs(5)).is_err());
}

#[test]
fn a_core_dump_is_told_as_the_parent_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    // Where the hard limit forbids dumps, the parent sees none and neither do we.
    let script = "ulimit -c unlimited 2>/dev/null; kill -ABRT $$";
    let puppet = Puppet::of(
        Command::new("/bin/sh")
            .args(["-c", &format!("read line; {script}")])
            .current_dir(folder.path()),
    );
    let heard = Heard::of(TargetSpec::Pid(puppet.pid()));
    puppet.go();
    let (status, _) = heard.end_of(puppet.pid());
    assert_eq!(status.to_string(), puppet.reap_text());
}

#[test]
fn a_zombie_tells_its_status_and_is_no_target() {
    for (script, told) in [
        ("exit 0", "exited with status 0"),
        ("exit 3", "exited with status 3"),
        ("kill -SEGV $$", "was killed by SIGSEGV"),
    ] {
        let puppet = Puppet::never_reaped(script);
        let heard = Heard::of(TargetSpec::Pid(puppet.pid()));
        puppet.go();
        let (status, _) = heard.end_of(puppet.pid());
        assert_eq!(status.to_string(), told);
        let error = resolve(&TargetSpec::Pid(puppet.pid())).unwrap_err();
        let pid = puppet.pid();
        assert_eq!(error, WatchError::NoSuchPid { pid });
    }
}

#[test]
fn two_hundred_of_one_name_are_all_watched_to_their_ends() {
    let folder = tempfile::tempdir().unwrap();
    let name = "crowd-of-workers";
    let crowd: Vec<Puppet> = (0..200)
        .map(|_| Puppet::named(folder.path(), name, "exit 5"))
        .collect();
    let heard = Heard::of(TargetSpec::Name("crowd-of-w*".into()));
    let mut found = BTreeSet::new();
    while found.len() < crowd.len() {
        let WatchEvent::Found { process, .. } = heard.next() else {
            continue;
        };
        assert_eq!(process.name, name);
        found.insert(process.identity.pid);
    }
    assert_eq!(found, crowd.iter().map(Puppet::pid).collect());
    crowd.iter().for_each(Puppet::go);
    let mut lefts = Vec::new();
    while lefts.len() < crowd.len() {
        if let WatchEvent::Ended { status, left, .. } = heard.next() {
            assert_eq!(status, Some(ExitStatus::Code { code: 5 }));
            lefts.push(left);
        }
    }
    assert_eq!(lefts, (0..200).rev().collect::<Vec<_>>());
}

#[test]
fn a_new_worker_is_found_while_others_run_and_after_they_ended() {
    let folder = tempfile::tempdir().unwrap();
    let name = "worker-that-comes-and-goes";
    let first = Puppet::named(folder.path(), name, "kill -KILL $$");
    let options = WatchOptions {
        wait: false,
        follow: true,
        ..WatchOptions::default()
    };
    let heard = Heard::with(TargetSpec::Name(name.into()), options);
    assert_eq!(heard.found(), first.pid());
    let second = Puppet::named(folder.path(), name, "exit 0");
    assert_eq!(heard.found(), second.pid());
    for puppet in [&first, &second] {
        puppet.go();
        heard.end_of(puppet.pid());
    }
    let third = Puppet::named(folder.path(), name, "exit 0");
    assert_eq!(heard.found(), third.pid());
}

#[test]
fn what_a_target_starts_belongs_to_it_where_that_is_asked_for() {
    // A master that starts a worker at the first line, and outlives it.
    let script = "exec 3<&0; sh -c 'read more <&3; kill -SEGV $$' & wait; read end; exit 0";
    let options = WatchOptions {
        wait: false,
        follow: true,
        tree: true,
        ..WatchOptions::default()
    };
    for there_before in [false, true] {
        let master = Puppet::child(script);
        let watch = || Heard::with(TargetSpec::Pid(master.pid()), options.clone());
        let seen_first = (!there_before).then(&watch);
        if let Some(heard) = &seen_first {
            assert_eq!(heard.found(), master.pid());
        }
        let begun = watch();
        assert_eq!(begun.found(), master.pid());
        master.go();
        let worker = begun.found();
        assert_ne!(worker, master.pid());
        let heard = seen_first.unwrap_or_else(|| {
            let heard = watch();
            assert_eq!(heard.found(), master.pid());
            heard
        });
        assert_eq!(heard.found(), worker);
        let alone = Heard::of(TargetSpec::Pid(master.pid()));
        assert_eq!(alone.found(), master.pid());
        master.go();
        let (status, left) = heard.end_of(worker);
        assert_eq!(status.to_string(), "was killed by SIGSEGV");
        assert_eq!(left, 1);
        master.go();
        // The one that watches the master alone hears of nothing before that.
        assert_eq!(alone.end_of(master.pid()).1, 0);
        assert_eq!(heard.end_of(master.pid()).1, 0);
    }
}

#[test]
fn a_worker_that_becomes_what_is_looked_for_by_exec_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let name = "server-started-by-a-script";
    drop(Puppet::named(folder.path(), name, "exit 0"));
    let script = Puppet::child(&format!(
        "exec {} -c 'read line'",
        folder.path().join(name).display()
    ));
    let options = WatchOptions {
        wait: true,
        follow: false,
        ..WatchOptions::default()
    };
    let heard = Heard::with(TargetSpec::Executable(folder.path().join(name)), options);
    script.go();
    assert_eq!(heard.found(), script.pid());
}

#[test]
fn targets_are_found_by_command_line_and_executable() {
    let folder = tempfile::tempdir().unwrap();
    let puppet = Puppet::named(folder.path(), "of-many-words", "exit 0; : some-mark-7341");
    let found = |spec| -> Vec<u32> {
        let found = resolve(&spec).unwrap();
        found.iter().map(|process| process.identity.pid).collect()
    };
    for pattern in ["some-mark-7341", "*of-many-words*mark-734?"] {
        assert_eq!(
            found(TargetSpec::CommandLine(pattern.into())),
            [puppet.pid()]
        );
    }
    let path = folder.path().join("of-many-words");
    assert_eq!(found(TargetSpec::Executable(path)), [puppet.pid()]);
    assert_eq!(found(TargetSpec::Name("of-many-*".into())), [puppet.pid()]);
    let error = resolve(&TargetSpec::Name("of-mny-words".into())).unwrap_err();
    let WatchError::NoMatch { similar, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(similar[0], "of-many-words");
}

#[test]
fn all_who_hold_a_listening_socket_are_found_by_its_port() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let hold = |socket: TcpListener| Puppet::of_listener(OwnedFd::from(socket));
    let first = hold(socket.try_clone().unwrap());
    let second = hold(socket);
    let found: Vec<u32> = resolve(&TargetSpec::Port(port))
        .unwrap()
        .iter()
        .map(|process| process.identity.pid)
        .collect();
    let mut expected = [first.pid(), second.pid()];
    expected.sort_unstable();
    assert_eq!(found, expected);
    drop((first, second));
    assert_eq!(
        resolve(&TargetSpec::Port(port)),
        Err(WatchError::NobodyListens { port })
    );
}

#[test]
fn a_dropped_watcher_ends_its_thread_even_when_nobody_listens() {
    let puppet = Puppet::child("exit 0");
    // Nothing can be sent: the thread is stuck with the first event.
    let (sender, events) = bounded(0);
    let watcher = Watcher::start(
        TargetSpec::Pid(puppet.pid()),
        WatchOptions::default(),
        sender,
    )
    .unwrap();
    drop(watcher);
    assert_eq!(events.recv(), Err(RecvError));
    // And one that waits for the end of its target.
    let (sender, events) = bounded(8);
    let watcher = Watcher::start(
        TargetSpec::Pid(puppet.pid()),
        WatchOptions::default(),
        sender,
    )
    .unwrap();
    assert!(matches!(events.recv(), Ok(WatchEvent::Found { .. })));
    drop(watcher);
    assert_eq!(events.recv(), Err(RecvError));
}

#[test]
fn ends_are_noticed_within_milliseconds() {
    let mut delays = Vec::new();
    for _ in 0..100 {
        let puppet = Puppet::orphan("exit 0");
        let heard = Heard::of(TargetSpec::Pid(puppet.pid()));
        heard.found();
        let killed = clock::now();
        puppet.kill();
        loop {
            if let WatchEvent::Ended { at, .. } = heard.next() {
                delays.push(at.monotonic.since(killed.monotonic));
                break;
            }
        }
    }
    delays.sort();
    let (median, p99) = (delays[50], delays[98]);
    println!("kill to notice: median {median:?}, p99 {p99:?}");
    // The fallback would take tens of milliseconds at the median.
    assert!(median < Duration::from_millis(20), "{delays:?}");
}
