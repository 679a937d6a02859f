//! The table of processes on Linux: `/proc`, whose directories are processes
//! and not threads.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::procfs::{self, Stat};
use super::{Candidate, Life, names, users};
use crate::watch::{ProcessIdentity, ProcessInfo, WatchError};

/// The PIDs taken now, zombies among them. Opens nothing per process.
///
/// # Errors
/// [`WatchError::ListUnreadable`] without a readable `/proc`.
pub(in crate::watch) fn pids() -> Result<Vec<u32>, WatchError> {
    let unreadable = |error: std::io::Error| WatchError::ListUnreadable {
        reason: format!("/proc: {error}"),
    };
    let mut pids = Vec::with_capacity(512);
    for entry in std::fs::read_dir("/proc").map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) {
            pids.push(pid);
        }
    }
    Ok(pids)
}

/// What is known of a process that is alive; `None` for any other.
pub(in crate::watch) fn info(pid: u32) -> Option<Candidate> {
    whole(at_a_glance(pid)?)
}

/// What tells whether a process is meant; the rest is told by [`whole`], and whether
/// all of it is of one process.
pub(in crate::watch) fn at_a_glance(pid: u32) -> Option<Candidate> {
    let stat = Stat::read(pid).filter(|stat| !stat.is_ended())?;
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let executable = executable(pid);
    let (first, command_line) = command_line(&arguments);
    let names = names(
        executable.as_deref().and_then(|path| path.to_str()),
        first.as_deref(),
        &stat.name,
    );
    Some(Candidate {
        info: ProcessInfo {
            identity: ProcessIdentity {
                pid,
                started: stat.started,
            },
            name: names.first().cloned().unwrap_or_else(|| stat.name.clone()),
            executable,
            command_line,
            user: None,
        },
        names,
        parent: Some(stat.parent).filter(|pid| *pid != 0),
    })
}

/// Adds what [`at_a_glance`] leaves out. `None` where the PID was taken anew meanwhile,
/// so that what was read is not of one process.
pub(in crate::watch) fn whole(mut candidate: Candidate) -> Option<Candidate> {
    let ProcessIdentity { pid, started } = candidate.info.identity;
    candidate.info.user = procfs::user_id(pid).map(users::name_of);
    life(pid).is_running_since(started).then_some(candidate)
}

/// Whether the PID is taken, and since when.
pub(in crate::watch) fn life(pid: u32) -> Life {
    match Stat::read(pid) {
        None => Life::Absent,
        Some(stat) if stat.is_ended() => Life::Zombie {
            started: stat.started,
        },
        Some(stat) => Life::Running {
            started: stat.started,
        },
    }
}

/// The PIDs of our parent, its parent and so on.
pub(in crate::watch) fn ancestors() -> Vec<u32> {
    let mut chain = Vec::new();
    let mut pid = std::process::id();
    while let Some(stat) = Stat::read(pid) {
        pid = stat.parent;
        if pid == 0 || chain.contains(&pid) {
            break;
        }
        chain.push(pid);
    }
    chain
}

/// The executable. Of other users' processes it can't be seen without rights;
/// one that was replaced by an upgrade shows with a mark, which is taken off.
fn executable(pid: u32) -> Option<PathBuf> {
    let path = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let bytes = path.as_os_str().as_bytes();
    match bytes.strip_suffix(b" (deleted)") {
        Some(whole) if !path.exists() => Some(PathBuf::from(std::ffi::OsStr::from_bytes(whole))),
        _ => Some(path),
    }
}

/// argv[0] and all arguments joined by blanks. A program may have written
/// anything there, so ends of arguments are where zeros stand.
fn command_line(arguments: &[u8]) -> (Option<String>, String) {
    let trimmed = arguments
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(&[][..], |last| &arguments[..=last]);
    let mut parts = trimmed
        .split(|byte| *byte == 0)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .peekable();
    let first = parts.peek().filter(|first| !first.is_empty()).cloned();
    let joined = parts.collect::<Vec<_>>().join(" ");
    (first, joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_joined() {
        assert_eq!(
            command_line(b"/usr/bin/python3\0app.py\0--port\09973\0"),
            (
                Some("/usr/bin/python3".into()),
                "/usr/bin/python3 app.py --port 9973".into()
            )
        );
        assert_eq!(command_line(b""), (None, String::new()));
        assert_eq!(
            command_line(b"nginx: worker process\0\0\0"),
            (
                Some("nginx: worker process".into()),
                "nginx: worker process".into()
            )
        );
    }

    #[test]
    fn our_ancestors_end_at_the_first_process() {
        let chain = ancestors();
        assert!(!chain.is_empty());
        assert!(!chain.contains(&std::process::id()));
    }
}
