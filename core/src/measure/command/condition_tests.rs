//! Programs that are asked again and again, for real.

use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::*;
use crate::measure::{Expression, Told, Word};

const PATIENCE: Duration = Duration::from_secs(20);

fn condition(script: &str, answer: Answer) -> CommandCondition {
    CommandCondition {
        program: Program::new("sh", ["-c", script]),
        every: Duration::from_millis(20),
        timeout: PATIENCE,
        answer,
        facts: Facts::default(),
    }
}

fn next(heard: &Receiver<Told>) -> Word {
    heard.recv_timeout(PATIENCE).unwrap().word
}

/// The first word for which `found` has something.
fn until<T>(heard: &Receiver<Told>, found: impl Fn(Word) -> Option<T>) -> T {
    loop {
        if let Some(found) = found(next(heard)) {
            return found;
        }
    }
}

#[test]
fn each_answer_is_of_its_kind() {
    let says = |text| Answer::Output(Expression::new(text).unwrap());
    for (script, answer, expected) in [
        ("exit 0", Answer::Success, true),
        ("exit 3", Answer::Success, false),
        ("exit 3", Answer::Failure, true),
        ("kill -9 $$", Answer::Failure, true),
        ("exit 0", Answer::Failure, false),
        ("echo 12 open >&2; exit 1", says("[0-9]+ open"), true),
        ("echo none open", says("[0-9]+ open"), false),
    ] {
        let asked = condition(script, answer).ask().unwrap();
        assert_eq!(asked.is_so, expected, "{script}: {asked:?}");
    }
}

#[test]
fn it_says_how_it_ended_and_what_it_said() {
    let asked = condition("echo 1; echo last; exit 3", Answer::Failure).ask();
    let sentence = asked.unwrap().sentence;
    assert!(
        sentence.starts_with("sh exited with status 3 after "),
        "{sentence}"
    );
    assert!(sentence.ends_with(": \"last\""), "{sentence}");
}

#[test]
fn each_run_has_the_facts_of_its_time() {
    let facts = Facts::default();
    facts.set("CRASHCAP_TARGET_PID", "1");
    let condition = CommandCondition {
        facts: facts.clone(),
        ..condition("test \"$CRASHCAP_TARGET_PID\" = 2", Answer::Success)
    };
    let (words, heard) = bounded(1024);
    let _listener = condition.listen(5, words).unwrap();
    let Word::Measured { reading, .. } = next(&heard) else {
        panic!("no number first");
    };
    assert!(reading.value < 0.5);
    facts.set("CRASHCAP_TARGET_PID", "2");
    let sentence = until(&heard, |word| match word {
        Word::Happened(happening) => Some(happening.sentence),
        _ => None,
    });
    assert!(
        sentence.starts_with("sh exited with status 0"),
        "{sentence}"
    );
    facts.remove("CRASHCAP_TARGET_PID");
    until(&heard, |word| match word {
        Word::Measured { reading, .. } => (reading.value < 0.5).then_some(()),
        _ => None,
    });
}

#[test]
fn one_that_hangs_is_trouble_told_once_and_its_turns_are_skipped() {
    let condition = CommandCondition {
        timeout: Duration::from_millis(100),
        ..condition("sleep 600", Answer::Success)
    };
    assert!(matches!(
        condition.ask(),
        Err(CommandTrouble::TimedOut { .. })
    ));
    let (words, heard) = bounded(1024);
    let _listener = condition.listen(5, words).unwrap();
    let Word::Trouble { sentence, .. } = next(&heard) else {
        panic!("no trouble first");
    };
    assert!(sentence.contains("still ran after 100 ms"), "{sentence}");
    for _ in 0..2 {
        let Word::Note { sentence, .. } = next(&heard) else {
            panic!("no skipped turns");
        };
        assert!(sentence.contains("skipped"), "{sentence}");
    }
}

#[test]
fn one_that_hangs_has_failed_where_that_is_waited_for() {
    let condition = CommandCondition {
        timeout: Duration::from_millis(100),
        ..condition("sleep 600", Answer::Failure)
    };
    // Before a recording it is refused all the same.
    assert!(matches!(
        condition.ask(),
        Err(CommandTrouble::TimedOut { .. })
    ));
    let (words, heard) = bounded(1024);
    let _listener = condition.listen(5, words).unwrap();
    let Word::Measured { reading, .. } = next(&heard) else {
        panic!("no number first");
    };
    assert!(reading.value > 0.5, "{reading:?}");
    let sentence = "sh still ran after 100 ms and was ended";
    assert_eq!(reading.note.as_deref(), Some(sentence));
    assert!(matches!(next(&heard), Word::Happened(told) if told.sentence == sentence));
}

#[test]
fn what_is_known_of_the_recording_is_in_the_environment() {
    let interfaces = ["eth0".to_owned(), "lo".to_owned()];
    let facts = Facts::of(&KnownFacts {
        target: Some("router_runner"),
        interfaces: &interfaces,
        filter: Some("tcp port\u{0}80"),
        folder: std::path::Path::new("/var/lib/crashcap"),
        started: crate::units::Timestamp(1_795_410_753_123_000_000),
    });
    facts.set("CRASHCAP_TARGET_PIDS", "7 8");
    let script = "echo \"$CRASHCAP_TARGET|$CRASHCAP_INTERFACES|$CRASHCAP_FILTER|\
$CRASHCAP_FOLDER|$CRASHCAP_STARTED|$CRASHCAP_PID|$CRASHCAP_TARGET_PIDS\"";
    let condition = CommandCondition {
        facts,
        ..condition(script, Answer::Success)
    };
    let said = condition.ask().unwrap().sentence;
    let expected = format!(
        "\"router_runner|eth0 lo|tcp port\u{fffd}80|/var/lib/crashcap|\
         2026-11-23T05:12:33.123Z|{}|7 8\"",
        std::process::id()
    );
    assert!(said.ends_with(&expected), "{said}");
}

#[test]
fn one_that_cannot_run_is_trouble() {
    let condition = CommandCondition {
        program: Program::new("/no/such/program", [""]),
        ..condition("", Answer::Failure)
    };
    let told = condition.ask().unwrap_err().to_string();
    assert!(told.contains("no such file"), "{told}");
    let (words, heard) = bounded(1024);
    let _listener = condition.listen(5, words).unwrap();
    assert!(matches!(next(&heard), Word::Trouble { sentence, .. } if sentence == told));
}

#[test]
fn two_runs_never_overlap() {
    let folder = tempfile::tempdir().unwrap();
    // Whoever finds the folder there runs beside another.
    let script = format!(
        "mkdir {0} || echo beside; sleep 0.05; rmdir {0}",
        folder.path().join("runs").display()
    );
    let answer = Answer::Output(Expression::new("beside").unwrap());
    let (words, heard) = bounded(1024);
    let listener = condition(&script, answer).listen(5, words).unwrap();
    let mut runs = 0;
    while runs < 5 {
        match next(&heard) {
            Word::Measured { reading, .. } => {
                assert!(reading.value < 0.5, "{reading:?}");
                runs += 1;
            }
            Word::Note { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    drop(listener);
}

#[test]
fn a_dropped_one_ends_its_program_at_once() {
    let (words, heard) = bounded(1024);
    let listener = condition("sleep 600", Answer::Success).listen(5, words);
    let start = crate::clock::now().monotonic;
    drop(listener.unwrap());
    let took = crate::clock::now().monotonic.since(start);
    assert!(took < PATIENCE / 4, "{took:?}");
    assert!(heard.recv().is_err(), "nothing is told of it");
}
