//! What else there is to know of the target: its sockets, its processes, the ends
//! of logs, the core dump's place.
//!
//! - What cannot be had is a sentence in the evidence, never a reason to give up
//!   the rest.
//! - After a crash the process is gone; then what was [`LastSeen`] of it is told, and
//!   when that was.
//! - Everything is bounded: pieces, their bytes, and the time that each takes.

mod dump;
mod keep;
mod logs;
mod seen;
mod system;

use std::path::PathBuf;

use super::choice::{Evidence, Form};
use super::fields::Fields;
use super::{Action, ActionResult, Context};
use crate::incident::Facts;
use crate::limits::LOG_BYTES_MAX;

pub use keep::{EvidenceComment, evidence_of};
pub(super) use keep::{Kept, in_comments, in_zip};
pub use seen::{LastSeen, SeenProcess};

/// One piece of evidence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its file's name, with `/` between folders.
    name: String,
    bytes: Vec<u8>,
    /// Of a log the end matters, of anything else the beginning.
    end_matters: bool,
}

impl Piece {
    pub(super) fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.into(),
            end_matters: false,
        }
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What was collected, and what could not be.
pub(super) struct Collected {
    pub(super) pieces: Vec<Piece>,
    /// A sentence for each part that is missing.
    pub(super) missing: Vec<String>,
}

/// Collects what is asked for.
pub(super) fn collect(evidence: &Evidence, facts: &Facts, context: &Context<'_>) -> Collected {
    let mut collected = Collected {
        pieces: Vec::new(),
        missing: Vec::new(),
    };
    if evidence.sockets() {
        sockets(context, &mut collected);
    }
    if evidence.process() {
        processes(context, &mut collected);
    }
    logs(evidence, &mut collected);
    if evidence.core_dump() {
        match dump::find(facts, context) {
            Ok(text) => collected.pieces.push(Piece::new("core-dump.txt", text)),
            Err(why) => {
                let text = format!("{why}\n");
                collected.pieces.push(Piece::new("core-dump.txt", text));
                collected.missing.push(why);
            }
        }
    }
    collected
}

fn sockets(context: &Context<'_>, collected: &mut Collected) {
    let at = (context.clock)().wall;
    let now = seen::sockets_now(context.targets, at, context.network);
    let mut text = String::new();
    if !now.of_target
        && let Some(seen) = context.last_seen.and_then(|seen| seen.sockets.as_deref())
    {
        text += seen;
        text.push('\n');
    }
    match now.table {
        Ok(table) => text += &table,
        Err(why) => {
            text += &format!("{why}\n");
            collected.missing.push(why);
        }
    }
    collected.pieces.push(Piece::new("sockets.txt", text));
}

fn processes(context: &Context<'_>, collected: &mut Collected) {
    if context.targets.is_empty() {
        collected
            .missing
            .push("no process is known whose details could be collected".to_owned());
    }
    for identity in context.targets.iter().take(seen::PROCESSES_MAX) {
        let at = (context.clock)().wall;
        let text = match seen::process_now(*identity, at) {
            Ok(process) => process.text,
            Err(why) => {
                let before = context.last_seen.and_then(|seen| seen.process(*identity));
                match before {
                    Some(process) => {
                        format!("{why} at {at}; what was seen before:\n\n{}", process.text)
                    }
                    None => {
                        let why = format!("{why}, and nothing was kept of it before");
                        collected.missing.push(why.clone());
                        format!("{why}\n")
                    }
                }
            }
        };
        let name = format!("process-{}.txt", identity.pid);
        collected.pieces.push(Piece::new(&name, text));
    }
}

fn logs(evidence: &Evidence, collected: &mut Collected) {
    for (index, log) in evidence.logs().iter().enumerate() {
        let name = log.path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("logs/{}-{name}", index + 1);
        match logs::last_lines(&log.path, log.lines, LOG_BYTES_MAX) {
            Ok(end) => {
                if end.cut {
                    collected.missing.push(format!(
                        "of {} only the last {} bytes, since its lines are so long",
                        log.path.display(),
                        end.bytes.len()
                    ));
                }
                collected.pieces.push(Piece {
                    name,
                    bytes: end.bytes,
                    end_matters: true,
                });
            }
            Err(error) => collected.missing.push(unreadable(&log.path, &error)),
        }
    }
}

/// Why a log cannot be read.
pub(super) fn unreadable(path: &std::path::Path, error: &std::io::Error) -> String {
    format!(
        "the log {} cannot be read: {error}; correct its path, or allow this user to read it",
        path.display()
    )
}

/// Opens each log, as reading its end does.
pub(super) fn check_logs(evidence: &Evidence) -> Result<(), (PathBuf, std::io::Error)> {
    for log in evidence.logs() {
        logs::last_lines(&log.path, 1, 1).map_err(|error| (log.path.clone(), error))?;
    }
    Ok(())
}

/// Keeps what was collected, in the form that was asked for.
pub(super) fn keep(
    evidence: &Evidence,
    incident: &std::path::Path,
    pieces: &[Piece],
) -> Result<Kept, String> {
    match evidence.form() {
        Form::Zip => in_zip(incident, pieces),
        Form::Comments => in_comments(incident, pieces),
    }
}

impl Collected {
    /// Adds what a `.zip` holds to stand alone: the facts, what was done before
    /// and what is still to come.
    pub(super) fn add_facts(
        &mut self,
        fields: &Fields,
        facts: &Facts,
        before: &[ActionResult],
        later: &[Action],
    ) {
        let to_come: Vec<_> = later.iter().map(ToString::to_string).collect();
        let facts = serde_json::json!({ "fields": fields.json(), "facts": serde_json::to_value(facts).ok() });
        let actions = serde_json::json!({ "done": before, "to_come": to_come });
        for (name, value) in [("facts.json", facts), ("actions.json", actions)] {
            self.pieces.push(Piece::new(name, format!("{value:#}\n")));
        }
    }
}
