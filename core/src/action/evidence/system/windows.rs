//! Windows: netstat, and what Windows Error Reporting dumps (LocalDumps, "Collecting
//! User-Mode Dumps" in the Windows documentation).

use std::env;
use std::path::{Path, PathBuf};

pub(super) use super::other::process;
use super::other::sockets_of;
use super::{Crashed, ask, found, newest};
use crate::watch::ProcessIdentity;

/// Numbers, and each line's process last.
const NETSTAT: [&str; 1] = ["-ano"];
const LOCAL_DUMPS: &str = r"HKLM\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps";

/// The target's sockets.
pub(super) fn sockets(targets: &[ProcessIdentity]) -> Option<Result<String, String>> {
    sockets_of(targets, &NETSTAT, |line, pid| {
        line.split_ascii_whitespace().next_back() == Some(&pid.to_string())
    })
}

/// All sockets.
pub(super) fn sockets_of_host() -> Result<String, String> {
    ask("netstat", &NETSTAT).map_err(|unanswered| unanswered.why)
}

/// The dump of the crash.
pub(super) fn core_dump(crashed: &Crashed<'_>) -> Result<Option<String>, String> {
    let process = crashed.process;
    let executable = process.executable.as_deref().and_then(Path::file_name);
    let executable = executable.map_or(process.name.clone(), |name| {
        name.to_string_lossy().into_owned()
    });
    let own = ask("reg", &["query", &format!(r"{LOCAL_DUMPS}\{executable}")]);
    let all = ask("reg", &["query", LOCAL_DUMPS]);
    if own.is_err() && all.is_err() {
        return Err(format!(
            "Windows writes no dumps of crashes: create the registry key {LOCAL_DUMPS}"
        ));
    }
    let folder = [own, all]
        .into_iter()
        .flatten()
        .find_map(|text| dump_folder(&text))
        .unwrap_or_else(|| r"%LOCALAPPDATA%\CrashDumps".to_owned());
    let wanted = format!("{executable}.{}.", process.identity.pid);
    let newest = newest(&expanded(&folder), crashed.since, |name| {
        name.starts_with(&wanted)
    });
    Ok(newest.map(|path| found(&path)))
}

/// The value DumpFolder in what `reg query` prints.
fn dump_folder(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("DumpFolder"))?;
    let (_, value) = line.split_once("_SZ")?;
    Some(value.trim().to_owned())
}

/// A path with `%NAME%` put in from the environment.
fn expanded(path: &str) -> PathBuf {
    let mut out = String::new();
    for (index, part) in path.split('%').enumerate() {
        match env::var(part) {
            Ok(value) if index % 2 == 1 => out += &value,
            _ => out += part,
        }
    }
    PathBuf::from(out)
}
