//! Linux: procfs, core_pattern (core(5)) and coredumpctl(1).

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Crashed, Details, ask, found, newest, pattern, table};
use crate::watch::ProcessIdentity;
use crate::watch::procfs::Stat;

/// Bytes of one of procfs's files.
const FILE_BYTES_MAX: u64 = 64 << 10;
/// Open files told each by itself.
const OPEN_FILES_TOLD: usize = 256;
/// Open files looked at of one process.
const OPEN_FILES_MAX: usize = 200_000;

fn is_alive(identity: ProcessIdentity) -> bool {
    Stat::read(identity.pid)
        .is_some_and(|stat| stat.started == identity.started && !stat.is_ended())
}

/// The target's sockets, by the inodes that its processes hold, in their network namespace.
pub(super) fn sockets(targets: &[ProcessIdentity]) -> Option<Result<String, String>> {
    let mut holders: HashMap<u64, u32> = HashMap::new();
    let mut tables = None;
    for identity in targets.iter().filter(|identity| is_alive(**identity)) {
        let Ok(files) = open_files(identity.pid) else {
            continue;
        };
        tables.get_or_insert_with(|| PathBuf::from(format!("/proc/{}/net", identity.pid)));
        for inode in files.iter().filter_map(|file| socket_inode(file)) {
            holders.entry(inode).or_insert(identity.pid);
        }
    }
    let folder = tables?;
    let ports: HashSet<u16> = match table::read(&folder) {
        Ok(rows) => rows
            .iter()
            .filter(|row| holders.contains_key(&row.inode) && row.listens())
            .map(|row| row.local.port())
            .collect(),
        Err(why) => return Some(Err(why)),
    };
    // Nobody holds what waits to be accepted or was closed; it is told by its port.
    let belongs = |row: &table::Row| {
        holders.contains_key(&row.inode) || (row.inode == 0 && ports.contains(&row.local.port()))
    };
    Some(table::text(&folder, belongs, &holders))
}

/// Every socket of our network namespace.
pub(super) fn sockets_of_host() -> Result<String, String> {
    let folder = Path::new("/proc/thread-self/net");
    table::text(folder, |_| true, &HashMap::new())
}

/// The inode of a socket's link in /proc/PID/fd: `socket:[12345]`.
fn socket_inode(file: &Path) -> Option<u64> {
    let text = file.to_str()?.strip_prefix("socket:[")?;
    text.strip_suffix(']')?.parse().ok()
}

fn open_files(pid: u32) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))?.take(OPEN_FILES_MAX);
    Ok(entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .collect())
}

/// What procfs tells of a process.
pub(super) fn process(identity: ProcessIdentity) -> Result<Details, String> {
    let pid = identity.pid;
    if !is_alive(identity) {
        return Err(format!("pid {pid} was gone"));
    }
    let link = |name: &str| fs::read_link(format!("/proc/{pid}/{name}")).ok();
    let mut text = String::new();
    let folder = link("cwd");
    let command = read(pid, "cmdline").replace('\0', " ");
    let _ = writeln!(text, "command line: {}", command.trim_end());
    for (what, path) in [("executable", link("exe")), ("folder", folder.clone())] {
        let shown = path.map_or("not shown to this user".to_owned(), |path| {
            path.display().to_string()
        });
        let _ = writeln!(text, "{what}: {shown}");
    }
    match open_files(pid) {
        Ok(files) => {
            let _ = writeln!(text, "open files: {}", files.len());
            for file in files.iter().take(OPEN_FILES_TOLD) {
                let _ = writeln!(text, "  {}", file.display());
            }
        }
        Err(error) => {
            let _ = writeln!(text, "open files: {error}");
        }
    }
    for name in ["status", "limits", "cgroup", "io", "wchan"] {
        let _ = writeln!(text, "\n{name}:\n{}", read(pid, name).trim_end());
    }
    // It may have ended, and its PID gone to another, while we looked.
    if !is_alive(identity) {
        return Err(format!("pid {pid} ended while it was looked at"));
    }
    Ok(Details { text, folder })
}

fn read(pid: u32, name: &str) -> String {
    let read = || {
        let mut bytes = Vec::new();
        let file = File::open(format!("/proc/{pid}/{name}"))?;
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| error.to_string())
}

/// Where the kernel put the core dump.
pub(super) fn core_dump(crashed: &Crashed<'_>) -> Result<Option<String>, String> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern")
        .map_err(|error| format!("where core dumps go is not known: core_pattern: {error}"))?;
    let pattern = pattern.trim_end_matches('\n');
    let pid = crashed.process.identity.pid;
    if let Some(handler) = pattern.strip_prefix('|') {
        return handled(handler, crashed);
    }
    let uses_pid =
        fs::read_to_string("/proc/sys/kernel/core_uses_pid").is_ok_and(|text| text.trim() != "0");
    let Some(place) = pattern::place(pattern, uses_pid, pid, crashed.folder) else {
        return Err(if pattern.is_empty() && !uses_pid {
            "core dumps are off: /proc/sys/kernel/core_pattern is empty".to_owned()
        } else {
            format!(
                "core dumps go to {pattern} in the process's folder, which was not seen before it \
                 ended"
            )
        });
    };
    let newest = newest(&place.folder, crashed.since, |name| place.matches(name));
    Ok(newest.map(|path| found(&path)))
}

/// A program takes core dumps.
fn handled(handler: &str, crashed: &Crashed<'_>) -> Result<Option<String>, String> {
    let program = handler.split(' ').next().unwrap_or_default();
    let pid = crashed.process.identity.pid;
    let name = Path::new(program).file_name().unwrap_or_default();
    if name == "systemd-coredump" {
        let pid = pid.to_string();
        return match ask("coredumpctl", &["--no-pager", "--quiet", "info", &pid]) {
            Ok(text) if text.contains("Storage:") => Ok(Some(text)),
            // It is told when systemd-coredump is done with it.
            Ok(_) => Ok(None),
            Err(unanswered) if unanswered.said_no => Ok(None),
            Err(unanswered) => Err(format!(
                "coredumpctl does not tell of the core dump: {}",
                unanswered.why
            )),
        };
    }
    if name == "apport" {
        let folder = Path::new("/var/crash");
        let executable = crashed.process.executable.as_deref();
        let wanted = executable.map(|path| path.display().to_string().replace('/', "_"));
        let newest = newest(folder, crashed.since, |name| {
            wanted
                .as_deref()
                .is_some_and(|wanted| name.starts_with(wanted))
        });
        return Ok(newest.map(|path| found(&path)));
    }
    Err(format!(
        "core dumps go to the program {program}; where it puts them it does not tell"
    ))
}
