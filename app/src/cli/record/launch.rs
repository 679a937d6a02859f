//! A target that is launched for the recording.

use std::ffi::OsString;
use std::io::stderr;
use std::process::Stdio;

use crate::cli::exit::{Exit, Failure};
use crate::launch::{self, Front, Launched, Outputs};

/// Starts the command up to its gate. With `--json`, standard output belongs to
/// the events, so the target writes to standard error.
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
    launch::launch(program, arguments, outputs, Front::Terminal)
        .map(Some)
        .map_err(|error| {
            Failure::new(
                Exit::NotFound,
                format!(
                    "launch {}: {error}; check the command after --",
                    program.to_string_lossy()
                ),
            )
        })
}
