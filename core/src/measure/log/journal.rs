//! The journal of a systemd unit, by journalctl(1).
//!
//! What was written while journalctl was not running is read when it runs again:
//! it goes on behind the last entry that was read whole.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use super::export::{Export, Piece};
use super::matches::Matches;
use crate::clock::now;
use crate::limits;
use crate::measure::command::{End, Outcome, Program, Reading, Started, run_program};
use crate::measure::listener::Teller;
use crate::units::Timestamp;
use crossbeam_channel::{bounded, select};

/// Where a run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// With what is written from now on.
    Newest,
    /// Behind the entry of this cursor.
    Behind(String),
    /// With what was written since then.
    Since(Timestamp),
}

/// What reads a unit's journal: entries in the export format.
fn journalctl(unit: &str, begin: &Begin) -> Program {
    let begin = match begin {
        Begin::Newest => vec!["--lines=0".to_owned()],
        Begin::Behind(cursor) => vec![format!("--after-cursor={cursor}"), "--no-tail".to_owned()],
        Begin::Since(time) => vec![since(*time), "--no-tail".to_owned()],
    };
    let arguments = [
        "--quiet",
        "--no-pager",
        "--output=export",
        "--output-fields=MESSAGE",
        "--follow",
    ];
    let arguments = arguments.into_iter().map(ToOwned::to_owned);
    Program::new(
        "journalctl",
        arguments.chain(begin).chain([format!("--unit={unit}")]),
    )
}

/// To the microsecond, as the journal's own times are.
fn since(time: Timestamp) -> String {
    let microseconds = time.0 / 1_000;
    format!(
        "--since=@{}.{:06}",
        microseconds / 1_000_000,
        microseconds % 1_000_000
    )
}

/// What stands in the way, and what to do.
type Refusal = (String, &'static str);

/// Whether journalctl is there and shows what such a unit writes; else why not,
/// and what to do.
pub(super) fn check(unit: &str) -> Result<(), Refusal> {
    if unit.is_empty() {
        return Err((
            "no unit is named".to_owned(),
            "name one, such as nginx.service",
        ));
    }
    // What cannot be seen is told beside the plain output only, and not where
    // the environment silences it.
    let program = Program::new(
        "journalctl",
        [
            "--no-pager",
            "--lines=0",
            "--output-fields=MESSAGE",
            &format!("--unit={unit}"),
        ],
    )
    .with([
        ("SYSTEMD_LOG_LEVEL", "info"),
        ("SYSTEMD_LOG_TARGET", "console"),
    ]);
    let room = limits::COMMAND_OUTPUT_MAX;
    let outcome = run_program(&program, limits::JOURNAL_CHECK_WAIT, room).map_err(|error| {
        let install = "record where systemd runs, or watch a log file";
        (error.to_string(), install)
    })?;
    seen_by(&outcome)?;
    known(unit)
}

/// What journalctl's answer says of what can be seen.
fn seen_by(outcome: &Outcome) -> Result<(), Refusal> {
    let may_read = "be root or in a group that may read the journal (`sudo usermod -aG \
                    systemd-journal USER`, then log in again)";
    let by_hand = "run `journalctl` by hand to see why";
    let said = outcome.output.text.trim();
    if said.contains("not seeing messages from other users") || said.contains("permissions") {
        let hidden = "this user does not see what others and the system write there";
        return Err((hidden.to_owned(), may_read));
    }
    if said.contains("No journal files were found") {
        let none = "there is no journal on this machine (journalctl: No journal files were found)";
        let elsewhere = "record where systemd-journald keeps one, or watch a log file";
        return Err((none.to_owned(), elsewhere));
    }
    match &outcome.end {
        End::Ended(_) if outcome.succeeded() => Ok(()),
        End::Ended(status) => {
            let said = said.replace('\n', "; ");
            Err((format!("journalctl {status}: {said}"), by_hand))
        }
        End::TimedOut | End::Stopped => Err(("journalctl does not answer".to_owned(), by_hand)),
    }
}

/// Whether systemd knows the unit; where it cannot be asked, or this is a pattern,
/// nothing stands in the way.
fn known(unit: &str) -> Result<(), Refusal> {
    if unit.contains(['*', '?', '[']) {
        return Ok(());
    }
    let ask = Program::new(
        "systemctl",
        ["show", "--property=LoadState", "--value", "--", unit],
    );
    let room = limits::COMMAND_OUTPUT_MAX;
    match run_program(&ask, limits::JOURNAL_CHECK_WAIT, room) {
        Ok(outcome) if outcome.succeeded() && outcome.output.text.trim() == "not-found" => Err((
            "systemd knows no such unit".to_owned(),
            "look at `systemctl list-units --all` for its name, or install it first",
        )),
        _ => Ok(()),
    }
}

/// Follows the journal, and begins again when journalctl ends.
pub(super) fn follow(unit: &str, matches: Matches, teller: &mut Teller) {
    let program = |begin: &Begin| journalctl(unit, begin);
    follow_program(&program, limits::JOURNAL_AGAIN, matches, teller);
}

/// Follows what a program says in the export format, and starts it again where
/// it stopped.
pub(super) fn follow_program(
    program: &dyn Fn(&Begin) -> Program,
    again: Duration,
    matches: Matches,
    teller: &mut Teller,
) {
    let mut entries = Entries {
        export: Export::default(),
        matches,
    };
    let mut begin = Begin::Newest;
    // Nothing that was written after this was read.
    let mut unread = now().wall;
    loop {
        let before = entries.export.cursor().map(ToOwned::to_owned);
        let Some(ended) = said(&program(&begin), &mut entries, teller) else {
            return;
        };
        // It is read once more, as a whole.
        entries.export.begin_anew();
        entries.matches.forget();
        begin = match entries.export.cursor() {
            Some(cursor) if before.as_deref() != Some(cursor) => {
                unread = now().wall;
                Begin::Behind(cursor.to_owned())
            }
            // A cursor may be of no use any more.
            _ => Begin::Since(unread),
        };
        teller.trouble(format!("{ended}; it is started again"));
        if teller.rests(again) {
            return;
        }
    }
}

/// Entries that are read, and what is looked for in them.
struct Entries {
    export: Export,
    matches: Matches,
}

impl Entries {
    fn push(&mut self, bytes: &[u8], teller: &mut Teller) {
        let matches = &mut self.matches;
        self.export.push(bytes, |piece| match piece {
            Piece::Message(part) => matches.push(part, teller),
            Piece::End => matches.finish(teller),
        });
    }
}

/// Tells what one run says, until its end; `None` when the listener is to end.
fn said(program: &Program, entries: &mut Entries, teller: &mut Teller) -> Option<String> {
    let (started, pipe) = match Started::new(program) {
        Ok(both) => both,
        Err(error) => return Some(error.to_string()),
    };
    let (pieces, heard) = bounded::<Vec<u8>>(4);
    let reading = Reading::new(pipe, move |pipe| {
        let mut buffer = vec![0; limits::PIPE_BUFFER];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) if pieces.send(buffer[..count].to_vec()).is_ok() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => return,
            }
        }
    });
    let reading = match reading {
        Ok(reading) => reading,
        Err(error) => return Some(format!("{} cannot be read: {error}", program.name())),
    };
    let stopped = teller.stopped().clone();
    let is_over = loop {
        select! {
            recv(heard) -> piece => match piece {
                Ok(piece) => {
                    entries.push(&piece, teller);
                    teller.recovered();
                }
                Err(_) => break false,
            },
            recv(stopped) -> _ => break true,
        }
    };
    // Its channel goes first, so that it waits for nobody.
    drop(heard);
    drop(reading);
    if is_over {
        return None;
    }
    // It has closed its output; whatever else it does is of no use.
    let status = match started.ended().recv_timeout(limits::LEFT_OUTPUT_WAIT) {
        Err(crossbeam_channel::RecvTimeoutError::Disconnected) => started.finish(),
        _ => None,
    };
    let how = status.map_or_else(
        || "closed its output".to_owned(),
        |status| status.to_string(),
    );
    Some(format!("{} {how}", program.name()))
}
