//! Starting the recorder.

use std::process::{Child, Command, Stdio};

use super::ChildError;
use super::program::{beside, recorder_program};
use crate::launch::{Front, apart};

/// With which rights the recorder runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Those that it has by itself.
    Own,
    /// An administrator is asked (pkexec).
    #[cfg(target_os = "linux")]
    Asked,
    /// None that this window does not have.
    None,
}

/// Starts it with its streams piped, in a process group of its own, so that
/// Ctrl-C in a terminal does not reach it.
pub(super) fn spawn(rights: Rights) -> Result<(Child, String), ChildError> {
    let program = match rights {
        Rights::Own => recorder_program(),
        _ => beside(),
    };
    let mut command = match rights {
        #[cfg(target_os = "linux")]
        Rights::Asked => {
            let mut command = Command::new("pkexec");
            command.arg(&program);
            command
        }
        Rights::Own | Rights::None => Command::new(&program),
    };
    let program = program.display().to_string();
    match start(&mut command) {
        Ok(child) => Ok((child, program)),
        #[cfg(target_os = "linux")]
        Err(source) if rights == Rights::Asked => Err(ChildError::Ask { source }),
        Err(source) => Err(ChildError::Start { program, source }),
    }
}

fn start(command: &mut Command) -> std::io::Result<Child> {
    command
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    apart(command, Front::Window);
    command.spawn()
}
