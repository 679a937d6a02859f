//! The journal of a systemd unit, by journalctl(1).

use std::io::{ErrorKind, Read};
use std::time::Duration;

use super::matches::Matches;
use crate::limits;
use crate::measure::command::{End, Program, Reading, Started, run_program};
use crate::measure::listener::Teller;
use crossbeam_channel::{bounded, select};

/// Messages of a unit and nothing else, from its newest on.
fn journalctl(unit: &str, more: &[&str]) -> Program {
    let unit = format!("--unit={unit}");
    let arguments = ["--quiet", "--no-pager", "--output=cat", "--lines=0", &unit];
    Program::new("journalctl", arguments.iter().chain(more).copied())
}

/// Whether journalctl is there and can read a journal; else why not, and what to do.
pub(super) fn check(unit: &str) -> Result<(), (String, &'static str)> {
    let install = "record where systemd runs, or watch a log file";
    if unit.is_empty() {
        return Err((
            "no unit is named".to_owned(),
            "name one, such as nginx.service",
        ));
    }
    let room = limits::COMMAND_OUTPUT_MAX;
    let outcome = run_program(&journalctl(unit, &[]), limits::JOURNAL_CHECK_WAIT, room)
        .map_err(|error| (error.to_string(), install))?;
    let by_hand = "run `journalctl` by hand; to see other users' units be root or in the group systemd-journal";
    match outcome.end {
        End::Ended(_) if outcome.succeeded() => Ok(()),
        End::Ended(status) => {
            let said = outcome.output.text.trim().replace('\n', "; ");
            Err((format!("journalctl {status}: {said}"), by_hand))
        }
        End::TimedOut | End::Stopped => Err(("journalctl does not answer".to_owned(), by_hand)),
    }
}

/// Follows the journal, and begins again when journalctl ends.
pub(super) fn follow(unit: &str, matches: Matches, teller: &mut Teller) {
    follow_program(
        &journalctl(unit, &["--follow"]),
        limits::JOURNAL_AGAIN,
        matches,
        teller,
    );
}

/// Follows what a program says.
pub(super) fn follow_program(
    program: &Program,
    again: Duration,
    mut matches: Matches,
    teller: &mut Teller,
) {
    loop {
        let ended = match said(program, &mut matches, teller) {
            Some(ended) => ended,
            None => return,
        };
        matches.finish(teller);
        teller.trouble(format!("{ended}; it is started again"));
        if teller.rests(again) {
            return;
        }
    }
}

/// Tells what one run says, until its end; `None` when the listener is to end.
fn said(program: &Program, matches: &mut Matches, teller: &mut Teller) -> Option<String> {
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
                    matches.push(&piece, teller);
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
