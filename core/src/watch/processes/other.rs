//! The table of processes through sysinfo, where there is no `/proc`.

use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind,
};

use super::{Candidate, Life, names, users};
use crate::watch::{ProcessIdentity, ProcessInfo, WatchError};

/// The PIDs taken now, zombies among them.
///
/// # Errors
/// [`WatchError::ListUnreadable`] when the system does not tell.
pub(in crate::watch) fn pids() -> Result<Vec<u32>, WatchError> {
    let mut system = System::new().map_err(|error| WatchError::ListUnreadable {
        reason: error.to_string(),
    })?;
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    Ok(system
        .processes()
        .iter()
        .filter(|(_, process)| process.thread_kind().is_none())
        .map(|(pid, _)| pid.as_u32())
        .collect())
}

/// What is known of a process that is alive; `None` for any other.
pub(in crate::watch) fn info(pid: u32) -> Option<Candidate> {
    let kind = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_user(UpdateKind::Always);
    look(pid, kind, |process| {
        (!is_ended(process)).then(|| candidate(process))
    })?
}

/// What tells whether a process is meant: here all at once.
pub(in crate::watch) fn at_a_glance(pid: u32) -> Option<Candidate> {
    info(pid)
}

/// Nothing is left out before.
pub(in crate::watch) fn whole(candidate: Candidate) -> Option<Candidate> {
    Some(candidate)
}

fn candidate(process: &Process) -> Candidate {
    let arguments: Vec<String> = process
        .cmd()
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let executable = process.exe().map(std::path::Path::to_path_buf);
    let kernel = process.name().to_string_lossy();
    let names = names(
        executable.as_deref().and_then(|path| path.to_str()),
        arguments.first().map(String::as_str),
        &kernel,
    );
    Candidate {
        info: ProcessInfo {
            identity: identity(process),
            name: names
                .first()
                .cloned()
                .unwrap_or_else(|| kernel.into_owned()),
            executable,
            command_line: arguments.join(" "),
            user: process.user_id().map(users::name_of),
        },
        names,
        parent: process.parent().map(Pid::as_u32),
    }
}

/// Whether the PID is taken, and since when.
pub(in crate::watch) fn life(pid: u32) -> Life {
    look(pid, ProcessRefreshKind::nothing(), |process| {
        let started = process.start_time();
        if is_ended(process) {
            Life::Zombie { started }
        } else {
            Life::Running { started }
        }
    })
    .unwrap_or(Life::Absent)
}

/// The PIDs of our parent, its parent and so on.
pub(in crate::watch) fn ancestors() -> Vec<u32> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    let mut chain: Vec<u32> = Vec::new();
    let mut pid = Pid::from_u32(std::process::id());
    while let Some(parent) = system.process(pid).and_then(Process::parent) {
        // Windows keeps the number of a parent that is long gone: a later
        // process with that number is no ancestor, but a circle must end.
        if parent.as_u32() == 0 || chain.contains(&parent.as_u32()) {
            break;
        }
        chain.push(parent.as_u32());
        pid = parent;
    }
    chain
}

fn identity(process: &Process) -> ProcessIdentity {
    ProcessIdentity {
        pid: process.pid().as_u32(),
        started: process.start_time(),
    }
}

fn is_ended(process: &Process) -> bool {
    matches!(
        process.status(),
        ProcessStatus::Zombie | ProcessStatus::Dead
    )
}

fn look<T>(pid: u32, kind: ProcessRefreshKind, at: impl Fn(&Process) -> T) -> Option<T> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    system.process(pid).map(at)
}
