//! `cargo xtask demo`: a whole story, played once with real parts, and shown in the window.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::Story;
use crate::install::{Install, ensure};
use crate::machine::needs_to_build;
use crate::packages::Need;
use crate::problem::Problem;
use crate::process::{self, cargo};
use crate::rights::{self, Purpose};
use crate::workspace::{APP, WINDOW, Workspace, build_programs};

const LAB: &str = "crashlab";

/// Builds the terminal program and the crash lab, and lets the lab play the story. The exit code
/// is the lab's. Where there is a display, what was saved is opened in the window, unless
/// `window` is false.
pub(crate) fn run(
    install: Install,
    window: bool,
    story: Story,
    args: &[OsString],
) -> Result<ExitCode, Problem> {
    let window = window && has_display(|name| env::var_os(name));
    let mut needs = needs_to_build();
    needs.push(Need::Tshark);
    if window && cfg!(target_os = "linux") {
        needs.push(Need::Window);
    }
    ensure(&needs, install)?;
    let workspace = Workspace::ask()?;
    workspace.must_have(LAB)?;
    let rights = rights::obtain(Purpose::Capture, "the demo")?;
    println!("Capturing {}.", rights.how());
    process::run(build_programs(&[LAB]).arg("--release"))?;
    let told = workspace.target.join("demo-incident");
    let mut lab = rights.command(&workspace.program("release", LAB), &[]);
    lab.args(["demo", story.name(), "--crashcap"])
        .arg(workspace.program("release", APP));
    if window {
        // Built before the story: nobody waits for a compiler at its end.
        process::run(cargo().args(["build", "--release", "--package", APP, "--bin", WINDOW]))?;
        lab.arg("--tell-incident").arg(&told);
    }
    let status = process::run_status(lab.args(args))?;
    if window && status.success() {
        show(&workspace.program("release", WINDOW), &told);
    }
    // Not there where the demo came to no end.
    let _ = fs::remove_file(&told);
    Ok(process::exit_code(status))
}

impl Story {
    /// As `crashlab demo` names it.
    fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::CloseWait => "close-wait",
            Self::Hang => "hang",
        }
    }
}

/// Whether a window can be opened here. Windows and macOS always have a display.
fn has_display(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name: &&str| variable(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(set)
}

/// Opens the incident and goes on: the demo is over, whatever becomes of the window.
fn show(window: &Path, told: &Path) {
    match open(window, told) {
        Ok(()) => println!("Opened the incident in the window; --no-window leaves that out."),
        Err(why) => println!("Could not show the incident in the window: {why}."),
    }
}

fn open(window: &Path, told: &Path) -> std::io::Result<()> {
    let file = PathBuf::from(fs::read_to_string(told)?);
    // Through sudo the recorder was root's, and so is its file.
    File::open(&file)?;
    let mut command = Command::new(window);
    // With nothing of this terminal: neither a pipe stays open nor does Ctrl+C end it.
    command
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_display_is_named_by_a_variable_that_is_not_empty() {
        let with = |name: &'static str, value: &'static str| {
            has_display(|asked| (asked == name).then(|| value.into()))
        };
        assert!(with("DISPLAY", ":0") && with("WAYLAND_DISPLAY", "wayland-0"));
        assert!(!with("DISPLAY", "") && !with("HOME", "/root"));
    }

    #[test]
    fn the_window_is_opened_with_what_was_saved() {
        let folder = env::temp_dir().join(format!("xtask-demo-test-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (told, saved) = (folder.join("told"), folder.join("saved.pcapng"));
        fs::write(&told, saved.to_str().unwrap()).unwrap();
        assert!(
            open(Path::new("/bin/cat"), &told).is_err(),
            "the file is not there"
        );
        fs::write(&saved, "").unwrap();
        open(Path::new("/bin/cat"), &told).unwrap();
        assert!(open(Path::new("/no/such/program"), &told).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
