//! Real processes, really ending, really watched.

#![cfg(unix)]

mod puppet;

use std::time::Duration;

use crashcap_core::watch::{
    ExitStatus, TargetSpec, WatchError, WatchEvent, WatchOptions, Watcher, resolve,
};
use crossbeam_channel::bounded;
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
