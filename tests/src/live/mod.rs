//! What the live tests share: the real programs, driven and heard.
//!
//! Everything here is for tests: what goes wrong ends the test with a sentence
//! that shows what was heard until then. Everything awaits an event, and none
//! of it longer than [`PATIENCE`].

mod apart;
mod control;
mod display;
mod heard;
mod manager;
mod namespace;
mod place;
mod profile;
mod recording;
mod saved;
mod traffic;
mod user;
mod window;

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crossbeam_channel::{after, tick};

pub use apart::{apart, beside, server_apart};
pub use control::Control;
pub use display::Display;
pub use manager::Manager;
pub use namespace::{Namespaces, inside, mount_memory};
pub use place::{Place, Said, run, whole_file};
pub use profile::WindowProfile;
pub use recording::{Ended, Recording, SavedEvent};
pub use saved::Capture;
pub use traffic::{Load, crash, server};
pub use user::{OTHER_USER, PLAIN_USER, as_user, give_to_plain_user, has_all_users};
pub use window::Window;

/// The longest wait for anything: far more than a busy machine needs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks for something that nothing tells of across processes, until it is there.
///
/// # Panics
/// When it does not come.
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let (again, enough) = (tick(PATIENCE / 2000), after(PATIENCE));
    loop {
        if let Some(found) = found() {
            return found;
        }
        again.recv().unwrap();
        assert!(enough.try_recv().is_err(), "waited in vain for {what}");
    }
}

/// Tells that a test did not test, and why: past the test harness, which shows
/// nothing of a test that passes, and to `cargo xtask test`, which repeats it
/// in its last lines.
pub fn skipped(test: &str, why: &str) {
    // Nobody to tell it to is no reason to fail.
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
    if let Some(path) = env::var_os("CRASHCAP_SKIPPED") {
        let list = OpenOptions::new().create(true).append(true).open(path);
        // In one piece: other tests append to it too.
        let line = format!("{test}: {why}\n");
        let _ = list.and_then(|mut list| list.write_all(line.as_bytes()));
    }
}

/// True where this is root over all users; else tells that the test is skipped.
pub fn may_be_other_users(test: &str) -> bool {
    let may = has_all_users();
    if !may {
        skipped(test, "needs root, to become other users");
    }
    may
}

/// `cargo xtask test` says where the programs are; else they are two folders
/// above the test, where cargo puts them.
fn program(variable: &str, name: &str) -> PathBuf {
    env::var_os(variable).map_or_else(
        || {
            let test = env::current_exe().unwrap();
            test.parent().unwrap().with_file_name(name)
        },
        PathBuf::from,
    )
}

/// The program under test.
pub fn crashcap() -> PathBuf {
    program("CRASHCAP_BIN", "crashcap")
}

/// The window.
pub fn crashcap_desktop() -> PathBuf {
    program("CRASHCAP_DESKTOP_BIN", "crashcap-desktop")
}

/// Copies a program that is to be run. By another process: a file that this one
/// has open for writing may be inherited by what another test starts, and is
/// then busy.
///
/// # Panics
/// When that is not possible.
pub fn copy_program(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg(from).arg(to).status().unwrap();
    assert!(copied.success(), "cp: {copied}");
}

/// The crash lab.
pub fn crashlab() -> PathBuf {
    program("CRASHLAB_BIN", "crashlab")
}
