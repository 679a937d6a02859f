//! What is done after an incident has been saved, without doing it.

use std::path::PathBuf;
use std::time::Duration;

use super::simulation::{World, rearm, settings};
use super::{Input, Settings};
use crate::action::{ActionKind, ActionResult, Ran};
use crate::limits;
use crate::profile::{Then, WhenFull};
use crate::recorder::actor::Acted;
use crate::recorder::messages::{Command, Event, Outcome};
use crate::units::{ByteCount, Timestamp};

fn world(then: Then) -> World {
    let settings = Settings {
        then,
        acts: true,
        ..settings()
    };
    World::new(settings, 1)
}

/// Freezes, and has the incident saved.
fn incident(world: &mut World) {
    world.packet(0, 100);
    world.freeze();
    world.pass(Duration::from_millis(200));
    assert!(world.saver_answers(Ok(())));
}

fn done(world: &mut World, ran: Option<Ran>) -> PathBuf {
    let job = world.to_act.pop_front().unwrap();
    let incident = job.incident.clone();
    world.step(Input::Acted(Box::new(Acted {
        incident: job.incident,
        ran,
    })));
    incident
}

fn failed() -> ActionResult {
    ActionResult {
        kind: ActionKind::Program,
        action: "run /bin/page".into(),
        at: Timestamp(0),
        took_ns: 1,
        told: "it exited with status 1".into(),
        ok: false,
        output: String::new(),
        output_cut: false,
    }
}

fn stop(save: bool) -> Command {
    Command::Stop {
        save,
        reason: "Ctrl-C".into(),
    }
}

#[test]
fn the_recording_ends_when_its_actions_are_done() {
    let mut world = world(Then::Stop);
    incident(&mut world);
    world.pass(Duration::from_secs(30));
    assert_eq!(world.ended, None);
    done(&mut world, Some(Ran::default()));
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
    let acted = |event: &Event| matches!(event, Event::Acted { .. });
    assert_eq!(world.events.iter().filter(|one| acted(one)).count(), 1);
}

#[test]
fn whoever_stops_meanwhile_makes_them_quick_and_they_end_it() {
    let mut world = world(Then::Stop);
    incident(&mut world);
    assert!(!world.hurried);
    world.command(stop(false));
    assert!(world.hurried);
    assert_eq!(world.ended, None);
    // Actions that failed inside are done too.
    done(&mut world, None);
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn only_what_a_trigger_or_a_key_froze_is_acted_for() {
    let mut world = world(rearm());
    world.packet(0, 100);
    world.command(Command::Snapshot { by: "a key".into() });
    assert!(world.saver_answers(Ok(())));
    assert!(world.to_act.is_empty());
    incident(&mut world);
    done(&mut world, Some(Ran::default()));
    world.packet(0, 100);
    world.command(stop(true));
    world.pass(Duration::from_millis(20));
    assert!(world.saver_answers(Ok(())));
    assert!(world.to_act.is_empty());
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn the_action_exit_ends_a_recording_that_would_go_on() {
    let exit = || {
        Some(Ran {
            exit: true,
            ..Ran::default()
        })
    };
    let mut world = world(rearm());
    incident(&mut world);
    done(&mut world, exit());
    world.pass(Duration::from_millis(20));
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));

    // What another trigger froze meanwhile is saved, and acted for, first.
    let mut world = self::world(rearm());
    incident(&mut world);
    world.packet(0, 100);
    world.freeze();
    done(&mut world, exit());
    world.pass(Duration::from_millis(20));
    assert_eq!(world.ended, None);
    assert!(world.saver_answers(Ok(())));
    done(&mut world, exit());
    assert_eq!(world.ended, Some(Outcome::FrozenAndSaved));
}

#[test]
fn what_actions_write_is_bounded_with_the_incident() {
    let mut world = world(Then::Rearm {
        cool_down: Duration::ZERO,
        keep_count: Some(1),
        keep_bytes: None,
        when_full: WhenFull::DropOldest,
    });
    let with = |name: &str| {
        Some(Ran {
            beside: vec![name.into()],
            bytes: ByteCount(10),
            ..Ran::default()
        })
    };
    incident(&mut world);
    let first = done(&mut world, with("first.zip"));
    incident(&mut world);
    assert_eq!(world.deleted, [first, "first.zip".into()]);
    incident(&mut world);
    // The second is deleted before its actions are done: what they wrote goes too.
    done(&mut world, with("second.zip"));
    assert_eq!(world.deleted.last(), Some(&"second.zip".into()));
}

#[test]
fn what_failed_is_in_the_next_incident_too() {
    let mut world = world(rearm());
    incident(&mut world);
    let ran = Ran {
        results: vec![failed()],
        ..Ran::default()
    };
    done(&mut world, Some(ran));
    incident(&mut world);
    let job = world.to_act.pop_front().unwrap();
    let notes = job.facts.notes.join("\n");
    assert!(notes.contains("run /bin/page: FAILED"), "{notes}");
}

#[test]
fn incidents_that_wait_for_actions_are_bounded() {
    let mut world = world(rearm());
    for _ in 0..limits::ACTIONS_WAITING_MAX + 2 {
        incident(&mut world);
    }
    assert_eq!(world.to_act.len(), limits::ACTIONS_WAITING_MAX);
    let told = world.events.iter().filter(|event| {
        matches!(event, Event::Notice { sentence, .. } if sentence.contains("no actions were run"))
    });
    assert_eq!(told.count(), 2);
}
