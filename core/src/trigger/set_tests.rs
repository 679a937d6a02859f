//! Triggers of every sort together: what fires, with which words and moment.

use std::time::Duration;

use super::choice::{Condition, CrashSet, FireWhen, Observed, ProcessEvent, Trigger, When};
use super::firing::{Firing, TriggerKind};
use super::packets::PacketKind;
use super::rules::{Gate, LeafId, Test, What};
use super::set::{Fires, LeafSignal, TriggerSet};
use crate::clock::{Monotonic, Now};
use crate::measure::{
    Combine, Expression, HealthCheck, ListenerChoice, LogCondition, LogSource, ProbeChoice,
    Question, Resource, SocketScope, SocketState,
};
use crate::units::Timestamp;
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, WatchEvent};

/// A set whose gate is always open.
trait Open {
    fn hears(&mut self, signal: LeafSignal, now: Now) -> Vec<Firing>;
    fn sees(&mut self, event: &WatchEvent, now: Now) -> Vec<Firing>;
    fn passes(&mut self, now: Now) -> Vec<Firing>;
}

impl Open for TriggerSet {
    fn hears(&mut self, signal: LeafSignal, now: Now) -> Vec<Firing> {
        all_freeze(self.signalled(signal, now, Gate::Open))
    }

    fn sees(&mut self, event: &WatchEvent, now: Now) -> Vec<Firing> {
        all_freeze(self.observed(event, now, Gate::Open))
    }

    fn passes(&mut self, now: Now) -> Vec<Firing> {
        all_freeze(self.tick(now, Gate::Open))
    }
}

fn all_freeze(fires: Vec<Fires>) -> Vec<Firing> {
    assert!(fires.iter().all(|one| one.freezes), "{fires:?}");
    fires.into_iter().map(|one| one.firing).collect()
}

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
        assert!(set.hears(signal, at(second * 1000)).is_empty());
    }
    // Nobody has looked whether it is still so.
    assert!(set.passes(at(5_900)).is_empty());
    let signal = measured(0, 112.0, 6000, "all of them with 192.0.2.7");
    let firings = set.hears(signal, at(6000));
    assert_eq!(firings.len(), 1);
    let firing = &firings[0];
    assert_eq!((firing.kind, firing.at), (TriggerKind::Sockets, at(6000)));
    assert_eq!(
        firing.to_string(),
        "TCP sockets in CLOSE_WAIT of server: 112, above 100 for 5 s (all of them with 192.0.2.7)"
    );
    let status = &set.status()[0];
    assert_eq!((status.value, status.limit), (Some(112.0), Some(100.0)));
    assert_eq!(status.shown.as_deref(), Some("112"));
    assert!(
        set.passes(at(60_000)).is_empty(),
        "it holds on, and was told"
    );
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
    assert!(set.hears(unknown, at(100)).is_empty());
    assert_eq!(set.status()[0].value, None);
    assert_eq!(set.status()[0].note.as_deref(), Some("permission denied"));
    assert_eq!(set.hears(measured(0, 3.0, 200, ""), at(200)).len(), 1);
}

#[test]
fn a_crash_beside_other_triggers_tells_of_the_process() {
    let mut set = set(vec![
        Trigger::of(close_wait(100.0, Duration::ZERO)),
        Trigger::on(ProcessEvent::Crash(CrashSet::default())),
    ]);
    assert!(set.sees(&found(7, 10), at(10)).is_empty());
    assert_eq!(set.alive(), [identity(7)]);
    let firings = set.sees(&killed(7, 20), at(25));
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
    set.sees(&found(7, 10), at(10));
    let kinds = |firings: Vec<Firing>| firings.iter().map(|one| one.kind).collect::<Vec<_>>();
    assert_eq!(kinds(set.sees(&killed(7, 20), at(20))), [TriggerKind::Exit]);
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
    set.sees(&found(7, 0), at(0));
    assert!(
        set.hears(happened(0, 6_000, "no packet for 5 s"), at(6_000))
            .is_empty()
    );
    let firings = set.sees(&killed(7, 9_000), at(9_000));
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
    set.sees(&found(8, 20_000), at(20_000));
    assert!(set.sees(&killed(8, 30_000), at(30_000)).is_empty());
}

#[test]
fn how_often_it_fires_is_bounded() {
    let trigger = |change: fn(&mut Trigger)| {
        let mut trigger = Trigger::of(silence());
        change(&mut trigger);
        let mut set = set(vec![trigger]);
        (1..=10)
            .map(|second| happened(0, second * 1000, "no packet"))
            .map(|signal| set.hears(signal.clone(), signal.at).len())
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
    let firings = set.hears(happened(0, 5_000, "no packet for 5 s"), at(5_060));
    assert_eq!(firings[0].at, at(5_000));
    assert_eq!(firings[0].to_string(), "no packet for 5 s");
    assert!(
        set.hears(happened(9, 1, ""), at(6_000)).is_empty(),
        "there is no such"
    );
}

fn info(pid: u32) -> ProcessInfo {
    match found(pid, 0) {
        WatchEvent::Found { process, .. } => process,
        _ => unreachable!(),
    }
}

fn usage(test: Test) -> When {
    When::One(Condition {
        of: Observed::Probe {
            probe: ProbeChoice::Usage {
                resource: Resource::Cpu,
                combine: Combine::Highest,
            },
            every: Duration::from_secs(1),
        },
        test,
        sustained: Duration::ZERO,
    })
}

fn log(times: u32) -> When {
    When::One(Condition {
        of: Observed::Listener(ListenerChoice::Log(LogCondition {
            source: LogSource::File("shop.log".into()),
            expression: Expression::new("panic").unwrap(),
        })),
        test: Test::Happens {
            times,
            within: Duration::from_secs(10),
        },
        sustained: Duration::ZERO,
    })
}

fn unknown(leaf: u16, when: u64, note: Option<&str>) -> LeafSignal {
    LeafSignal {
        leaf: LeafId(leaf),
        what: What::Unknown,
        at: at(when),
        note: note.map(ToOwned::to_owned),
    }
}

#[test]
fn what_is_told_is_what_counted_and_not_what_came_after() {
    let mut set = set(vec![Trigger::of(When::Then {
        first: Box::new(usage(Test::Above(95.0))),
        then: Box::new(silence()),
        within: Duration::from_secs(10),
    })]);
    set.hears(measured(0, 97.0, 1_000, "pid 7"), at(1_000));
    set.hears(measured(0, 3.0, 2_000, "pid 8"), at(2_000));
    let status = &set.status()[0];
    assert_eq!((status.value, status.counts), (Some(3.0), false));
    let firings = set.hears(happened(1, 5_000, "no packet for 5.0 s"), at(5_000));
    let words = firings[0].to_string();
    assert!(words.contains("97 % of a core, above 95 %"), "{words}");
    assert!(
        words.contains("pid 7") && !words.contains("pid 8"),
        "{words}"
    );
}

#[test]
fn a_logs_trouble_does_not_hide_its_line() {
    let mut set = set(vec![Trigger::of(When::All {
        of: vec![log(1), silence()],
        within: Duration::from_secs(10),
    })]);
    set.hears(happened(0, 1_000, "the log says: \"panic\""), at(1_000));
    set.hears(unknown(0, 2_000, Some("the log is not there")), at(2_000));
    let note = |set: &TriggerSet| set.status()[0].note.clone().unwrap_or_default();
    assert_eq!(note(&set), "the log is not there");
    // It is there again.
    set.hears(unknown(0, 3_000, None), at(3_000));
    assert_eq!(note(&set), "the log says: \"panic\"");
    let firings = set.hears(happened(1, 5_000, "no packet for 5.0 s"), at(5_000));
    let words = firings[0].to_string();
    assert!(words.contains("says: \"panic\""), "{words}");
}

#[test]
fn a_combination_keeps_how_a_process_ended() {
    let sockets = || close_wait(100.0, Duration::ZERO);
    let mut crashed = set(vec![Trigger::of(When::Any(vec![crash(), sockets()]))]);
    crashed.sees(&found(7, 0), at(0));
    let firings = crashed.sees(&killed(7, 20), at(20));
    assert_eq!(firings[0].kind, TriggerKind::Combination);
    assert!(firings[0].status.is_some() && firings[0].end == Some(at(20)));
    // The end of one is not that of the one that was started again.
    let restart = Trigger::on(ProcessEvent::Restart).when;
    let mut again = set(vec![Trigger::of(When::Any(vec![restart, sockets()]))]);
    again.sees(&found(7, 0), at(0));
    again.sees(&killed(7, 20), at(20));
    let firing = &again.sees(&found(8, 30), at(30))[0];
    assert_eq!(firing.process.as_ref().unwrap().identity, identity(8));
    assert!(firing.status.is_none() && firing.end.is_none());
}

#[test]
fn what_was_there_at_the_start_does_not_appear() {
    let appears = || vec![Trigger::on(ProcessEvent::Appears)];
    let mut running = set(appears()).begun_with(&[info(7)]);
    assert_eq!(running.alive(), [identity(7)]);
    assert_eq!(running.sees(&found(7, 1), at(1)), []);
    assert_eq!(running.sees(&found(8, 2), at(2)).len(), 1);
    running.sees(&killed(7, 3), at(3));
    let mut crashing = set(vec![Trigger::of(crash())]).begun_with(&[info(7)]);
    assert_eq!(crashing.sees(&killed(7, 3), at(3)).len(), 1);
}

#[test]
fn one_freezes_and_the_others_are_held_back() {
    let above = |limit| Trigger {
        most: Some(1),
        ..Trigger::of(close_wait(limit, Duration::ZERO))
    };
    let mut set = set(vec![above(100.0), above(50.0)]);
    set.hears(measured(1, 112.0, 1_000, ""), at(1_000));
    let freezes = |fires: Vec<Fires>| fires.iter().map(|one| one.freezes).collect::<Vec<_>>();
    let first = set.signalled(measured(0, 112.0, 2_000, ""), at(2_000), Gate::Shut);
    assert_eq!(freezes(first), [false]);
    assert_eq!(freezes(set.tick(at(3_000), Gate::Shut)), [false; 0]);
    assert_eq!(freezes(set.tick(at(4_000), Gate::Open)), [true]);
    assert_eq!(freezes(set.tick(at(5_000), Gate::Open)), [false; 0]);
}

/// Value, limit, whether it counts, and what is shown of the only condition.
fn gauge(set: &TriggerSet) -> (Option<f64>, Option<f64>, bool, String) {
    let [status] = <[_; 1]>::try_from(set.status()).unwrap();
    let shown = status.shown.unwrap_or_default();
    (status.value, status.limit, status.counts, shown)
}

#[test]
fn growth_is_told_against_what_is_waited_for() {
    let by = 40.0;
    let within = Duration::from_secs(10);
    let mut set = set(vec![Trigger::of(usage(Test::Grows { by, within }))]);
    assert_eq!(gauge(&set), (None, Some(by), false, String::new()));
    set.hears(measured(0, 20.0, 1_000, "pid 7"), at(1_000));
    set.hears(measured(0, 50.0, 2_000, "pid 7"), at(2_000));
    assert_eq!(
        gauge(&set),
        (Some(30.0), Some(by), false, "+30 % of a core".into())
    );
    let note = set.status()[0].note.clone();
    assert_eq!(note.as_deref(), Some("now 50 % of a core; pid 7"));
    assert_eq!(
        set.hears(measured(0, 61.0, 3_000, "pid 7"), at(3_000))
            .len(),
        1
    );
    assert_eq!(
        gauge(&set),
        (Some(41.0), Some(by), true, "+41 % of a core".into())
    );
    set.hears(unknown(0, 4_000, Some("no target")), at(4_000));
    assert_eq!(gauge(&set), (None, Some(by), false, String::new()));
}

#[test]
fn happenings_are_told_against_how_many_are_waited_for() {
    let mut set = set(vec![Trigger::of(log(3))]);
    assert_eq!(gauge(&set), (Some(0.0), Some(3.0), false, "0".into()));
    for (when, count) in [(1_000, 1.0), (2_000, 2.0), (3_000, 0.0), (4_000, 1.0)] {
        set.hears(happened(0, when, "panic"), at(when));
        assert_eq!(gauge(&set).0, Some(count));
    }
    let note = set.status()[0].note.clone();
    assert_eq!(note.as_deref(), Some("4 times, the last panic"));
    set.passes(at(20_000));
    assert_eq!(gauge(&set).0, Some(0.0), "that is too long ago");
}

#[test]
fn a_health_check_is_told_against_the_failures_that_are_waited_for() {
    let mut set = set(vec![Trigger::of(When::One(Condition {
        of: Observed::Listener(ListenerChoice::Health(HealthCheck {
            question: Question::connect("127.0.0.1:9").unwrap(),
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
        })),
        test: Test::Above(2.0),
        sustained: Duration::ZERO,
    }))]);
    let mut fails = |times: f64| {
        let fired = set
            .hears(measured(0, times, 1_000, "refused"), at(1_000))
            .len();
        let (value, limit, counts, _) = gauge(&set);
        assert_eq!((value, limit), (Some(times), Some(3.0)));
        (fired, counts)
    };
    assert_eq!(fails(2.0), (0, false));
    assert_eq!(fails(3.0), (1, true));
}

#[test]
fn a_wait_is_told_against_its_end() {
    let mut set = set(vec![Trigger::of(silence())]);
    assert_eq!(gauge(&set), (None, None, false, String::new()));
    set.neared(LeafId(0), 1.5);
    assert_eq!(gauge(&set), (Some(1.5), Some(5.0), false, "1.5 s".into()));
    set.neared(LeafId(0), 5.0);
    assert!(gauge(&set).2);
    set.hears(happened(0, 5_000, "no packet for 5.0 s"), at(5_000));
    let note = set.status()[0].note.clone();
    assert_eq!(note.as_deref(), Some("once: no packet for 5.0 s"));
    set.neared(LeafId(9), 1.0);
}
