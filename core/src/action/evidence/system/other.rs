//! What macOS and Windows have in common: processes through sysinfo, sockets
//! through the system's own netstat.

use std::fmt::Write;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::{Details, ask};
use crate::watch::ProcessIdentity;

/// Details of a process that lives.
pub(super) fn process(identity: ProcessIdentity) -> Result<Details, String> {
    let number = identity.pid;
    let mut system = System::new().map_err(|error| error.to_string())?;
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always)
        .with_exe(UpdateKind::Always)
        .with_user(UpdateKind::Always)
        .with_memory()
        .with_cpu();
    let pid = Pid::from_u32(number);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    let process = system
        .process(pid)
        .filter(|process| process.start_time() == identity.started)
        .ok_or_else(|| format!("pid {number} was gone"))?;
    let command: Vec<_> = process
        .cmd()
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let mut text = format!("command line: {}\n", command.join(" "));
    for (what, path) in [("executable", process.exe()), ("folder", process.cwd())] {
        let shown = path.map_or("not shown to this user".to_owned(), |path| {
            path.display().to_string()
        });
        let _ = writeln!(text, "{what}: {shown}");
    }
    let _ = writeln!(text, "state: {}", process.status());
    let _ = writeln!(text, "memory in use: {} bytes", process.memory());
    let _ = writeln!(text, "address space: {} bytes", process.virtual_memory());
    let _ = writeln!(text, "ran for: {} s", process.run_time());
    let _ = writeln!(
        text,
        "processor time: {} ms",
        process.accumulated_cpu_time()
    );
    let count = |count: Option<usize>| count.map_or("not known".to_owned(), |n| n.to_string());
    let _ = writeln!(text, "open files: {}", count(process.open_files()));
    let _ = writeln!(
        text,
        "open files allowed: {}",
        count(process.open_files_limit())
    );
    Ok(Details {
        text,
        folder: process.cwd().map(std::path::Path::to_path_buf),
    })
}

/// The lines of netstat that end in, or hold, one of these processes' numbers.
pub(super) fn sockets_of(
    targets: &[ProcessIdentity],
    arguments: &[&str],
    is_of: impl Fn(&str, u32) -> bool,
) -> Option<Result<String, String>> {
    let alive: Vec<u32> = targets
        .iter()
        .filter(|identity| process(**identity).is_ok())
        .map(|identity| identity.pid)
        .collect();
    if alive.is_empty() {
        return None;
    }
    let all = match ask("netstat", arguments) {
        Ok(all) => all,
        Err(unanswered) => return Some(Err(unanswered.why)),
    };
    let mut text = String::new();
    for line in all.lines() {
        let heading = line.contains("Proto");
        if heading || alive.iter().any(|pid| is_of(line, *pid)) {
            let _ = writeln!(text, "{line}");
        }
    }
    Some(Ok(text))
}
