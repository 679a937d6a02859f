//! The live tests: they capture for real, in namespaces, on loopback and virtual interfaces.
//!
//! They are the test targets of the tests package whose names begin with `live_`. Each runs as a
//! program of its own, with capture rights, and finds the programs it drives through CRASHCAP_BIN
//! and CRASHLAB_BIN. What a test cannot do here it writes, a line each, into the file that
//! CRASHCAP_SKIPPED names. Building needs no rights and is done before.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::problem::Problem;
use crate::process::{joined_search_path, read_shown, run_limited, shown};
use crate::report::Report;
use crate::rights::{self, Purpose, Rights};
use crate::workspace::{APP, WINDOW, Workspace, build_programs, test_executables};

/// The feature without which cargo does not build them.
pub(crate) const FEATURE: &str = "crashcap-tests/live";

const LAB: &str = "crashlab";

/// A live test that runs longer hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Finds the way to capture rights, and says which it is. Done before the long steps, since it may
/// ask a question.
pub(crate) fn rights() -> Result<Rights, Problem> {
    let rights = rights::obtain(Purpose::Namespaces, "the live tests");
    match &rights {
        Ok(rights) => println!("The live tests will capture {}.", rights.how()),
        Err(problem) => println!("The live tests will be skipped: {problem}."),
    }
    rights
}

/// Builds and runs them all, or notes them all as skipped.
pub(crate) fn run(report: &mut Report, workspace: &Workspace, rights: Result<Rights, Problem>) {
    let names = workspace.live_tests();
    if names.is_empty() {
        return;
    }
    let mut executables = Vec::new();
    let built = report.step("building the live tests", || {
        executables = build()?;
        Ok(())
    });
    if !built {
        skip_all(report, names, "not built");
        return;
    }
    match rights {
        Ok(rights) => run_each(report, workspace, &rights, &executables),
        Err(problem) => skip_all(report, names, &problem.to_string()),
    }
}

fn skip_all(report: &mut Report, names: &[String], why: &str) {
    for name in names {
        report.skip(name, why);
    }
}

/// One build for the tests and the programs that they drive, so that all share every crate.
fn build() -> Result<Vec<(String, PathBuf)>, Problem> {
    let mut command = build_programs(&[LAB, WINDOW]);
    let features = format!("{FEATURE},{APP}/desktop");
    command.args(["--features", &features, "--test", "live_*"]);
    command.arg("--message-format=json-render-diagnostics");
    let messages = read_shown(&mut command)?;
    test_executables(&messages).map_err(|why| Problem::Output {
        command: shown(&command),
        why,
    })
}

fn run_each(
    report: &mut Report,
    workspace: &Workspace,
    rights: &Rights,
    executables: &[(String, PathBuf)],
) {
    for (name, executable) in executables {
        let left_out = workspace.target.join(format!("{name}.skipped"));
        // What an earlier run left.
        let _ = std::fs::remove_file(&left_out);
        report.step(&format!("{name}, {}", rights.how()), || {
            run_one(workspace, rights, executable, &left_out)
        });
        // There is none where nothing was left out.
        let lines = std::fs::read_to_string(&left_out).unwrap_or_default();
        for (test, why) in lines.lines().filter_map(|line| line.split_once(": ")) {
            report.leave_out(&format!("{name} {test}"), why);
        }
    }
}

/// As cargo would run it: in the package's folder.
fn run_one(
    workspace: &Workspace,
    rights: &Rights,
    executable: &Path,
    left_out: &Path,
) -> Result<(), Problem> {
    let folder = workspace.root.join("tests");
    let path = joined_search_path();
    let app = workspace.program("debug", APP);
    let lab = workspace.program("debug", LAB);
    let window = workspace.program("debug", WINDOW);
    let env: [(&str, &OsStr); 7] = [
        ("CRASHCAP_SKIPPED", left_out.as_os_str()),
        ("CRASHCAP_LIVE", OsStr::new("1")),
        ("CRASHCAP_BIN", app.as_os_str()),
        ("CRASHLAB_BIN", lab.as_os_str()),
        ("CRASHCAP_DESKTOP_BIN", window.as_os_str()),
        ("CARGO_MANIFEST_DIR", folder.as_os_str()),
        ("PATH", &path),
    ];
    let mut command = rights.command(executable, &env);
    run_limited(command.current_dir(&folder), LIMIT)
}
