//! What a user wants to know of processes to pick one.

use std::collections::HashMap;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::units::ByteCount;
use crate::watch::{ProcessInfo, WatchError, ports};

/// One process with what it uses.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessDetails {
    /// Which one.
    pub process: ProcessInfo,
    /// Hundredths of one CPU used while it was looked at; more than 100 on several.
    pub cpu_percent: f32,
    /// Memory it holds now.
    pub resident: ByteCount,
    /// The ports it listens on.
    pub ports: Ports,
}

/// The ports that a process listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// TCP or UDP, in order; may be none.
    Known(Vec<u16>),
    /// It can't be seen.
    Unknown {
        /// Why, in words.
        reason: String,
    },
}

/// Every process alive with what it uses, ordered by PID. Takes a fifth of a
/// second, over which CPU use is measured.
///
/// # Errors
/// [`WatchError::ListUnreadable`] when the system does not list processes.
pub fn details() -> Result<Vec<ProcessDetails>, WatchError> {
    let mut system = System::new().map_err(|error| WatchError::ListUnreadable {
        reason: error.to_string(),
    })?;
    sample(&mut system);
    // A rate needs a span; there is no event to wait for.
    std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
    sample(&mut system);
    let processes = super::list()?;
    let pids: Vec<u32> = processes
        .iter()
        .map(|process| process.identity.pid)
        .collect();
    let ports = ports_of(&pids);
    Ok(processes
        .into_iter()
        .map(|process| {
            let used = system.process(Pid::from_u32(process.identity.pid));
            let ports = ports(process.identity.pid);
            ProcessDetails {
                cpu_percent: used.map_or(0.0, sysinfo::Process::cpu_usage),
                resident: ByteCount(used.map_or(0, sysinfo::Process::memory)),
                ports,
                process,
            }
        })
        .collect())
}

fn sample(system: &mut System) {
    let kind = ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
}

fn ports_of(pids: &[u32]) -> impl Fn(u32) -> Ports {
    let (table, failure) = match ports::listening_ports(pids) {
        Ok(table) => (table, None),
        Err(error) => (ports::PortTable::default(), Some(error.to_string())),
    };
    let known: HashMap<u32, Vec<u16>> = table
        .by_pid
        .into_iter()
        .map(|(pid, ports)| (pid, ports.into_iter().collect()))
        .collect();
    move |pid| match (known.get(&pid), &failure) {
        (Some(ports), _) => Ports::Known(ports.clone()),
        (None, Some(reason)) => Ports::Unknown {
            reason: reason.clone(),
        },
        (None, None) if table.unseen.contains(&pid) => Ports::Unknown {
            reason: "seen only with rights".to_owned(),
        },
        (None, None) => Ports::Known(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_listen_where_we_listen() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let all = details().unwrap();
        let ours = all
            .iter()
            .find(|details| details.process.identity.pid == std::process::id())
            .unwrap();
        assert!(ours.resident > ByteCount(1 << 20), "{ours:?}");
        let Ports::Known(ports) = &ours.ports else {
            panic!("{ours:?}");
        };
        assert!(ports.contains(&port), "{ours:?}");
    }
}
