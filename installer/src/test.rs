//! `cargo xtask test`: the whole check of this system.

use std::process::{Command, ExitCode};

use crate::install::{Install, ensure};
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{cargo, run as run_command, succeeds};
use crate::report::Report;
use crate::workspace::{APP, Workspace};
use crate::{live, loom, pictures};

/// Runs every step and prints the report. What does not compile or is not in form ends it at
/// once; a failed test does not.
pub(crate) fn run(install: Install) -> Result<ExitCode, Problem> {
    ensure(&needs(), install)?;
    must_have_component("fmt", "rustfmt")?;
    must_have_component("clippy", "clippy")?;
    let workspace = Workspace::ask()?;
    let rights = live::rights();
    let mut report = Report::new();
    if form(&mut report, &workspace) {
        report.step("unit and integration tests", || run_command(&mut tests()));
        if cfg!(target_os = "linux") {
            report.step("pictures of the window's screens", pictures::compare);
        } else {
            report.skip(
                "pictures of the window's screens",
                "they are lavapipe's, of Linux",
            );
        }
        live::run(&mut report, &workspace, rights);
        loom::run(&mut report, &workspace);
    }
    Ok(report.end())
}

fn needs() -> Vec<Need> {
    let mut needs = needs_to_build();
    needs.push(Need::Tshark);
    if cfg!(unix) {
        needs.push(Need::Tcpdump);
    }
    if cfg!(target_os = "linux") {
        needs.extend([
            Need::Ip,
            Need::SystemdAnalyze,
            Need::Window,
            Need::Display,
            Need::Lavapipe,
        ]);
    }
    needs
}

/// Formatting, and clippy with both sets of features: the window and the terminal program alone.
fn form(report: &mut Report, workspace: &Workspace) -> bool {
    report.step("formatting", || {
        run_command(cargo().args(["fmt", "--all", "--check"]))
    }) && report.step("clippy", || {
        let mut command = cargo();
        command.args(["clippy", "--workspace", "--all-targets"]);
        if !workspace.live_tests().is_empty() {
            command.args(["--features", live::FEATURE]);
        }
        run_command(command.args(["--", "-D", "warnings"]))
    }) && report.step("clippy of the terminal program alone", || {
        run_command(cargo().args([
            "clippy",
            "-p",
            APP,
            "--no-default-features",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })
}

/// Everything but the live tests: their feature is off, and whatever else would capture sees
/// CRASHCAP_LIVE=0.
fn tests() -> Command {
    let mut command = cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .env("CRASHCAP_LIVE", "0");
    command
}

fn must_have_component(command: &'static str, component: &'static str) -> Result<(), Problem> {
    if succeeds(cargo().args([command, "--version"])) {
        Ok(())
    } else {
        Err(Problem::NoComponent { command, component })
    }
}
