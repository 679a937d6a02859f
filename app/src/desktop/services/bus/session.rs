//! Tests in a session of their own: a bus that has nothing but what the test
//! puts there.

use std::process::{Command, Stdio};

/// Set in the process that has the bus.
const INSIDE: &str = "CRASHCAP_TEST_SESSION";

/// What timeout answers when there is no such program (timeout(1)).
const NOT_FOUND: i32 = 127;

/// True in a process of its own that has a session bus: there the test goes on.
/// Otherwise that process is started, `test` runs in it alone, and its failure
/// is this one's.
pub(crate) fn in_session(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let inside = Command::new("timeout")
        .args(["60", "dbus-run-session", "--"])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output();
    match inside {
        Ok(inside) => {
            if inside.status.code() == Some(NOT_FOUND) {
                eprintln!("skipped: dbus-run-session is not installed");
                return false;
            }
            let said = String::from_utf8_lossy(&inside.stdout);
            let errors = String::from_utf8_lossy(&inside.stderr);
            assert!(inside.status.success(), "{said}{errors}");
            // A filter that matches no test would pass in silence.
            assert!(said.contains("1 passed"), "{said}");
        }
        Err(error) => eprintln!("skipped: timeout: {error}"),
    }
    false
}
