//! A target that is launched for the recording: by this front, in a process
//! group of its own, with the user's own environment.

use std::ffi::OsString;
use std::io::stderr;
use std::process::Stdio;

use crate::cli::exit::{Exit, Failure};
use crate::launch::{self, Front, Outputs};

/// A launched target. It is not waited for, so that the watcher sees its status.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) pid: u32,
}

/// Starts the command. With `--json`, standard output belongs to the events,
/// so the target writes to standard error.
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
    let pid = launch::launch(program, arguments, outputs, Front::Terminal).map_err(|error| {
        Failure::new(
            Exit::NotFound,
            format!(
                "launch {}: {error}; check the command after --",
                program.to_string_lossy()
            ),
        )
    })?;
    Ok(Some(Launched { pid }))
}
