//! `cargo xtask demo`: the whole story, played once with real parts.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::install::{Install, ensure};
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process;
use crate::rights::{self, Purpose};
use crate::workspace::{APP, Workspace, build_programs};

const LAB: &str = "crashlab";

/// Builds the terminal program and the crash lab, and lets the lab play the story. The exit code
/// is the lab's.
pub(crate) fn run(install: Install, args: &[OsString]) -> Result<ExitCode, Problem> {
    let mut needs = needs_to_build();
    needs.push(Need::Tshark);
    ensure(&needs, install)?;
    let workspace = Workspace::ask()?;
    workspace.must_have(LAB)?;
    let rights = rights::obtain(Purpose::Capture, "the demo")?;
    println!("Capturing {}.", rights.how());
    process::run(build_programs(&[LAB]).arg("--release"))?;
    let mut lab = rights.command(&workspace.program("release", LAB), &[]);
    lab.args(["demo", "--crashcap"])
        .arg(workspace.program("release", APP))
        .args(args);
    process::run_status(&mut lab).map(process::exit_code)
}
