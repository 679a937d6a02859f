//! Namespaces of this program's own, and what stands in them.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use crashcap_tests::live::{copy_program, crashlab};

use super::Failure;

/// Set within.
const APART: &str = "CRASHCAP_SCREENSHOTS_APART";
/// Memory is mounted here, in a mount namespace: it is empty on most machines, so that neither
/// the programs nor the folder of the pictures vanish below it.
const MOUNTED: &str = "/mnt";
/// The home of the user in the pictures.
pub(super) const HOME: &str = "/mnt/dev";

/// The crash lab, and again under the name of the story's server.
pub(super) const LAB: &str = "/mnt/bin/crashlab";
pub(super) const SERVER: &str = "/mnt/bin/router_runner";

/// Whether this is the run in the namespaces.
pub(super) fn is_apart() -> bool {
    env::var_os(APART).is_some()
}

/// Becomes the same program in new namespaces (unshare(1)): its first process, so that all ends
/// with it. Only returns when that fails.
pub(super) fn go() -> ExitCode {
    let Ok(itself) = env::current_exe() else {
        eprintln!("crashcap-screenshots: where this program lies is not known");
        return ExitCode::FAILURE;
    };
    let error = Command::new("unshare")
        .args(["--net", "--mount", "--uts", "--pid", "--mount-proc"])
        .args(["--fork", "--kill-child"])
        .arg(itself)
        .args(env::args_os().skip(1))
        .env(APART, "1")
        .exec();
    eprintln!("crashcap-screenshots: run unshare of util-linux: {error}");
    ExitCode::FAILURE
}

/// A name, a home, a loopback interface, and one that looks like a server's.
pub(super) fn furnish() -> Result<(), Failure> {
    // Against a slip: nothing here may ever meet the machine itself.
    if std::process::id() != 1 {
        return Err(Failure::Refused {
            command: "unshare".to_owned(),
            said: "this is not the first process of a namespace".to_owned(),
        });
    }
    rustix::system::sethostname(b"server").map_err(|error| Failure::System {
        doing: "name the machine in the pictures",
        source: error.into(),
    })?;
    run(
        "mount",
        &["-t", "tmpfs", "-o", "mode=755", "tmpfs", MOUNTED],
    )?;
    let folders = [
        "/mnt/bin".to_owned(),
        format!("{HOME}/.config/crashcap"),
        format!("{HOME}/Crashcap"),
    ];
    for folder in &folders {
        fs::create_dir_all(folder).map_err(|source| Failure::System {
            doing: "make the home in the pictures",
            source,
        })?;
    }
    for copy in [LAB, SERVER] {
        copy_program(&crashlab(), Path::new(copy));
    }
    // The first processes of a namespace have numbers that look like mistakes; where this is not
    // allowed they have them.
    let _ = fs::write("/proc/sys/kernel/ns_last_pid", "4120");
    run("ip", &["link", "set", "lo", "up"])?;
    // Only to be seen in the list; not every kernel has it.
    let seen = [
        &["link", "add", "eth0", "type", "dummy"][..],
        &["address", "add", "192.0.2.17/24", "dev", "eth0"],
        &["link", "set", "eth0", "up"],
    ];
    for arguments in seen {
        let _ = run("ip", arguments);
    }
    Ok(())
}

/// The settings' file with this theme, and nothing of an earlier window. No desktop runs here that
/// could show a notification.
pub(super) fn choose_theme(theme: &str) -> Result<(), Failure> {
    let home = Path::new(HOME);
    // Not there before the first window.
    let _ = fs::remove_dir_all(home.join(".local/state"));
    let file = home.join(".config/crashcap/settings.toml");
    let text = format!("theme = \"{theme}\"\nnotifications = false\n");
    fs::write(file, text).map_err(|source| Failure::System {
        doing: "write the settings",
        source,
    })
}

fn run(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|source| Failure::System {
            doing: "run mount of util-linux and ip of iproute2",
            source,
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::Refused {
        command: format!("{program} {}", arguments.join(" ")),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
