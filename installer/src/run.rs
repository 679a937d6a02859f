//! `cargo xtask run`: builds both programs and opens the window.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::install::{Install, ensure};
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{self, cargo};
use crate::workspace::{APP, WINDOW, Workspace};

/// Opens the window; the exit code is its own. It needs no rights: its recorder
/// asks for them when recording starts.
pub(crate) fn run(install: Install, args: &[OsString]) -> Result<ExitCode, Problem> {
    let mut needs = needs_to_build();
    if cfg!(target_os = "linux") {
        needs.push(Need::Window);
    }
    ensure(&needs, install)?;
    let workspace = Workspace::ask()?;
    process::run(cargo().args(["build", "--release", "--package", APP, "--bins"]))?;
    let mut window = Command::new(workspace.program("release", WINDOW));
    process::run_status(window.args(args)).map(process::exit_code)
}
