//! `cargo xtask screenshots`: pictures of the real window, for the README.

use std::ffi::OsStr;
use std::process::ExitCode;
use std::time::Duration;

use crate::install::{Install, ensure};
use crate::live::FEATURE;
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{joined_search_path, run as run_command, run_limited};
use crate::rights::{self, Purpose};
use crate::workspace::{APP, WINDOW, Workspace, build_programs};

const LAB: &str = "crashlab";
const SCREENSHOTS: &str = "crashcap-screenshots";
/// Where the pictures lie, below the workspace.
const FOLDER: &str = "app/pictures";
/// Two themes take a minute each.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Builds the programs, has them play the story in namespaces, and writes the pictures.
pub(crate) fn run(install: Install) -> Result<ExitCode, Problem> {
    let mut needs = needs_to_build();
    needs.extend([Need::Ip, Need::Window, Need::Display, Need::WindowDump]);
    ensure(&needs, install)?;
    let workspace = Workspace::ask()?;
    workspace.must_have(SCREENSHOTS)?;
    let rights = rights::obtain(Purpose::Namespaces, "the pictures")?;
    println!("Capturing {}.", rights.how());
    let features = format!("{FEATURE},{APP}/desktop");
    run_command(build_programs(&[LAB, WINDOW, SCREENSHOTS]).args(["--features", &features]))?;
    let path = joined_search_path();
    let [app, lab, window] = [APP, LAB, WINDOW].map(|name| workspace.program("debug", name));
    let env: [(&str, &OsStr); 4] = [
        ("CRASHCAP_BIN", app.as_os_str()),
        ("CRASHLAB_BIN", lab.as_os_str()),
        ("CRASHCAP_DESKTOP_BIN", window.as_os_str()),
        ("PATH", &path),
    ];
    let mut command = rights.command(&workspace.program("debug", SCREENSHOTS), &env);
    command.arg("--folder").arg(workspace.root.join(FOLDER));
    run_limited(&mut command, LIMIT)?;
    Ok(ExitCode::SUCCESS)
}
