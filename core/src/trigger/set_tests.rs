//! Triggers of every sort together: what fires, with which words and moment.

use std::time::Duration;

use super::choice::{Condition, CrashSet, FireWhen, Observed, ProcessEvent, Trigger, When};
use super::firing::{Firing, TriggerKind};
use super::packets::PacketKind;
use super::rules::{LeafId, Test, What};
use super::set::{LeafSignal, TriggerSet};
use crate::clock::{Monotonic, Now};
use crate::measure::{ProbeChoice, SocketScope, SocketState};
use crate::units::Timestamp;
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, WatchEvent};

fn at(milliseconds: u64) -> Now {
    Now {
        monotonic: Monotonic(milliseconds * 1_000_000),
        wall: Timestamp(1_700_000_000_000_000_000 + milliseconds * 1_000_000),
    }
}

fn identity(pid: u32) -> ProcessIdentity {
    ProcessIdentity { pid, started: 7 }
}

fn found(pid: u32, when: u64) -> WatchEvent {
    WatchEvent::Found {
        process: ProcessInfo {
            identity: identity(pid),
            name: "server".into(),
            executable: None,
            command_line: "server".into(),
            user: None,
        },
        at: at(when),
        method: ExitMethod::PidFd,
    }
}

fn killed(pid: u32, when: u64) -> WatchEvent {
    WatchEvent::Ended {
        process: identity(pid),
        at: at(when),
        status: Some(ExitStatus::Signal {
            number: 11,
            core_dumped: None,
        }),
        left: 0,
    }
}

fn close_wait(above: f64, sustained: Duration) -> When {
    When::One(Condition {
        of: Observed::Probe {
            probe: ProbeChoice::Sockets {
                states: SocketState::CloseWait.into(),
                scope: SocketScope::Target,
            },
            every: Duration::from_secs(1),
        },
        test: Test::Above(above),
        sustained,
    })
}

fn silence() -> When {
    let after = Duration::from_secs(5);
    When::One(Condition::happens(Observed::Packets(PacketKind::Silence {
        after,
    })))
}

fn crash() -> When {
    Trigger::on(ProcessEvent::Crash(CrashSet::default())).when
}

fn set(triggers: Vec<Trigger>) -> TriggerSet {
    TriggerSet::new(triggers, FireWhen::Any, "server", at(0))
}

fn measured(leaf: u16, value: f64, when: u64, note: &str) -> LeafSignal {
    LeafSignal {
        leaf: LeafId(leaf),
        what: What::Measured(value),
        at: at(when),
        note: Some(note.into()),
    }
}

fn happened(leaf: u16, when: u64, note: &str) -> LeafSignal {
    LeafSignal {
        leaf: LeafId(leaf),
        what: What::Happened,
        at: at(when),
        note: Some(note.into()),
    }
}

#[test]
fn sockets_fire_once_they_stood_so_long_and_say_what_was_counted() {
    let mut set = set(vec![Trigger::of(close_wait(100.0, Duration::from_secs(5)))]);
    for second in 0..5 {
        let signal = measured(0, 112.0, second * 1000, "all of them with 192.0.2.7");
        assert!(set.signalled(signal, at(second * 1000)).is_empty());
    }
    assert!(set.tick(at(4999)).is_empty());
    let firings = set.tick(at(5000));
    assert_eq!(firings.len(), 1);
    let firing = &firings[0];
    assert_eq!((firing.kind, firing.at), (TriggerKind::Sockets, at(5000)));
    assert_eq!(
        firing.to_string(),
        "TCP sockets in CLOSE_WAIT of server: 112, above 100 for 5 s (all of them with 192.0.2.7)"
    );
    let status = &set.status()[0];
    assert_eq!((status.value, status.limit), (Some(112.0), Some(100.0)));
    assert_eq!(status.shown.as_deref(), Some("112"));
    assert!(set.tick(at(60_000)).is_empty(), "it holds on, and was told");
}

#[test]
fn one_that_cannot_be_measured_does_not_count_as_none() {
    let below = |limit| {
        let mut when = close_wait(0.0, Duration::ZERO);
        if let When::One(one) = &mut when {
            one.test = Test::Below(limit);
        }
        Trigger::of(when)
    };
    let mut set = set(vec![below(10.0)]);
    let unknown = LeafSignal {
        what: What::Unknown,
        ..measured(0, 0.0, 100, "permission denied")
    };
    assert!(set.signalled(unknown, at(100)).is_empty());
    assert_eq!(set.status()[0].value, None);
    assert_eq!(set.status()[0].note.as_deref(), Some("permission denied"));
    assert_eq!(set.signalled(measured(0, 3.0, 200, ""), at(200)).len(), 1);
}

#[test]
fn a_crash_beside_other_triggers_tells_of_the_process() {
    let mut set = set(vec![
        Trigger::of(close_wait(100.0, Duration::ZERO)),
        Trigger::on(ProcessEvent::Crash(CrashSet::default())),
    ]);
    assert!(set.observed(&found(7, 10), at(10)).is_empty());
    assert_eq!(set.alive(), [identity(7)]);
    let firings = set.observed(&killed(7, 20), at(25));
    assert_eq!(firings.len(), 1);
    assert_eq!(
        (firings[0].kind, firings[0].at),
        (TriggerKind::Crash, at(20))
    );
    assert!(firings[0].status.is_some() && firings[0].process.is_some());
    assert!(set.alive().is_empty());
}

#[test]
fn a_crash_is_told_once_where_its_end_is_asked_for_too() {
    let mut set = set(vec![
        Trigger::on(ProcessEvent::Exit),
        Trigger::on(ProcessEvent::Crash(CrashSet::default())),
    ]);
    set.observed(&found(7, 10), at(10));
    let kinds = |firings: Vec<Firing>| firings.iter().map(|one| one.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds(set.observed(&killed(7, 20), at(20))),
        [TriggerKind::Exit]
    );
}

#[test]
fn a_combination_tells_of_each_part() {
    let mut set = set(vec![Trigger {
        name: Some("hangs, then dies".into()),
        ..Trigger::of(When::Then {
            first: Box::new(silence()),
            then: Box::new(crash()),
            within: Duration::from_secs(10),
        })
    }]);
    set.observed(&found(7, 0), at(0));
    assert!(
        set.signalled(happened(0, 6_000, "no packet for 5 s"), at(6_000))
            .is_empty()
    );
    let firings = set.observed(&killed(7, 9_000), at(9_000));
    assert_eq!(firings.len(), 1);
    assert_eq!(firings[0].kind, TriggerKind::Combination);
    assert_eq!(firings[0].process.as_ref().unwrap().identity, identity(7));
    let words = firings[0].to_string();
    assert!(
        words.contains("server (pid 7) was killed by SIGSEGV"),
        "{words}"
    );
    assert!(
        firings[0]
            .note
            .as_ref()
            .unwrap()
            .contains("hangs, then dies")
    );
    // Too late.
    set.observed(&found(8, 20_000), at(20_000));
    assert!(set.observed(&killed(8, 30_000), at(30_000)).is_empty());
}

#[test]
fn how_often_it_fires_is_bounded() {
    let trigger = |change: fn(&mut Trigger)| {
        let mut trigger = Trigger::of(silence());
        change(&mut trigger);
        let mut set = set(vec![trigger]);
        (1..=10)
            .map(|second| happened(0, second * 1000, "no packet"))
            .map(|signal| set.signalled(signal.clone(), signal.at).len())
            .sum::<usize>()
    };
    assert_eq!(trigger(|_| {}), 10);
    assert_eq!(trigger(|one| one.most = Some(3)), 3);
    assert_eq!(trigger(|one| one.cool_down = Duration::from_secs(4)), 3);
    assert_eq!(trigger(|one| one.grace = Duration::from_millis(8500)), 2);
}

#[test]
fn what_happened_in_packets_has_their_moment() {
    let mut set = set(vec![Trigger::of(silence())]);
    let firings = set.signalled(happened(0, 5_000, "no packet for 5 s"), at(5_060));
    assert_eq!(firings[0].at, at(5_000));
    assert_eq!(firings[0].to_string(), "no packet for 5 s");
    assert!(
        set.signalled(happened(9, 1, ""), at(6_000)).is_empty(),
        "there is no such"
    );
}
