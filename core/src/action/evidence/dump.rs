//! Where the system put the core dump of a crash.

use super::system::{self, Crashed};
use crate::action::Context;
use crate::incident::{Facts, FrozenBy};
use crate::limits::{CORE_DUMP_PAUSE, CORE_DUMP_TRIES};
use crate::watch::ExitStatus;

/// Looks for it, and again while it may still be written.
///
/// # Errors
/// A sentence: nothing crashed, or none is there.
pub(super) fn find(facts: &Facts, context: &Context<'_>) -> Result<String, String> {
    let FrozenBy::Firing(firing) = &facts.frozen_by else {
        return Err("no process crashed, so there is no core dump".to_owned());
    };
    let Some(process) = &firing.process else {
        return Err("no process crashed, so there is no core dump".to_owned());
    };
    match &firing.status {
        Some(ExitStatus::Code { code }) => {
            return Err(format!(
                "{} exited with status {code} by itself, so there is no core dump",
                process.name
            ));
        }
        Some(ExitStatus::Signal {
            core_dumped: Some(false),
            ..
        }) => {
            return Err(format!(
                "the system wrote no core dump of {}: look at its limit with `ulimit -c`",
                process.name
            ));
        }
        _ => {}
    }
    let seen = context
        .last_seen
        .and_then(|seen| seen.process(process.identity));
    let crashed = Crashed {
        process,
        folder: seen.and_then(|seen| seen.folder.as_deref()),
        since: facts.recording_since,
    };
    for number in 1..=CORE_DUMP_TRIES {
        if let Some(text) = system::core_dump(&crashed)? {
            return Ok(text);
        }
        if number < CORE_DUMP_TRIES && !context.pause.pause(CORE_DUMP_PAUSE) {
            break;
        }
    }
    Err(format!(
        "no core dump of {} (pid {}) was found where this system puts them",
        process.name, process.identity.pid
    ))
}
