//! From what a user said to the processes meant.

use std::collections::{BTreeSet, HashMap};

use super::pattern::Pattern;
use super::ports::{Listening, SocketTables};
use super::processes::{self, Candidate};
use super::{ProcessInfo, TargetSpec, WatchError};
use crate::limits;

/// Names suggested where nothing matches.
const SUGGESTIONS: usize = 3;
/// Of two names that look alike at least this much, one may be meant by the
/// other (strsim's Jaro-Winkler: 1 is the same).
const LIKENESS_MIN: f64 = 0.8;

/// Finds the processes that are meant now, ordered by PID. At least one.
///
/// # Errors
/// Nothing matches, too much matches, or the system does not tell: see [`WatchError`].
pub fn resolve(spec: &TargetSpec) -> Result<Vec<ProcessInfo>, WatchError> {
    resolve_in(spec, &SocketTables::default())
}

/// The same, where a port is one of these tables'.
///
/// # Errors
/// As for [`resolve`].
pub fn resolve_in(
    spec: &TargetSpec,
    tables: &SocketTables,
) -> Result<Vec<ProcessInfo>, WatchError> {
    resolve_at_most(spec, tables, limits::TARGETS_MAX)
}

/// The same processes, and all that they started and those started: a pre-fork
/// server's workers. One whose parent has ended is nobody's child any more.
///
/// # Errors
/// [`WatchError::ListUnreadable`].
pub fn with_descendants(mut found: Vec<ProcessInfo>) -> Result<Vec<ProcessInfo>, WatchError> {
    let mut parents: HashMap<u32, u64> = HashMap::new();
    parents.extend(
        found
            .iter()
            .map(|one| (one.identity.pid, one.identity.started)),
    );
    let mut others: Vec<Candidate> = processes::pids()?
        .into_iter()
        .filter(|pid| *pid != std::process::id() && !parents.contains_key(pid))
        .filter_map(processes::info)
        .collect();
    loop {
        let (children, rest): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|candidate| is_child(candidate, &parents));
        if children.is_empty() {
            break;
        }
        let children = children.into_iter().map(|candidate| candidate.info);
        for child in children {
            parents.insert(child.identity.pid, child.identity.started);
            found.push(child);
        }
        others = rest;
    }
    found.sort_by_key(|process| process.identity);
    Ok(found)
}

/// Whether one of these started it. Who is older than its parent has a parent's
/// number that was given anew.
pub(super) fn is_child(candidate: &Candidate, parents: &HashMap<u32, u64>) -> bool {
    let parent = candidate.parent.and_then(|pid| parents.get(&pid));
    parent.is_some_and(|started| *started <= candidate.info.identity.started)
}

fn resolve_at_most(
    spec: &TargetSpec,
    tables: &SocketTables,
    most: usize,
) -> Result<Vec<ProcessInfo>, WatchError> {
    let mut found: Vec<ProcessInfo> = match spec {
        TargetSpec::Pid(pid) => vec![by_pid(*pid)?],
        TargetSpec::Launched(pid) => vec![launched(*pid)?],
        TargetSpec::Port(port) => by_port(*port, tables)?,
        _ => by_pattern(spec)?,
    };
    if found.len() > most {
        return Err(WatchError::TooManyMatches {
            target: spec.clone(),
            count: found.len(),
            most,
        });
    }
    found.sort_by_key(|process| process.identity);
    Ok(found)
}

/// One that waits at the gate of its front still has that one's executable.
fn launched(pid: u32) -> Result<ProcessInfo, WatchError> {
    let mut process = by_pid(pid)?;
    let own = std::env::current_exe().ok();
    if process.executable == own {
        process.executable = None;
    }
    Ok(process)
}

fn by_pid(pid: u32) -> Result<ProcessInfo, WatchError> {
    if pid == std::process::id() {
        return Err(WatchError::Ourselves { pid });
    }
    processes::info(pid)
        .map(|candidate| candidate.info)
        .ok_or(WatchError::NoSuchPid { pid })
}

fn by_port(port: u16, tables: &SocketTables) -> Result<Vec<ProcessInfo>, WatchError> {
    let unreadable = |error: std::io::Error| WatchError::PortsUnreadable {
        port,
        reason: error.to_string(),
    };
    let owners = Listening::on(port, tables)
        .and_then(|listening| listening.owners())
        .map_err(unreadable)?;
    let found: Vec<ProcessInfo> = owners
        .pids
        .into_iter()
        .filter(|pid| *pid != std::process::id())
        .filter_map(processes::info)
        .map(|candidate| candidate.info)
        .collect();
    match (found.is_empty(), owners.others) {
        (false, _) => Ok(found),
        (true, Some(true)) => Err(WatchError::ListenerUnknown { port }),
        (true, Some(false)) => Err(WatchError::NobodyListens { port }),
        (true, None) => Err(WatchError::NobodySeen { port }),
    }
}

fn by_pattern(spec: &TargetSpec) -> Result<Vec<ProcessInfo>, WatchError> {
    let matcher = Matcher::new(spec)?;
    let (found, others): (Vec<Candidate>, Vec<Candidate>) = processes::pids()?
        .into_iter()
        .filter_map(processes::info)
        .partition(|candidate| matcher.matches(candidate));
    if found.is_empty() {
        return Err(WatchError::NoMatch {
            target: spec.clone(),
            similar: similar(spec, &others),
        });
    }
    Ok(found.into_iter().map(|candidate| candidate.info).collect())
}

/// Up to three names of processes that look like the one looked for.
fn similar(spec: &TargetSpec, running: &[Candidate]) -> Vec<String> {
    let wanted = match spec {
        TargetSpec::Name(name) => name.clone(),
        TargetSpec::Executable(path) => match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let wanted = wanted.replace(['*', '?'], "").to_lowercase();
    let names: BTreeSet<&String> = running
        .iter()
        .filter(|candidate| candidate.info.identity.pid != std::process::id())
        .flat_map(|candidate| &candidate.names)
        .collect();
    let mut alike: Vec<(f64, &String)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.truncate(SUGGESTIONS);
    alike.into_iter().map(|(_, name)| name.clone()).collect()
}

/// A specification checked once, for matching many processes.
#[derive(Debug)]
pub(super) struct Matcher {
    rule: Rule,
    /// Who is never meant.
    excluded: Vec<u32>,
}

#[derive(Debug)]
enum Rule {
    Name(Pattern),
    CommandLine(Pattern),
    Executable {
        written: std::path::PathBuf,
        /// What it leads to, where it exists.
        resolved: Option<std::path::PathBuf>,
    },
    /// A PID or a port: nothing to match names with.
    None,
}

impl Matcher {
    /// Checks the patterns.
    ///
    /// # Errors
    /// [`WatchError::BadPattern`].
    pub(super) fn new(spec: &TargetSpec) -> Result<Self, WatchError> {
        let mut excluded = vec![std::process::id()];
        let rule = match spec {
            TargetSpec::Name(pattern) => Rule::Name(Pattern::whole(pattern)?),
            TargetSpec::CommandLine(pattern) => {
                // `sudo crashcap record --command-line server` holds the text
                // itself: none of those who started us is meant.
                excluded.extend(processes::ancestors());
                Rule::CommandLine(Pattern::anywhere(pattern)?)
            }
            TargetSpec::Executable(path) => Rule::Executable {
                written: path.clone(),
                resolved: path.canonicalize().ok(),
            },
            TargetSpec::Pid(_) | TargetSpec::Launched(_) | TargetSpec::Port(_) => Rule::None,
        };
        Ok(Self { rule, excluded })
    }

    /// Whether this process may be meant, by its number alone.
    pub(super) fn allows(&self, pid: u32) -> bool {
        !self.excluded.contains(&pid)
    }

    /// Whether this process is meant.
    pub(super) fn matches(&self, candidate: &Candidate) -> bool {
        let process = &candidate.info;
        self.allows(process.identity.pid)
            && match &self.rule {
                Rule::Name(pattern) => candidate.names.iter().any(|name| pattern.matches(name)),
                Rule::CommandLine(pattern) => pattern.matches(&process.command_line),
                Rule::Executable { written, resolved } => process
                    .executable
                    .as_ref()
                    .is_some_and(|path| path == written || Some(path) == resolved.as_ref()),
                Rule::None => false,
            }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn too_many_matches_are_counted_and_refused() {
        let mark = format!("crashcap-crowd-of-{}", std::process::id());
        let mut crowd: Vec<_> = (0..3)
            .map(|_| {
                Command::new("/bin/sh")
                    .args(["-c", "read line", &mark])
                    .stdin(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let spec = TargetSpec::CommandLine(mark);
        let here = SocketTables::default();
        assert_eq!(resolve_at_most(&spec, &here, 3).unwrap().len(), 3);
        assert_eq!(
            resolve_at_most(&spec, &here, 2),
            Err(WatchError::TooManyMatches {
                target: spec,
                count: 3,
                most: 2
            })
        );
        for one in &mut crowd {
            drop(one.stdin.take());
            one.wait().unwrap();
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_those_alike() {
        let us = processes::info(std::process::id()).unwrap();
        let alike = |name: &str| {
            let mut other = us.clone();
            other.info.identity.pid = 1;
            other.names = vec![name.to_owned()];
            other
        };
        let running = [
            alike("router_runner"),
            alike("router_run"),
            alike("rooter_runner"),
            alike("router_reviver"),
            alike("postgres"),
        ];
        let spec = TargetSpec::Name("Router_runer*".into());
        let told = similar(&spec, &running);
        assert_eq!(told.len(), SUGGESTIONS);
        assert_eq!(told[0], "router_runner");
        assert!(!told.contains(&"postgres".to_owned()));
    }
}
