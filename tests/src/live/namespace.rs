//! A test in namespaces of its own, with its own file systems and interfaces.

use std::env;
use std::process::Command;

use tempfile::TempDir;

/// Set in the second run of a test.
const INSIDE: &str = "CRASHCAP_TEST_INSIDE";

/// Which namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// Mounts, so that nothing mounted is seen outside or left behind.
    Mounts,
    /// The network, with nothing but a loopback interface that is down.
    Network,
}

/// True inside the namespaces. Outside: runs this one test there, and fails
/// where that fails. As root, else with a user namespace around it.
///
/// # Panics
/// When the test fails inside.
pub fn inside(test: &str, namespaces: Namespaces) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.arg(match namespaces {
        Namespaces::Mounts => "--mount",
        Namespaces::Network => "--net",
    });
    let output = command
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("1 passed"), "{text}{errors}");
    false
}

/// Mounts memory as a file system, in a mount namespace of the test's own.
///
/// # Panics
/// When that is not possible.
pub fn mount_memory(options: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "mount: {status}");
    folder
}
