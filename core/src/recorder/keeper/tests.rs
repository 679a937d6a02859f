//! The keeper's promises, over random schedules and in single scenes.

use std::time::Duration;

use proptest::prelude::*;

use super::simulation::{SEGMENT, World, numbers, rearm, settings};
use super::{Input, Settings};
use crate::capture::{Counters, SourceEnd};
use crate::clock::Now;
use crate::incident::FrozenBy;
use crate::limits;
use crate::measure::ProbeChoice;
use crate::profile::{Then, WhenFull};
use crate::recorder::answers::{Answer, Answers};
use crate::recorder::messages::{Command, Event, Outcome, Phase, Status, TrafficBin};
use crate::ring::SourceId;
use crate::trigger::rules::{LeafId, Test, What};
use crate::trigger::{Condition, LeafSignal, Observed, ProcessEvent, Trigger, When};
use crate::units::{ByteCount, PacketCount};
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, ProcessInfo, WatchEvent};

const MILLISECOND: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
enum Move {
    Packet { source: usize, length: usize },
    Burst { source: usize, count: usize },
    Pass { milliseconds: u64 },
    Freeze,
    Snapshot,
    Save { succeeds: bool },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        8 => (0..3_usize, 16..1400_usize)
            .prop_map(|(source, length)| Move::Packet { source, length }),
        2 => (0..3_usize, 1..40_usize).prop_map(|(source, count)| Move::Burst { source, count }),
        2 => (1..80_u64).prop_map(|milliseconds| Move::Pass { milliseconds }),
        1 => Just(Move::Freeze),
        1 => Just(Move::Snapshot),
        2 => prop::bool::weighted(0.8).prop_map(|succeeds| Move::Save { succeeds }),
    ];
    prop::collection::vec(one, 1..200)
}

fn play(world: &mut World, one: &Move) {
    match *one {
        Move::Packet { source, length } => {
            world.now.monotonic = world.now.monotonic.after(Duration::from_micros(7));
            world.now.wall = world.now.wall.after(Duration::from_micros(7));
            world.packet(source, length);
        }
        Move::Burst { source, count } => {
            for _ in 0..count {
                world.now.wall = world.now.wall.after(Duration::from_nanos(300));
                world.packet(source, 700);
            }
        }
        Move::Pass { milliseconds } => world.pass(Duration::from_millis(milliseconds)),
        Move::Freeze => world.freeze(),
        Move::Snapshot => world.command(Command::Snapshot { by: "test".into() }),
        Move::Save { succeeds } => {
            check_waiting_incident(world);
            world.saver_answers(if succeeds {
                Ok(())
            } else {
                Err("the disk is full")
            });
            if !succeeds {
                world.command(Command::SaveTo {
                    folder: "elsewhere".into(),
                });
            }
        }
    }
}

/// What waits to be saved is, per source, a run of what that source wrote,
/// byte for byte and without a gap.
fn check_waiting_incident(world: &World) {
    if world.to_save.is_empty() {
        return;
    }
    for (source, packets) in world.incident_packets().iter().enumerate() {
        assert_is_run(packets, &numbers(&world.written[source]), source);
    }
}

fn assert_is_run(held: &[u64], written: &[u64], source: usize) {
    let Some(first) = held.first() else {
        return;
    };
    let start = written
        .iter()
        .position(|packet| packet == first)
        .expect("only what was written is held");
    assert_eq!(
        held,
        &written[start..start + held.len()],
        "source {source} has a gap"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_kept_is_the_newest_suffix_within_the_bound(
        moves in moves(),
        rearms in any::<bool>(),
        age in prop::option::of(50..400_u64),
    ) {
        let settings = Settings {
            then: if rearms { rearm() } else { Then::Stop },
            age: age.map(Duration::from_millis),
            ..settings()
        };
        let bound = settings.ring_size;
        let mut world = World::new(settings, 3);
        for one in &moves {
            play(&mut world, one);
            let held = world.ring_packets();
            for (source, packets) in held.iter().enumerate() {
                let written = numbers(&world.written[source]);
                prop_assert!(
                    packets.len() <= written.len()
                        && packets[..] == written[written.len() - packets.len()..]
                        || world.keeper.phase != Phase::Recording,
                    "source {} does not hold its newest suffix", source
                );
                assert_is_run(packets, &written, source);
            }
            prop_assert!(
                world.keeper.phase != Phase::Recording || world.keeper.ring.held() <= bound
            );
        }
        finish(&mut world);
        prop_assert!(world.ended.is_some(), "{:?}", world.keeper);
    }

    #[test]
    fn nothing_is_dropped_while_recording_without_freezes(
        moves in moves(),
        age in prop::option::of(50..400_u64),
    ) {
        let settings = Settings { age: age.map(Duration::from_millis), ..settings() };
        let mut world = World::new(settings, 3);
        for one in moves.iter().filter(|one| !matches!(one, Move::Freeze | Move::Snapshot)) {
            play(&mut world, one);
        }
        prop_assert_eq!(world.dropped, 0);
    }
}

/// Ends the recording as a user would, with a disk that works in the end.
fn finish(world: &mut World) {
    for _ in 0..4 {
        world.command(Command::Stop {
            save: true,
            reason: "SIGTERM".into(),
        });
        for _ in 0..40 {
            world.pass(Duration::from_millis(200));
            check_waiting_incident(world);
            world.saver_answers(Ok(()));
            world.command(Command::SaveTo {
                folder: "elsewhere".into(),
            });
        }
    }
}

#[test]
fn one_packet_a_second_on_ten_sources_keeps_all_of_it() {
    let mut world = World::new(settings(), 10);
    for _ in 0..40 {
        for source in 0..10 {
            world.packet(source, 60);
        }
        world.pass(Duration::from_secs(1));
    }
    let held = world.ring_packets();
    assert!(held.iter().all(|packets| packets.len() == 40));
    world.freeze();
    world.pass(Duration::from_millis(150));
    assert!(
        world
            .incident_packets()
            .iter()
            .all(|packets| packets.len() == 40)
    );
}

#[test]
fn a_freeze_never_waits_for_a_packet() {
    let mut world = World::new(settings(), 3);
    world.packet(1, 100);
    world.freeze();
    assert!(world.to_save.is_empty(), "the tail is not over");
    world.pass(Duration::from_millis(100) + limits::READ_TIMEOUT);
    assert_eq!(world.incident_packets()[1].len(), 1);
}

#[test]
fn a_source_that_hangs_does_not_hold_up_the_incident() {
    let mut world = World::new(settings(), 2);
    world.packet(0, 100);
    world.packet(1, 100);
    world.hang(0);
    world.freeze();
    world.pass(Duration::from_secs(1));
    assert!(world.to_save.is_empty());
    world.pass(2 * limits::DRAIN_MAX + Duration::from_secs(1));
    assert_eq!(world.incident_packets()[0].len(), 1);
    assert_eq!(world.incident_packets()[1].len(), 1);
    world.saver_answers(Ok(()));
    assert!(
        world.ended.is_none(),
        "the hung source still holds its segment"
    );
    world.unhang_and_end(0);
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn eviction_stops_at_the_firing_and_the_tail_gives_way() {
    let mut world = World::new(settings(), 1);
    for _ in 0..60 {
        world.packet(0, 1000);
    }
    let before = world.ring_packets()[0].clone();
    world.freeze();
    for _ in 0..60 {
        world.packet(0, 1000);
    }
    world.pass(Duration::from_millis(200));
    let incident = &world.incident_packets()[0];
    assert_eq!(incident[..before.len()], before[..], "the ring was evicted");
    let (incident, _) = world.to_save.front().unwrap();
    assert!(incident.facts.tail_cut_short.is_some());
}

#[test]
fn with_rearm_recording_goes_on_without_a_gap() {
    let mut world = World::new(
        Settings {
            then: rearm(),
            ..settings()
        },
        1,
    );
    for _ in 0..30 {
        world.packet(0, 500);
    }
    world.freeze();
    for _ in 0..12 {
        world.pass(10 * MILLISECOND);
        world.packet(0, 50);
    }
    let incident = world.incident_packets()[0].clone();
    let ring = world.ring_packets()[0].clone();
    let both: Vec<_> = incident.into_iter().chain(ring).collect();
    let written = numbers(&world.written[0]);
    assert_eq!(both[..], written[written.len() - both.len()..]);
    assert_eq!(world.dropped, 0);
    assert_eq!(world.keeper.phase, Phase::Recording);
}

#[test]
fn firings_meanwhile_are_noted_and_do_not_freeze() {
    let mut world = World::new(
        Settings {
            then: rearm(),
            ..settings()
        },
        1,
    );
    world.freeze();
    world.freeze();
    let freezing: Vec<bool> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Fired { freezes, .. } => Some(*freezes),
            _ => None,
        })
        .collect();
    assert_eq!(freezing, [true, false]);
    world.pass(Duration::from_millis(200));
    let (incident, _) = world.to_save.front().unwrap();
    assert_eq!(incident.facts.noted.len(), 1);
}

/// The target is more processes than this.
fn more_than(limit: f64) -> When {
    When::One(Condition {
        of: Observed::Probe {
            probe: ProbeChoice::Processes,
            every: Duration::from_secs(1),
        },
        test: Test::Above(limit),
        sustained: Duration::ZERO,
    })
}

fn measured(world: &mut World, leaf: u16, value: f64) {
    world.step(Input::Signal(LeafSignal {
        leaf: LeafId(leaf),
        what: What::Measured(value),
        at: world.now,
        note: None,
    }));
}

/// Whether each firing that was told froze.
fn freezing(world: &World) -> Vec<bool> {
    let freezes = world.events.iter().filter_map(|event| match event {
        Event::Fired { freezes, .. } => Some(*freezes),
        _ => None,
    });
    freezes.collect()
}

#[test]
fn what_holds_on_beyond_what_kept_it_from_freezing_freezes_then() {
    let cool_down = Duration::from_secs(60);
    let settings = Settings {
        then: Then::Rearm {
            cool_down,
            keep_count: None,
            keep_bytes: None,
            when_full: WhenFull::Stop,
        },
        ..settings()
    };
    let trigger = Trigger {
        most: Some(1),
        cool_down: Duration::from_secs(3600),
        ..Trigger::of(more_than(1.0))
    };
    let mut world = World::with(vec![trigger], settings, 1);
    world.packet(0, 100);
    world.freeze();
    // In the tail, while the incident is unsaved and within the cool-down.
    measured(&mut world, 0, 5.0);
    for saved in [false, true] {
        world.pass(Duration::from_secs(2));
        assert_eq!(world.saver_answers(Ok(())), !saved);
    }
    let [first] = &world.saved[..] else {
        panic!("{} incidents", world.saved.len());
    };
    assert_eq!(first.facts.noted.len(), 1);
    world.pass(cool_down - Duration::from_secs(5));
    assert_eq!(freezing(&world), [true, false], "noted once");
    world.pass(Duration::from_secs(5));
    assert_eq!(freezing(&world), [true, false, true]);
    world.pass(Duration::from_secs(1));
    assert!(world.saver_answers(Ok(())));
    let FrozenBy::Firing(firing) = &world.saved[1].facts.frozen_by else {
        panic!("not a firing");
    };
    let words = firing.to_string();
    assert!(words.contains("5, above 1"), "{words}");
    // Now it is spent.
    measured(&mut world, 0, 0.0);
    world.pass(cool_down * 100);
    measured(&mut world, 0, 5.0);
    assert_eq!(freezing(&world).len(), 3);
}

#[test]
fn of_two_that_fire_at_once_the_second_freezes_after_the_first() {
    let triggers = vec![Trigger::of(more_than(1.0)), Trigger::of(more_than(2.0))];
    let settings = Settings {
        then: rearm(),
        ..settings()
    };
    let mut world = World::with(triggers, settings, 1);
    measured(&mut world, 0, 5.0);
    measured(&mut world, 1, 5.0);
    world.pass(Duration::from_secs(1));
    assert!(world.saver_answers(Ok(())));
    world.pass(Duration::from_secs(1));
    assert_eq!(freezing(&world), [true, false, true]);
    world.pass(Duration::from_secs(1));
    assert!(world.saver_answers(Ok(())));
    world.pass(Duration::from_secs(1));
    assert_eq!(freezing(&world).len(), 3);
}

#[test]
fn what_only_happened_while_nothing_could_freeze_is_noted_and_forgotten() {
    let settings = Settings {
        then: rearm(),
        ..settings()
    };
    let mut world = World::new(settings, 1);
    world.freeze();
    for event in life(1, world.now) {
        world.step(Input::Watch(event));
    }
    world.pass(Duration::from_secs(1));
    assert!(world.saver_answers(Ok(())));
    world.pass(Duration::from_secs(60));
    assert_eq!(freezing(&world), [true, false]);
}

#[test]
fn the_end_of_a_launched_target_that_freezes_nothing_is_told() {
    let told = |launched| {
        let settings = Settings {
            launched,
            ..settings()
        };
        let mut world = World::with(vec![Trigger::of(more_than(9.0))], settings, 1);
        let [found, ended] = life(7, world.now);
        world.step(Input::Watch(found));
        world.step(Input::Watch(ended));
        let says = |event: &Event| matches!(event, Event::Notice { sentence, .. } if sentence.contains("froze nothing"));
        world.events.iter().any(says)
    };
    assert!(told(true));
    assert!(!told(false), "another may come");
}

#[test]
fn an_incident_of_an_end_among_other_conditions_waits_for_its_status() {
    let exit = Trigger::on(ProcessEvent::Exit).when;
    let either = When::Any(vec![exit, more_than(9.0)]);
    let mut world = World::with(vec![Trigger::of(either)], settings(), 1);
    let [found, _] = life(7, world.now);
    let process = ProcessIdentity { pid: 7, started: 1 };
    world.step(Input::Watch(found));
    world.step(Input::Watch(WatchEvent::Ended {
        process,
        at: world.now,
        status: None,
        left: 0,
    }));
    world.pass(Duration::from_millis(300));
    assert!(world.to_save.is_empty(), "how it ended is not known");
    let status = ExitStatus::Code { code: 3 };
    world.step(Input::Watch(WatchEvent::Status {
        process,
        status: status.clone(),
    }));
    let (incident, _) = world.to_save.front().unwrap();
    let FrozenBy::Firing(firing) = &incident.facts.frozen_by else {
        panic!("not a firing");
    };
    assert_eq!(firing.status, Some(status));
    let words = crate::incident::sentence(&incident.facts);
    assert!(
        words.contains("server (pid 7) exited with status 3"),
        "{words}"
    );
}

#[test]
fn what_cannot_be_saved_stays_and_goes_elsewhere() {
    let mut world = World::new(settings(), 1);
    world.packet(0, 100);
    world.freeze();
    world.pass(Duration::from_millis(200));
    assert!(world.saver_answers(Err("the disk is full")));
    assert_eq!(world.to_save.front().unwrap().1.to_str(), Some("fallback"));
    assert!(world.saver_answers(Err("no such folder")));
    assert!(world.to_save.is_empty() && world.ended.is_none());
    world.command(Command::SaveTo {
        folder: "usb".into(),
    });
    assert_eq!(world.incident_packets()[0].len(), 1);
    assert!(world.saver_answers(Ok(())));
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn what_cannot_be_saved_is_not_lost_to_the_next_that_cannot() {
    let mut settings = settings();
    settings.then = Then::Rearm {
        cool_down: Duration::ZERO,
        keep_count: None,
        keep_bytes: None,
        when_full: WhenFull::Stop,
    };
    let mut world = World::new(settings, 1);
    world.packet(0, 100);
    world.freeze();
    world.pass(Duration::from_millis(200));
    world.saver_answers(Err("full"));
    world.saver_answers(Err("full"));
    world.packet(0, 100);
    let reason = "Ctrl-C".to_owned();
    world.command(Command::Stop { save: true, reason });
    world.pass(Duration::from_millis(50));
    // While the second is being written, the first stays where it is.
    let folder = || std::path::PathBuf::from("usb");
    world.command(Command::SaveTo { folder: folder() });
    assert_eq!(world.to_save.len(), 1);
    world.saver_answers(Err("full"));
    world.saver_answers(Err("full"));
    assert!(world.ended.is_none());
    for _ in 0..2 {
        world.command(Command::SaveTo { folder: folder() });
        assert!(world.ended.is_none());
        assert!(world.saver_answers(Ok(())));
    }
    assert_eq!(world.saved.len(), 2);
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn evidence_is_given_up_only_by_a_second_stop_without_saving() {
    let mut world = World::new(settings(), 1);
    world.packet(0, 100);
    let stop = |save| Command::Stop {
        save,
        reason: "Ctrl-C".into(),
    };
    world.command(stop(true));
    world.pass(Duration::from_millis(50));
    world.saver_answers(Err("full"));
    world.saver_answers(Err("full"));
    world.command(stop(true));
    assert!(world.ended.is_none());
    world.command(stop(false));
    assert!(matches!(world.ended, Some(Outcome::NotSaved { .. })));
}

#[test]
fn a_stop_without_saving_still_saves_what_a_trigger_froze() {
    let mut world = World::new(settings(), 1);
    world.packet(0, 100);
    world.freeze();
    world.command(Command::Stop {
        save: false,
        reason: "Ctrl-C".into(),
    });
    world.pass(Duration::from_millis(20));
    assert_eq!(world.incident_packets()[0].len(), 1);
    world.saver_answers(Ok(()));
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn a_source_that_panics_freezes_and_saves_the_ring() {
    let mut world = World::new(settings(), 2);
    world.packet(0, 100);
    world.packet(1, 100);
    world.end(0, SourceEnd::Panicked("index out of bounds".into()));
    world.pass(Duration::from_millis(20));
    assert!(world.incident_packets().iter().all(|one| one.len() == 1));
    world.saver_answers(Ok(()));
    let Some(Outcome::Failed { reason, saved }) = &world.ended else {
        panic!("{:?}", world.ended);
    };
    assert!(*saved && reason.contains("index out of bounds"), "{reason}");
}

#[test]
fn recording_ends_when_as_many_incidents_are_kept_as_may_be() {
    for (when_full, deleted) in [(WhenFull::Stop, 0), (WhenFull::DropOldest, 3)] {
        let mut world = World::new(
            Settings {
                then: Then::Rearm {
                    cool_down: Duration::ZERO,
                    keep_count: Some(2),
                    keep_bytes: None,
                    when_full,
                },
                ..settings()
            },
            1,
        );
        for _ in 0..5 {
            world.packet(0, 100);
            world.freeze();
            world.pass(Duration::from_millis(200));
            world.saver_answers(Ok(()));
        }
        world.pass(Duration::from_millis(20));
        assert_eq!(world.deleted.len(), deleted);
        assert_eq!(
            matches!(world.ended, Some(Outcome::Full { .. })),
            when_full == WhenFull::Stop
        );
    }
}

#[test]
fn numbers_incidents_are_bounded_before_the_next_could_pass_them() {
    let mut world = World::new(
        Settings {
            then: Then::Rearm {
                cool_down: Duration::ZERO,
                keep_count: None,
                keep_bytes: Some(ByteCount(10_000 + 8 * SEGMENT as u64 - 1)),
                when_full: WhenFull::Stop,
            },
            ..settings()
        },
        1,
    );
    world.freeze();
    world.pass(Duration::from_millis(200));
    world.saver_answers(Ok(()));
    world.pass(Duration::from_millis(20));
    assert!(matches!(world.ended, Some(Outcome::Full { .. })));
}

#[test]
fn within_the_cool_down_only_the_user_freezes() {
    let mut world = World::new(
        Settings {
            then: Then::Rearm {
                cool_down: Duration::from_secs(60),
                keep_count: None,
                keep_bytes: None,
                when_full: WhenFull::Stop,
            },
            ..settings()
        },
        1,
    );
    let crash = |world: &mut World, pid| {
        for event in life(pid, world.now) {
            world.step(Input::Watch(event));
        }
        world.pass(Duration::from_millis(200));
        world.saver_answers(Ok(()))
    };
    assert!(crash(&mut world, 1));
    assert!(!crash(&mut world, 2), "cooling down");
    world.freeze();
    world.pass(Duration::from_millis(200));
    assert!(world.saver_answers(Ok(())));
    world.pass(Duration::from_secs(61));
    assert!(crash(&mut world, 3));
}

#[test]
fn a_freeze_by_hand_names_the_process_that_was_watched() {
    let mut world = World::new(settings(), 1);
    let [found, ended] = life(7, world.now);
    let ended_at = world.now.wall;
    world.step(Input::Watch(found));
    world.freeze();
    world.step(Input::Watch(ended));
    world.pass(Duration::from_secs(2));
    let (incident, _) = world.to_save.front().unwrap();
    assert_eq!(incident.facts.subject, "server");
    let [watched] = &incident.facts.watched[..] else {
        panic!("{:?}", incident.facts.watched);
    };
    assert_eq!(watched.process.identity.pid, 7);
    assert_eq!(watched.end, Some(ended_at));
}

#[test]
fn a_set_clock_is_told_and_does_not_hold_up_a_freeze() {
    let mut world = World::new(settings(), 1);
    world.packet(0, 100);
    world.freeze();
    world.now.wall = world.now.wall.before(Duration::from_secs(3600));
    for _ in 0..30 {
        world.packet(0, 20);
        world.pass(10 * MILLISECOND);
    }
    assert_eq!(world.to_save.len(), 1);
    let (incident, _) = world.to_save.front().unwrap();
    let told = |sentence: &str| sentence.contains("set back by 1 h");
    assert!(incident.facts.notes.iter().any(|note| told(note)));
    world.now.wall = world.now.wall.after(Duration::from_secs(7200));
    world.step(Input::Tick);
    let last = world.events.iter().rev().find_map(|event| match event {
        Event::Notice { sentence, .. } => Some(sentence.clone()),
        _ => None,
    });
    assert!(last.unwrap_or_default().contains("jumped 2 h ahead"));
}

#[test]
fn a_clock_set_forward_makes_nothing_in_the_ring_old() {
    let settings = Settings {
        age: Some(Duration::from_secs(60)),
        ..settings()
    };
    let mut world = World::new(settings, 1);
    for _ in 0..10 {
        world.packet(0, 600);
    }
    let before = world.ring_packets();
    world.now.wall = world.now.wall.after(Duration::from_secs(86_400));
    world.pass(MILLISECOND);
    assert_eq!(world.ring_packets(), before);
    world.pass(Duration::from_secs(61));
    assert!(world.keeper.ring.iter().next().is_none());
}

#[test]
fn of_what_was_told_the_newest_is_kept_and_warnings_always() {
    let mut world = World::new(
        Settings {
            then: rearm(),
            ..settings()
        },
        1,
    );
    world.keeper.warn(vec!["no right to look".into()]);
    for _ in 0..2 {
        for number in 0..=limits::NOTED_FIRINGS_MAX {
            world
                .keeper
                .notice(format!("notice {number}."), world.now.wall);
        }
        world.packet(0, 100);
        world.freeze();
        world.pass(Duration::from_secs(2));
        let (incident, _) = world.to_save.front().unwrap();
        let told = |text: &str| incident.facts.notes.iter().any(|note| note.contains(text));
        assert!(told("no right to look"));
        assert!(told(&format!("notice {}.", limits::NOTED_FIRINGS_MAX)));
        assert!(!told("notice 0."));
        world.saver_answers(Ok(()));
    }
}

#[test]
fn a_snapshot_leaves_the_ring_as_it_is_and_its_memory_comes_back() {
    let mut world = World::new(settings(), 1);
    for _ in 0..50 {
        world.packet(0, 600);
    }
    let before = world.ring_packets();
    world.command(Command::Snapshot { by: "test".into() });
    assert_eq!(world.incident_packets(), before);
    for _ in 0..100 {
        world.packet(0, 600);
    }
    assert_eq!(world.incident_packets(), before, "the snapshot changed");
    world.saver_answers(Ok(()));
    for _ in 0..100 {
        world.packet(0, 600);
    }
    assert_eq!(world.dropped, 0);
    assert!(matches!(
        world.saved[0].facts.frozen_by,
        FrozenBy::Snapshot { .. }
    ));
    assert!(world.keeper.shared.is_empty());
}

/// Asks for something, waiting to hear what becomes of it.
fn ask(world: &mut World, asks: Command) {
    let (ticket, _) = Answers::default().wait();
    let asks = Box::new(asks);
    world.command(Command::Asked { ticket, asks });
}

fn told_why_not(world: &mut World) -> String {
    match world.answers.pop() {
        Some(Answer::NotDone { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_asks_for_a_snapshot_hears_what_became_of_it() {
    let by = || "test".to_owned();
    let mut world = World::new(settings(), 1);
    ask(&mut world, Command::Snapshot { by: by() });
    assert!(told_why_not(&mut world).contains("nothing has been captured yet"));
    assert!(world.to_save.is_empty());
    world.packet(0, 600);
    ask(&mut world, Command::Snapshot { by: by() });
    assert!(world.answers.is_empty(), "not on disk yet");
    ask(&mut world, Command::Snapshot { by: by() });
    assert!(told_why_not(&mut world).contains("still being saved"));
    world.saver_answers(Ok(()));
    let answer = world.answers.pop();
    assert!(matches!(answer, Some(Answer::Saved { packets, .. }) if packets == PacketCount(1)));
    ask(&mut world, Command::Snapshot { by: by() });
    world.saver_answers(Err("the disk is full"));
    assert!(world.answers.is_empty(), "the fallback follows");
    world.saver_answers(Err("the disk is full"));
    assert!(told_why_not(&mut world).contains("the disk is full"));
}

#[test]
fn whoever_asks_for_a_freeze_hears_what_became_of_it() {
    let by = || "test".to_owned();
    let mut world = World::new(settings(), 1);
    world.packet(0, 600);
    ask(&mut world, Command::Freeze { by: by() });
    ask(&mut world, Command::Freeze { by: by() });
    assert!(told_why_not(&mut world).contains("frozen already"));
    ask(&mut world, Command::SaveTo { folder: "a".into() });
    assert!(told_why_not(&mut world).contains("nothing waits for another folder"));
    for _ in 0..3 {
        world.pass(Duration::from_secs(1));
    }
    for _ in 0..2 {
        assert!(world.answers.is_empty(), "not known yet");
        world.saver_answers(Err("the disk is full"));
    }
    assert!(told_why_not(&mut world).contains("the disk is full"));
    ask(&mut world, Command::SaveTo { folder: "a".into() });
    world.saver_answers(Ok(()));
    assert!(matches!(world.answers.pop(), Some(Answer::Saved { .. })));
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn the_incident_waits_for_the_status_but_not_for_ever() {
    for told in [true, false] {
        let mut world = World::new(settings(), 1);
        let [found, _] = life(7, world.now);
        let process = ProcessIdentity { pid: 7, started: 1 };
        let at = world.now;
        world.step(Input::Watch(found));
        world.step(Input::Watch(WatchEvent::Faulted { process, at }));
        world.pass(Duration::from_millis(300));
        assert!(world.to_save.is_empty(), "still dumping core");
        let status = ExitStatus::Signal {
            number: 11,
            core_dumped: Some(true),
        };
        if told {
            world.step(Input::Watch(WatchEvent::Ended {
                process,
                at: world.now,
                status: Some(status.clone()),
                left: 0,
            }));
        } else {
            world.pass(limits::EXIT_STATUS_WAIT);
        }
        let (incident, _) = world.to_save.front().unwrap();
        let FrozenBy::Firing(firing) = &incident.facts.frozen_by else {
            panic!("not a firing");
        };
        assert_eq!(firing.fault, Some(at));
        assert_eq!(firing.status, told.then_some(status));
    }
}

#[test]
fn a_panic_of_the_keeper_leaves_everything_to_be_salvaged() {
    let mut world = World::new(settings(), 2);
    for _ in 0..5 {
        world.packet(0, 100);
        world.packet(1, 100);
    }
    let incidents = world.keeper.salvage("test", world.now);
    let packets: u64 = incidents.iter().map(|one| one.facts.packets.0).sum();
    assert_eq!(packets, 10);
}

/// A process that is found and crashes at once.
fn life(pid: u32, at: Now) -> [WatchEvent; 2] {
    let identity = ProcessIdentity { pid, started: 1 };
    [
        WatchEvent::Found {
            process: ProcessInfo {
                identity,
                name: "server".into(),
                executable: None,
                command_line: "server".into(),
                user: None,
            },
            at,
            method: ExitMethod::PidFd,
        },
        WatchEvent::Ended {
            process: identity,
            at,
            status: Some(ExitStatus::Signal {
                number: 11,
                core_dumped: None,
            }),
            left: 0,
        },
    ]
}

#[test]
fn the_bins_of_all_statuses_are_all_the_traffic() {
    let mut world = World::new(settings(), 2);
    let mut sums = [0_u64; 2];
    for number in 0..50 {
        for (index, sum) in sums.iter_mut().enumerate() {
            *sum += number * (1 + index as u64);
            let counters = Counters {
                packets: PacketCount(*sum),
                wire_bytes: ByteCount(*sum * 100),
                ..Counters::default()
            };
            world.keeper.set_counters(SourceId(index as u16), counters);
        }
        // The last of it comes after the last tick.
        if number < 49 {
            world.pass(limits::TICK_INTERVAL);
        }
    }
    world.command(Command::Stop {
        save: false,
        reason: "Ctrl-C".into(),
    });
    world.idle_sources();
    assert!(world.ended.is_some());
    let bins: Vec<TrafficBin> = statuses(&world)
        .flat_map(|one| one.traffic.clone())
        .collect();
    let packets: u64 = bins.iter().map(|bin| bin.packets.0).sum();
    let bytes: u64 = bins.iter().map(|bin| bin.wire_bytes.0).sum();
    assert_eq!(
        (packets, bytes),
        (sums[0] + sums[1], (sums[0] + sums[1]) * 100)
    );
    // One a tick, each where the one before ends, and not a status for each.
    assert_eq!(bins.len(), 50);
    for pair in bins[..49].windows(2) {
        assert_eq!(pair[0].start.0 + pair[0].length_ns, pair[1].start.0);
    }
    assert!(statuses(&world).count() <= 26);
}

fn statuses(world: &World) -> impl Iterator<Item = &Status> {
    world.events.iter().filter_map(|event| match event {
        Event::Status(status) => Some(&**status),
        _ => None,
    })
}
