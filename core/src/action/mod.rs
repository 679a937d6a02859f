//! What is done after an incident has been saved: programs, notifications,
//! webhooks, evidence, and the end of the recording.
//!
//! - Actions run one after another in the user's order; one that fails never
//!   keeps the following ones from running.
//! - Each is bounded in time, and its result, a failure too, is recorded at the
//!   end of the incident's file. What the file held before is never written again.
//! - They run on a thread of their own: never the keeper's, and not the saver's
//!   either where a further incident may be waiting for it.
//! - Secrets (a webhook's URL and headers) are in no result.

mod check;
mod choice;
mod evidence;
mod fields;
mod notify;
mod pause;
mod result;
mod run;
#[cfg(test)]
mod tests;
mod webhook;

use std::path::{Path, PathBuf};

use crossbeam_channel::Receiver;

pub use check::{CannotAct, CheckContext, check, warning};
pub use choice::{Action, BadAction, Evidence, EvidenceParts, Form, LogEnd, Program, Webhook};
pub use evidence::{EvidenceComment, LastSeen, SeenProcess, evidence_of};
pub use fields::Fields;
pub use notify::Notifier;
pub use pause::Pause;
pub use result::{
    ActionKind, ActionResult, ResultsError, is_results_in_words, record, recorded, results_of,
};

use crate::capture::Network;
use crate::clock::Now;
use crate::incident::Facts;
use crate::limits::WEBHOOK_TOTAL_MAX;
use crate::units::{ByteCount, nanoseconds};
use crate::watch::ProcessIdentity;

/// What actions need beside the incident.
pub struct Context<'a> {
    /// The target's processes: those that live, and the one that the firing is about.
    pub targets: &'a [ProcessIdentity],
    /// What was seen of them before.
    pub last_seen: Option<&'a LastSeen>,
    /// Who shows notifications, if anybody.
    pub notifier: Option<&'a dyn Notifier>,
    /// The network that is recorded.
    pub network: &'a Network,
    /// Ends a program that runs, and tries again nothing more, as soon as its
    /// sender is dropped; the following actions run nevertheless.
    pub stop: &'a Receiver<()>,
    /// Waits between tries; usually `stop` itself.
    pub pause: &'a dyn Pause,
    /// Reads the clocks: [`crate::clock::now`].
    pub clock: &'a dyn Fn() -> Now,
}

/// What came of all actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// One for each action, in their order.
    pub results: Vec<ActionResult>,
    /// Whether the recording is to end. Telling it is all that [`Action::Exit`] does.
    pub exit: bool,
    /// Files written beside the incident, which go where it goes.
    pub beside: Vec<PathBuf>,
    /// By how much the incident grew, with the files beside it.
    pub bytes: ByteCount,
}

/// What came of one action.
struct Came {
    told: String,
    ok: bool,
    output: String,
    output_cut: bool,
}

impl Came {
    fn from(told: Result<String, String>) -> Self {
        let ok = told.is_ok();
        let (Ok(told) | Err(told)) = told;
        Self {
            told,
            ok,
            output: String::new(),
            output_cut: false,
        }
    }
}

impl Action {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Program(_) => ActionKind::Program,
            Self::Notify => ActionKind::Notify,
            Self::Webhook(_) => ActionKind::Webhook,
            Self::Evidence(_) => ActionKind::Evidence,
            Self::Exit => ActionKind::Exit,
        }
    }
}

/// Runs all actions for a saved incident, in order, and records their results in
/// it. `incident` is its file, the first one where there are several.
///
/// That results could not be recorded (classic pcap holds none) is told in the
/// last result's words as well, since there is no better place left.
#[must_use]
pub fn run_all(actions: &[Action], incident: &Path, facts: &Facts, context: &Context<'_>) -> Ran {
    let incident = std::path::absolute(incident).unwrap_or_else(|_| incident.to_owned());
    let mut ran = Ran::default();
    for (index, action) in actions.iter().enumerate() {
        let begun = (context.clock)();
        let came = match action {
            Action::Program(program) => program_run(program, &incident, facts, context),
            Action::Notify => Came::from(notify::notify(context.notifier, facts)),
            Action::Webhook(webhook) => told(webhook, &incident, facts, begun, context),
            Action::Evidence(evidence) => {
                let later = &actions[index + 1..];
                collected(evidence, &incident, facts, later, context, &mut ran)
            }
            Action::Exit => {
                ran.exit = true;
                Came::from(Ok("the recording ends".to_owned()))
            }
        };
        let took = (context.clock)().monotonic.since(begun.monotonic);
        ran.results.push(ActionResult {
            kind: action.kind(),
            action: action.to_string(),
            at: begun.wall,
            took_ns: nanoseconds(took),
            told: came.told,
            ok: came.ok,
            output: came.output,
            output_cut: came.output_cut,
        });
    }
    match record(&ran.results, &incident) {
        Ok(bytes) => ran.bytes = ran.bytes.plus(ByteCount(bytes)),
        Err(error) => {
            if let Some(last) = ran.results.last_mut() {
                last.told += &format!("; what was done is not in the incident: {error}");
            }
        }
    }
    ran
}

fn program_run(program: &Program, incident: &Path, facts: &Facts, context: &Context<'_>) -> Came {
    match run::run(program, &Fields::new(incident, facts), context.stop) {
        Ok(ran) => Came {
            told: ran.told,
            ok: ran.ok,
            output: ran.output,
            output_cut: ran.output_cut,
        },
        Err(why) => Came::from(Err(why)),
    }
}

fn told(
    webhook: &Webhook,
    incident: &Path,
    facts: &Facts,
    begun: Now,
    context: &Context<'_>,
) -> Came {
    let json = Fields::new(incident, facts).json().to_string();
    let deadline = begun.monotonic.after(WEBHOOK_TOTAL_MAX);
    let told = webhook::post(webhook, &json, deadline, context.clock, context.pause);
    Came {
        told: told.sentence,
        ok: told.ok,
        output: told.answer,
        output_cut: told.answer_cut,
    }
}

fn collected(
    evidence: &Evidence,
    incident: &Path,
    facts: &Facts,
    later: &[Action],
    context: &Context<'_>,
    ran: &mut Ran,
) -> Came {
    let mut collected = evidence::collect(evidence, facts, context);
    if evidence.form() == Form::Zip {
        collected.add_facts(&Fields::new(incident, facts), facts, &ran.results, later);
    }
    let kept = match evidence::keep(evidence, incident, &collected.pieces) {
        Ok(kept) => kept,
        Err(why) => return Came::from(Err(why)),
    };
    ran.bytes = ran.bytes.plus(kept.bytes);
    let mut told = match &kept.beside {
        Some(path) => format!("written to {}", path.display()),
        None => "added to the incident".to_owned(),
    };
    ran.beside.extend(kept.beside);
    let missing = &collected.missing;
    if !missing.is_empty() {
        told += &format!("; missing: {}", missing.join("; "));
    }
    Came::from(if missing.is_empty() {
        Ok(told)
    } else {
        Err(told)
    })
}
