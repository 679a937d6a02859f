//! Starting other programs apart from this one, for the terminal program and
//! the window alike.
//!
//! - A target waits at a gate until the recording runs: none of its packets come
//!   before, and not even its end can be missed. Where nothing is recorded it
//!   never runs.
//! - A target is not waited for: whoever waits takes its status, which the
//!   recorder's watcher is to see. When this program ends the system releases it.
//! - It runs with the user's own environment.

pub(crate) mod pass;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};

use crashcap_core::measure::OF_THE_SERVICE;

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

/// A target at its gate. Dropped there, it never runs.
#[derive(Debug)]
pub(crate) struct Launched {
    /// Its process, from now on.
    pub(crate) pid: u32,
    gate: system::Gate,
}

impl Launched {
    /// Recording runs: the target may.
    pub(crate) fn let_go(self) {
        self.gate.open();
    }
}

/// Starts a target up to its gate, in a process group of its own.
///
/// # Errors
/// What the system says.
pub(crate) fn launch(
    program: &OsStr,
    arguments: &[OsString],
    outputs: Outputs,
    front: Front,
) -> io::Result<Launched> {
    let (pid, gate) = system::launch(program, arguments, outputs, front)?;
    Ok(Launched { pid, gate })
}

/// In the process that is to become a target: waits at the gate, and becomes it. In
/// the one that is to pass on what a target says: does so. Returns in every other.
pub(crate) fn pass_gate() {
    pass::pass_on();
    system::pass_gate();
}

/// In a process group of its own, so that Ctrl-C in a terminal does not reach
/// it, and without what in the environment is for this program alone.
pub(crate) fn apart(command: &mut Command, front: Front) {
    if let Some(name) = std::env::var_os(OWN_VARIABLE) {
        command.env_remove(name).env_remove(OWN_VARIABLE);
    }
    for variable in OF_THE_SERVICE {
        command.env_remove(variable);
    }
    system::own_group(command, front);
}
