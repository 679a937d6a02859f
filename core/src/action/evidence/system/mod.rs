//! What each system tells of processes, sockets and core dumps.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(target_os = "linux")]
mod pattern;
#[cfg(target_os = "linux")]
mod table;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as chosen;
#[cfg(target_os = "macos")]
use macos as chosen;
#[cfg(windows)]
use windows as chosen;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::action::run::{self, Unanswered};
use crate::units::{ByteCount, Timestamp, nanoseconds};
use crate::watch::{ProcessIdentity, ProcessInfo};

/// Details of a process.
pub(super) struct Details {
    pub(super) text: String,
    /// Where it runs.
    pub(super) folder: Option<PathBuf>,
}

/// A process that crashed.
pub(super) struct Crashed<'a> {
    pub(super) process: &'a ProcessInfo,
    /// Where it ran, as far as is known.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "only Linux asks for it")
    )]
    pub(super) folder: Option<&'a Path>,
    /// Dumps older than this are of others.
    pub(super) since: Timestamp,
}

/// The sockets of those processes that live; `None` where none does, or where this
/// user may not see.
pub(super) fn sockets(targets: &[ProcessIdentity]) -> Option<Result<String, String>> {
    chosen::sockets(targets)
}

/// All sockets of this host.
pub(super) fn sockets_of_host() -> Result<String, String> {
    chosen::sockets_of_host()
}

/// A process that lives, or a clause that says why it cannot be seen.
pub(super) fn process(identity: ProcessIdentity) -> Result<Details, String> {
    chosen::process(identity)
}

/// Where the dump of a crash is; `Ok(None)` where it may still be written.
///
/// # Errors
/// In words: where dumps go on this system and that there is none, or why none is
/// written at all.
pub(super) fn core_dump(crashed: &Crashed<'_>) -> Result<Option<String>, String> {
    chosen::core_dump(crashed)
}

/// The newest regular file of a folder whose name is wanted and that was written
/// since then.
fn newest(folder: &Path, since: Timestamp, wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let mut newest = None;
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let Ok(found) = entry.metadata() else {
            continue;
        };
        let modified = found.modified().ok();
        let written = modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, nanoseconds);
        let name = entry.file_name();
        if found.is_file() && written >= since.0 && name.to_str().is_some_and(&wanted) {
            newest = newest.max(Some((written, entry.path())));
        }
    }
    newest.map(|(_, path)| path)
}

/// A dump in words.
fn found(path: &Path) -> String {
    let size = fs::metadata(path).map(|found| ByteCount(found.len()));
    match size {
        Ok(size) => format!("The core dump: {} ({size})\n", path.display()),
        Err(_) => format!("The core dump: {}\n", path.display()),
    }
}

/// How long a program of the system may take to answer.
const ASKED_WAIT: Duration = Duration::from_secs(10);
/// How much of its answer is kept.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// What a program of the system answers.
fn ask(program: &str, arguments: &[&str]) -> Result<String, Unanswered> {
    run::ask(program, arguments, ASKED_WAIT, ANSWER_BYTES_MAX)
}
