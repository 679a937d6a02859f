//! A target that is launched for the recording: by this front, in a process
//! group of its own, with the user's own environment.
//!
//! Where the system allows, it waits at a gate until the recording runs: none of
//! its packets come before, and not even its end can be missed.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use std::ffi::OsString;
use std::io::stderr;
use std::process::Stdio;

use crate::cli::exit::{Exit, Failure};
use crate::launch::Outputs;

/// A launched target. It is not waited for, so that the watcher sees its status.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) pid: u32,
    gate: system::Gate,
}

impl Launched {
    /// Recording runs: the target may.
    pub(super) fn let_go(&mut self) {
        self.gate.open();
    }
}

/// Starts the command. With `--json`, standard output belongs to the events,
/// so the target writes to standard error. What is dropped without having been
/// let go never runs, where there is a gate.
pub(super) fn launch(command: &[OsString], json: bool) -> Result<Option<Launched>, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(None);
    };
    let outputs = Outputs {
        out: if json {
            stderr().into()
        } else {
            Stdio::inherit()
        },
        err: Stdio::inherit(),
    };
    let (pid, gate) = system::launch(program, arguments, outputs).map_err(|error| {
        Failure::new(
            Exit::NotFound,
            format!(
                "launch {}: {error}; check the command after --",
                program.to_string_lossy()
            ),
        )
    })?;
    Ok(Some(Launched { pid, gate }))
}

/// In the process that is to become a target: waits at the gate, and becomes it.
/// Returns in every other process.
pub(crate) fn pass_gate() {
    system::pass_gate();
}
