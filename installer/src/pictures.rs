//! The pictures of the window's screens, drawn by lavapipe: compared in `cargo xtask test`, drawn
//! anew by `cargo xtask pictures`.

use std::process::{Command, ExitCode};

use crate::install::{Install, ensure};
use crate::machine::{lavapipe, needs_to_build};
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{cargo, run};
use crate::workspace::{APP, WINDOW};

/// Draws them all anew.
pub(crate) fn draw(install: Install) -> Result<ExitCode, Problem> {
    let mut needs = needs_to_build();
    needs.push(Need::Lavapipe);
    ensure(&needs, install)?;
    run(&mut tests("write"))?;
    Ok(ExitCode::SUCCESS)
}

/// Compares what the screens look like with the pictures.
pub(crate) fn compare() -> Result<(), Problem> {
    run(&mut tests("compare"))
}

/// The tests that draw, and what they are to do with what was drawn. No other renderer is
/// offered to them (the loader's variables, of today and of old), and no clock's zone.
fn tests(what: &str) -> Command {
    let mut command = cargo();
    command
        .args(["test", "--package", APP, "--bin", WINDOW, "pictures::"])
        .env("CRASHCAP_PICTURES", what)
        .env("TZ", "UTC");
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // EGL, which is only looked at, complains without one.
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    if let Some(lavapipe) = lavapipe() {
        command
            .env("VK_DRIVER_FILES", &lavapipe)
            .env("VK_ICD_FILENAMES", &lavapipe);
    }
    command
}
