//! macOS: netstat, and the reports that ReportCrash writes.

use std::env;
use std::path::{Path, PathBuf};

pub(super) use super::other::process;
use super::other::sockets_of;
use super::{Crashed, ask, found, newest};
use crate::watch::ProcessIdentity;

/// `-v` adds the process: its number stands as a column of its own, or as
/// `name:number` since macOS 14.
const NETSTAT: [&str; 4] = ["-anv", "-f", "inet", "-W"];

/// The target's sockets.
pub(super) fn sockets(targets: &[ProcessIdentity]) -> Option<Result<String, String>> {
    sockets_of(targets, &NETSTAT, |line, pid| {
        let pid = pid.to_string();
        line.split_ascii_whitespace()
            .any(|word| word == pid || word.rsplit(':').next() == Some(&pid))
    })
}

/// All sockets.
pub(super) fn sockets_of_host() -> Result<String, String> {
    ask("netstat", &NETSTAT).map_err(|unanswered| unanswered.why)
}

/// The report of the crash, or the core itself.
pub(super) fn core_dump(crashed: &Crashed<'_>) -> Result<Option<String>, String> {
    let name = &crashed.process.name;
    let core = PathBuf::from(format!("/cores/core.{}", crashed.process.identity.pid));
    let mut folders = vec![PathBuf::from("/Library/Logs/DiagnosticReports")];
    if let Some(home) = env::var_os("HOME") {
        folders.insert(0, Path::new(&home).join("Library/Logs/DiagnosticReports"));
    }
    let is_report = |file: &str| {
        file.strip_prefix(name.as_str()).is_some_and(|rest| {
            rest.starts_with(['-', '_']) && (rest.ends_with(".ips") || rest.ends_with(".crash"))
        })
    };
    let reports = folders
        .iter()
        .filter_map(|folder| newest(folder, crashed.since, is_report));
    let core = Some(core).filter(|core| core.is_file());
    let all: Vec<_> = reports.chain(core).map(|path| found(&path)).collect();
    Ok((!all.is_empty()).then(|| all.concat()))
}
