//! The table of processes. Threads are not processes, and neither is a zombie alive.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod system;

#[cfg(target_os = "linux")]
pub(crate) mod procfs;

mod details;
mod users;

pub use details::{Ports, ProcessDetails, details};
pub(super) use system::{ancestors, at_a_glance, info, life, pids, whole};

use super::{ProcessInfo, WatchError};

/// Whether a PID is taken now, and by which process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It runs; since then.
    Running {
        /// As in [`super::ProcessIdentity`].
        started: u64,
    },
    /// It has ended and its parent has not asked how.
    Zombie {
        /// As in [`super::ProcessIdentity`].
        started: u64,
    },
    /// Nobody has this number, or it cannot be seen.
    Absent,
}

impl Life {
    /// Whether it is the process that started then, still alive.
    pub(super) fn is_running_since(self, started: u64) -> bool {
        self == Self::Running { started }
    }
}

/// One process as matching sees it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// What is told of it.
    pub(super) info: ProcessInfo,
    /// Every name it goes by: the executable's base name, argv[0]'s, the kernel's.
    pub(super) names: Vec<String>,
    /// Who started it, while that one lives; Windows keeps the number for ever.
    pub(super) parent: Option<u32>,
}

/// Every process alive that this user may see, ordered by PID.
///
/// # Errors
/// [`WatchError::ListUnreadable`] when the system does not list processes.
pub fn list() -> Result<Vec<ProcessInfo>, WatchError> {
    let mut all: Vec<ProcessInfo> = pids()?
        .into_iter()
        .filter_map(info)
        .map(|candidate| candidate.info)
        .collect();
    all.sort_by_key(|process| process.identity);
    Ok(all)
}

/// The base name of a path in argv[0], whichever system wrote it. A title that
/// a program gave itself ("nginx: worker process") stays whole.
fn base_name(text: &str) -> &str {
    let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    text.rsplit(separators).next().unwrap_or(text)
}

/// The names a process goes by, the first being the one to show: the
/// executable's, unless the process named itself something else, as scripts do
/// whose executable is their interpreter.
fn names(executable: Option<&str>, first_argument: Option<&str>, kernel: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(3);
    let executable = executable.map(base_name);
    let own = executable.is_some_and(|executable| !executable.starts_with(kernel));
    // The kernel cuts its name off; the process may have told the whole of it.
    let whole = first_argument
        .map(base_name)
        .filter(|name| name.starts_with(kernel));
    let told = [
        Some(whole.unwrap_or(kernel)).filter(|_| own),
        executable,
        first_argument.map(base_name),
        Some(kernel),
    ];
    for name in told.into_iter().flatten() {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_whole_and_once() {
        assert_eq!(
            names(
                Some("/usr/sbin/router_runner_long"),
                Some("./router_runner_long"),
                "router_runner_l"
            ),
            ["router_runner_long", "router_runner_l"]
        );
        assert_eq!(names(None, Some(""), "kworker/0:1"), ["kworker/0:1"]);
        assert_eq!(
            names(Some("/usr/bin/python3.11"), Some("/srv/app.py"), "python3"),
            ["python3.11", "app.py", "python3"]
        );
        assert_eq!(
            names(
                Some("/usr/bin/python3.11"),
                Some("/usr/bin/python3"),
                "app.py"
            ),
            ["app.py", "python3.11", "python3"]
        );
    }

    #[test]
    fn we_are_in_the_list_once() {
        let all = list().unwrap();
        let ours: Vec<_> = all
            .iter()
            .filter(|process| process.identity.pid == std::process::id())
            .collect();
        assert_eq!(ours.len(), 1, "{ours:?}");
        assert_eq!(
            life(std::process::id()),
            Life::Running {
                started: ours[0].identity.started
            }
        );
        let name = std::env::current_exe().unwrap();
        assert_eq!(
            ours[0].name,
            name.file_name().unwrap().to_string_lossy().as_ref()
        );
    }
}
