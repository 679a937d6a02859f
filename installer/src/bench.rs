//! `cargo xtask bench`: Crashcap beside tcpdump and dumpcap on the same traffic.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::install::{Install, ensure};
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{self, cargo};
use crate::rights::{self, Purpose};
use crate::workspace::{APP, WINDOW, Workspace, build_programs};

const BENCH: &str = "crashcap-bench";

/// Builds what is measured and what measures, and runs it. The exit code is the bench's.
pub(crate) fn run(install: Install, args: &[OsString]) -> Result<ExitCode, Problem> {
    let mut needs = needs_to_build();
    needs.extend([Need::Tcpdump, Need::Dumpcap, Need::Ip]);
    needs.extend([Need::Window, Need::Display]);
    ensure(&needs, install)?;
    let workspace = Workspace::ask()?;
    workspace.must_have(BENCH)?;
    let rights = rights::obtain(Purpose::OtherTools, "the benches")?;
    println!("Capturing {}.", rights.how());
    process::run(build_programs(&[BENCH, "crashlab"]).arg("--release"))?;
    // Apart: together they would share features, and the terminal program would not be as it is.
    process::run(cargo().args(["build", "--release", "--package", APP, "--bin", WINDOW]))?;
    let path = process::joined_search_path();
    let mut bench = rights.command(&workspace.program("release", BENCH), &[("PATH", &path)]);
    bench
        .arg("--crashcap")
        .arg(workspace.program("release", APP))
        .arg("--window")
        .arg(workspace.program("release", WINDOW))
        .args(args);
    process::run_status(&mut bench).map(process::exit_code)
}
