//! A target that is launched for the recording: by this front, in a process
//! group of its own, with the user's own environment.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::cli::exit::{Exit, Failure};

/// A launched target; reaped by a thread, so that its end is seen whole.
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
    let mut launch = Command::new(program);
    launch.args(arguments).stdin(Stdio::null());
    if json {
        launch.stdout(std::io::stderr());
    }
    own_group(&mut launch);
    let child = launch.spawn().map_err(|error| {
        Failure::new(
            Exit::NotFound,
            format!(
                "launch {}: {error}; check the command after --",
                program.to_string_lossy()
            ),
        )
    })?;
    // It is not waited for: whoever does takes its status, which the watcher is
    // to see. When this program ends the system releases it.
    Ok(Some(Launched { pid: child.id() }))
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    command.creation_flags(windows_sys::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP);
}
