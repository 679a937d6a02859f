//! Logs that are really rotated, truncated, late and too long.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::*;
use crate::measure::command::Program;
use crate::measure::{Told, Word};

/// Longer than anything here takes, of which a gigabyte's thirteen seconds are the
/// most; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A log in a folder of its own, and who listens to it.
struct Bench {
    folder: tempfile::TempDir,
    heard: Receiver<Told>,
    _listener: Option<Listener>,
}

impl Bench {
    fn new(before: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
        let condition = LogCondition {
            source: LogSource::File(path),
            expression: Expression::new("panic|wrong").unwrap(),
        };
        condition.source.check().unwrap();
        let (words, heard) = bounded(1024);
        let _listener = Some(condition.listen(3, words).unwrap());
        Self {
            folder,
            heard,
            _listener,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> File {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        options.open(self.path("x.log")).unwrap()
    }

    fn write(&self, text: &[u8]) {
        self.open().write_all(text).unwrap();
    }

    fn next(&self) -> Word {
        self.heard.recv_timeout(PATIENCE).unwrap().word
    }

    /// What is said next, without the words before it.
    fn says(&self) -> String {
        let start = format!("the log {} says: ", self.path("x.log").display());
        match self.next() {
            Word::Happened(happening) => match happening.sentence.strip_prefix(&start) {
                Some(said) => said.to_owned(),
                None => panic!("{}", happening.sentence),
            },
            other => panic!("{other:?}"),
        }
    }

    fn trouble(&self) -> String {
        match self.next() {
            Word::Trouble { sentence, .. } => sentence,
            other => panic!("{other:?}"),
        }
    }

    fn recovers(&self) {
        let word = self.next();
        assert!(matches!(word, Word::Recovered { .. }), "{word:?}");
    }
}

#[test]
fn only_what_is_written_after_the_start_counts() {
    let bench = Bench::new(Some("wrong: before\n"));
    bench.write(b"fine\npanic: \xff after\r\n");
    assert_eq!(bench.says(), "\"panic: \u{fffd} after\"");
}

#[test]
fn a_line_counts_when_it_is_whole() {
    let bench = Bench::new(Some(""));
    let mut log = bench.open();
    for part in ["pan", "ic: in", " parts\nwrong: next\n"] {
        log.write_all(part.as_bytes()).unwrap();
        // A look falls between two parts, mostly.
        let _ = bench
            .heard
            .recv_timeout(2 * limits::LOG_INTERVAL)
            .map(|told| match told.word {
                Word::Happened(one) => assert!(one.sentence.ends_with("\"panic: in parts\"")),
                other => panic!("{other:?}"),
            });
    }
    assert_eq!(bench.says(), "\"wrong: next\"");
}

#[test]
fn a_rotated_log_is_read_to_its_end_and_then_the_next() {
    let bench = Bench::new(Some(""));
    for round in 0..3 {
        let mut old = bench.open();
        let rotated = bench.path(&format!("x.log.{round}"));
        fs::rename(bench.path("x.log"), rotated).unwrap();
        // The writer has the old one open still.
        old.write_all(format!("wrong: old {round}\n").as_bytes())
            .unwrap();
        assert_eq!(
            bench.says_after_missing(),
            format!("\"wrong: old {round}\"")
        );
        let new = bench.open();
        old.write_all(format!("wrong: late {round}").as_bytes())
            .unwrap();
        drop(new);
        bench.write(format!("wrong: new {round}\n").as_bytes());
        assert_eq!(
            bench.says_after_missing(),
            format!("\"wrong: late {round}\"")
        );
        assert_eq!(
            bench.says_after_missing(),
            format!("\"wrong: new {round}\"")
        );
    }
}

impl Bench {
    /// What is said next, where it may be told that the file was away.
    fn says_after_missing(&self) -> String {
        loop {
            match self.next() {
                Word::Happened(one) => {
                    return one.sentence.split_once("says: ").unwrap().1.to_owned();
                }
                Word::Trouble { sentence, .. } => {
                    assert!(sentence.contains("is not there"), "{sentence}");
                }
                Word::Recovered { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_truncated_log_is_read_from_its_beginning() {
    let bench = Bench::new(Some("long enough to be longer than what follows it\n"));
    bench.write(b"panic: 1\n");
    assert_eq!(bench.says(), "\"panic: 1\"");
    bench.open().set_len(0).unwrap();
    bench.write(b"panic: 2\n");
    assert_eq!(bench.says(), "\"panic: 2\"");
}

#[test]
fn a_late_log_is_read_from_its_beginning() {
    let bench = Bench::new(None);
    assert!(
        bench
            .trouble()
            .ends_with("x.log is not there; it is looked for again")
    );
    bench.write(b"panic: first\n");
    // The line is told by the look that finds the file.
    assert_eq!(bench.says(), "\"panic: first\"");
    bench.recovers();
}

#[test]
fn a_log_that_is_deleted_is_trouble_until_it_is_there_again() {
    let bench = Bench::new(Some("before\n"));
    fs::remove_file(bench.path("x.log")).unwrap();
    assert!(bench.trouble().contains("is not there"));
    bench.write(b"panic: again\n");
    assert_eq!(bench.says(), "\"panic: again\"");
    bench.recovers();
}

#[test]
fn a_gigabyte_in_one_line_is_cut() {
    let bench = Bench::new(Some(""));
    bench.write(b"panic: ");
    // A hole, which costs no disk.
    bench.open().set_len(1 << 30).unwrap();
    bench.write(b"\npanic: next\n");
    let said = loop {
        match bench.next() {
            Word::Happened(one) => break one.sentence,
            Word::Trouble { sentence, .. } => assert!(sentence.contains("told late"), "{sentence}"),
            Word::Recovered { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(said.contains("says: \"panic: \\u{0}"), "{said}");
    assert!(said.ends_with("(a line cut at 65536 bytes)"), "{said}");
    assert_eq!(bench.says_after_missing_or_late(), "\"panic: next\"");
}

impl Bench {
    fn says_after_missing_or_late(&self) -> String {
        loop {
            if let Word::Happened(one) = self.next() {
                return one.sentence.split_once("says: ").unwrap().1.to_owned();
            }
        }
    }
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let told = LogSource::File(folder.path().into())
        .check()
        .unwrap_err()
        .to_string();
    assert!(told.contains("it is no file"), "{told}");
    let pipe = folder.path().join("pipe");
    let make = Program::new("mkfifo", [&pipe]);
    assert!(
        crate::measure::run_program(&make, PATIENCE, 100)
            .unwrap()
            .succeeded()
    );
    let told = LogSource::File(pipe).check().unwrap_err().to_string();
    assert!(told.contains("it is no file"), "{told}");
    let channel = "Application".to_owned();
    let told = LogSource::EventLog { channel }
        .check()
        .unwrap_err()
        .to_string();
    assert!(told.contains("only Windows has one"), "{told}");
}

/// A program that is followed as journalctl is; it is told where to begin.
fn followed(script: &str) -> (Listener, Receiver<Told>) {
    let (words, heard) = bounded(1024);
    let script = script.to_owned();
    let program = move |begin: &journal::Begin| {
        Program::new("sh", ["-c", &script, "sh", &format!("{begin:?}")])
    };
    let expression = Expression::new("panic").unwrap();
    let matches = Matches::new("the journal of x".to_owned(), expression);
    let listener = Listener::start("test", 3, words, move |teller| {
        journal::follow_program(&program, Duration::from_millis(10), matches, teller);
    });
    (listener.unwrap(), heard)
}

#[test]
fn a_followed_program_is_ended_with_its_listener() {
    let (listener, heard) = followed("echo MESSAGE=panic: $$; echo; exec sleep 600");
    let Word::Happened(one) = heard.recv_timeout(PATIENCE).unwrap().word else {
        panic!("no line");
    };
    let pid = one.sentence.rsplit(' ').next().unwrap().trim_matches('"');
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::test_kill_process(pid).unwrap();
    drop(listener);
    assert!(rustix::process::test_kill_process(pid).is_err());
}

#[test]
fn a_followed_program_that_ends_is_trouble_and_is_started_again() {
    let (_listener, heard) = followed(
        "printf '__CURSOR=%s\\nMESSAGE=panic from %s\\n\\n__CURSOR=b\\nMESSAGE=panic begun' a \"$1\"; exit 3",
    );
    let mut begins = ["Newest", "Behind(\\\"a\\\")", "Since(Timestamp("].into_iter();
    let mut next = begins.next();
    while let Some(begin) = next {
        let word = heard.recv_timeout(PATIENCE).unwrap().word;
        let Word::Happened(one) = word else {
            // The same trouble again is told once what it said was over.
            assert!(matches!(
                word,
                Word::Trouble { .. } | Word::Recovered { .. }
            ));
            continue;
        };
        let sentence = one.sentence.replace('\\', "");
        let begin = begin.replace('\\', "");
        assert!(
            sentence.contains(&format!("panic from {begin}")),
            "{sentence}"
        );
        next = begins.next();
    }
    let trouble = heard.iter().find_map(|told| match told.word {
        Word::Trouble { sentence, .. } => Some(sentence),
        _ => None,
    });
    assert_eq!(
        trouble.unwrap(),
        "sh exited with status 3; it is started again"
    );
}

#[test]
fn a_journal_is_followed_or_said_to_be_missing() {
    let unit = "crashcap-no-such-unit.service".to_owned();
    let source = LogSource::Journal { unit };
    let expression = Expression::new("panic").unwrap();
    match source.check() {
        Ok(()) => {
            let (words, heard) = bounded(16);
            let listener = LogCondition { source, expression }
                .listen(3, words)
                .unwrap();
            assert!(heard.recv_timeout(Duration::from_millis(300)).is_err());
            drop(listener);
        }
        Err(error) => assert!(error.to_string().contains("journalctl"), "{error}"),
    }
    let nameless = LogSource::Journal {
        unit: String::new(),
    };
    assert!(
        nameless
            .check()
            .unwrap_err()
            .to_string()
            .contains("no unit")
    );
}

#[test]
fn what_a_target_says_is_passed_on_and_looked_at() {
    let (output, mut target) = io::pipe().unwrap();
    let (mut passed, onto) = io::pipe().unwrap();
    let (words, heard) = bounded(16);
    let expression = Expression::new("panic").unwrap();
    listen_to_output(
        output,
        onto,
        "the output of server",
        vec![(3, expression)],
        &words,
    )
    .unwrap();
    drop(words);
    target
        .write_all(b"fine\npanic: at the disco\npanic")
        .unwrap();
    let told = || match heard.recv_timeout(PATIENCE).unwrap().word {
        Word::Happened(one) => one.sentence,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(), "the output of server says: \"panic: at the disco\"");
    drop(target);
    assert_eq!(told(), "the output of server says: \"panic\"");
    let mut all = String::new();
    io::Read::read_to_string(&mut passed, &mut all).unwrap();
    assert_eq!(all, "fine\npanic: at the disco\npanic");
}

#[test]
fn a_target_is_not_held_up_when_nobody_takes_what_it_says() {
    let (output, mut target) = io::pipe().unwrap();
    let (passed, onto) = io::pipe().unwrap();
    drop(passed);
    let (words, heard) = bounded(1);
    drop(heard);
    let expression = Expression::new("panic").unwrap();
    listen_to_output(
        output,
        onto,
        "the output of server",
        vec![(3, expression)],
        &words,
    )
    .unwrap();
    drop(words);
    for _ in 0..10_000 {
        target
            .write_all(b"panic: more than a pipe holds\n")
            .unwrap();
    }
}
