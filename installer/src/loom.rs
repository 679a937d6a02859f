//! The loom tests: every order in which threads can touch the ring's shared memory, up to a
//! bound on preemptions.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::problem::Problem;
use crate::process::{cargo, read, run as run_command, shown};
use crate::report::Report;
use crate::workspace::Workspace;

/// Enough for the ring's handshakes; each one more costs many times the orders.
const MAX_PREEMPTIONS: &str = "3";

/// Runs them if the engine has any.
pub(crate) fn run(report: &mut Report, workspace: &Workspace) {
    if uses_loom(&workspace.root.join("core/src")) {
        report.step("loom tests", || {
            must_find_tests(workspace)?;
            run_command(&mut tests(workspace))
        });
    }
}

/// A filter that matches no test would pass in silence.
fn must_find_tests(workspace: &Workspace) -> Result<(), Problem> {
    let mut command = tests(workspace);
    command.args(["--", "--list", "--format", "terse"]);
    let list = read(&mut command)?;
    if list.lines().any(|line| line.ends_with(": test")) {
        Ok(())
    } else {
        Err(Problem::Output {
            command: shown(&command),
            why: "it lists no test, but core/src uses loom".to_owned(),
        })
    }
}

/// With a target folder of its own, since the flag recompiles everything.
fn tests(workspace: &Workspace) -> Command {
    let mut flags = env::var_os("RUSTFLAGS").unwrap_or_default();
    flags.push(" --cfg loom");
    let mut command = cargo();
    command
        .args(["test", "--release", "-p", "crashcap-core", "--lib", "loom"])
        .env("RUSTFLAGS", flags)
        .env("LOOM_MAX_PREEMPTIONS", MAX_PREEMPTIONS)
        .env("CARGO_TARGET_DIR", workspace.target.join("loom"));
    command
}

fn uses_loom(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            uses_loom(&path)
        } else {
            fs::read_to_string(&path).is_ok_and(|text| text.contains("loom::"))
        }
    })
}
