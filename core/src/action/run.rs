//! Running programs: the user's own, and those of the system that are asked for evidence.

use std::time::Duration;

use crossbeam_channel::Receiver;

use super::choice;
use super::fields::Fields;
use crate::limits::OUTPUT_BYTES_MAX;
use crate::measure::{End, Outcome, Program, run_program, run_program_until};
use crate::units::duration_in_words;
use crate::watch::ExitStatus;

/// What came of the user's program.
pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) told: String,
    pub(super) output: String,
    pub(super) output_cut: bool,
}

/// The same as the engine runs it.
pub(super) fn with_fields(program: &choice::Program, fields: &Fields) -> Program {
    Program::new(program.program(), program.arguments().iter().cloned()).with(fields.environment())
}

/// Runs the user's program with the facts in its environment.
///
/// # Errors
/// It could not be run, and why.
pub(super) fn run(
    program: &choice::Program,
    fields: &Fields,
    stop: &Receiver<()>,
) -> Result<Ran, String> {
    let runs = with_fields(program, fields);
    let timeout = program.timeout();
    let outcome = run_program_until(&runs, timeout, OUTPUT_BYTES_MAX, stop)
        .map_err(|error| error.to_string())?;
    Ok(Ran {
        ok: outcome.succeeded(),
        told: ended(&outcome, timeout),
        output_cut: outcome.output.left_out > 0,
        output: outcome.output.text,
    })
}

fn ended(outcome: &Outcome, timeout: Duration) -> String {
    match &outcome.end {
        End::Ended(status @ ExitStatus::Signal { .. }) => {
            format!("it {status} after {}", duration_in_words(outcome.took))
        }
        End::Ended(status) => format!("it {status}"),
        End::TimedOut => format!(
            "it had not ended after {} and was ended with all that it had started",
            duration_in_words(timeout)
        ),
        End::Stopped => "it was ended, since the recording was".to_owned(),
    }
}

/// Why a program of the system has no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    /// It ran and exited with a status that says no.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "only Linux asks for it")
    )]
    pub(super) said_no: bool,
    /// In words.
    pub(super) why: String,
}

/// What a program of the system answers.
///
/// # Errors
/// It is not there, failed or took too long.
pub(super) fn ask(
    name: &str,
    arguments: &[&str],
    timeout: Duration,
    most: usize,
) -> Result<String, Unanswered> {
    let program = Program::new(name, arguments.iter().copied());
    let outcome = run_program(&program, timeout, most).map_err(|error| Unanswered {
        said_no: false,
        why: error.to_string(),
    })?;
    if outcome.succeeded() {
        return Ok(outcome.output.text);
    }
    let said = outcome.output.text.lines().next().unwrap_or_default();
    Err(Unanswered {
        said_no: matches!(outcome.end, End::Ended(ExitStatus::Code { .. })),
        why: format!("{name}: {} ({said})", ended(&outcome, timeout)),
    })
}
