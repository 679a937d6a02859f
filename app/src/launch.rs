//! Starting other programs apart from this one, for the terminal program and
//! the window alike.
//!
//! - A target that is launched is not waited for: whoever waits takes its status,
//!   which the recorder's watcher is to see. When this program ends the system
//!   releases it.
//! - It runs with the user's own environment.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};

/// Set beside a variable that this program set for itself, which nobody else is
/// to inherit: its name.
pub(crate) const OWN_VARIABLE: &str = "CRASHCAP_SET";

/// Which of the two programs starts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// The one in a terminal, which is the other's too.
    #[allow(dead_code, reason = "each of the two programs says what it is")]
    Terminal,
    /// The window: nothing that it starts may open a console on Windows.
    #[allow(dead_code, reason = "each of the two programs says what it is")]
    Window,
}

/// Where a target's output goes.
#[derive(Debug)]
pub(crate) struct Outputs {
    /// Standard output.
    pub(crate) out: Stdio,
    /// Standard error.
    pub(crate) err: Stdio,
}

/// Starts a target in a process group of its own and answers with its pid.
///
/// # Errors
/// What the system says.
pub(crate) fn launch(
    program: &OsStr,
    arguments: &[OsString],
    outputs: Outputs,
    front: Front,
) -> io::Result<u32> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(outputs.out)
        .stderr(outputs.err);
    apart(&mut command, front);
    command.spawn().map(|child| child.id())
}

/// In a process group of its own, so that Ctrl-C in a terminal does not reach
/// it, and without what this program set for itself in the environment.
pub(crate) fn apart(command: &mut Command, front: Front) {
    if let Some(name) = std::env::var_os(OWN_VARIABLE) {
        command.env_remove(name).env_remove(OWN_VARIABLE);
    }
    own_group(command, front);
}

#[cfg(unix)]
fn own_group(command: &mut Command, _: Front) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn own_group(command: &mut Command, front: Front) {
    use std::os::windows::process::CommandExt;
    use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW};
    let console = match front {
        Front::Terminal => 0,
        Front::Window => CREATE_NO_WINDOW,
    };
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | console);
}
