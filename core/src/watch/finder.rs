//! Looking again and again for processes that match, cheaply: a process that
//! was looked at and does not match is not looked at each time.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::ports::{Listening, SocketTables};
use super::processes;
use super::target::{Matcher, is_child};
use super::{ProcessIdentity, ProcessInfo, TargetSpec, WatchError};
use crate::clock::Monotonic;

/// A young process may still become what is looked for: it forks, then execs.
const YOUNG: Duration = Duration::from_secs(3);
/// An old one too (`exec` at the end of a script), and a PID may be taken anew:
/// now and then everything is looked at.
const WHOLE_LOOK_EVERY: Duration = Duration::from_secs(5);
/// Less often where there are many processes: it takes one part in so many of the time.
const WHOLE_LOOK_SHARE: u32 = 250;
/// But so often at least.
const WHOLE_LOOK_EVERY_MAX: Duration = Duration::from_secs(60);

/// Looks for new matches of one specification.
#[derive(Debug)]
pub(super) struct Finder {
    spec: TargetSpec,
    /// Whoever is started by those who are watched is meant too.
    tree: bool,
    /// Where a port is looked for.
    tables: SocketTables,
    matcher: Matcher,
    /// When each PID that does not match was seen first.
    seen: HashMap<u32, Monotonic>,
    last_whole: Option<Monotonic>,
    whole_every: Duration,
    /// Sockets at the last look, where a port is looked for.
    listening: Option<Listening>,
}

impl Finder {
    /// A finder that has not looked yet.
    ///
    /// # Errors
    /// [`WatchError::BadPattern`].
    pub(super) fn new(
        spec: TargetSpec,
        tree: bool,
        tables: SocketTables,
    ) -> Result<Self, WatchError> {
        Ok(Self {
            matcher: Matcher::new(&spec)?,
            spec,
            tree,
            tables,
            seen: HashMap::new(),
            last_whole: None,
            whole_every: WHOLE_LOOK_EVERY,
            listening: None,
        })
    }

    /// Whether a new process can ever match: not where one process is meant, unless
    /// by being started by one who `is_alive`.
    pub(super) fn may_find_more(&self, is_alive: bool) -> bool {
        let one = matches!(self.spec, TargetSpec::Pid(_) | TargetSpec::Launched(_));
        !one || (self.tree && is_alive)
    }

    /// The processes that match now and are not among those watched.
    ///
    /// # Errors
    /// [`WatchError::ListUnreadable`], [`WatchError::PortsUnreadable`].
    pub(super) fn look(
        &mut self,
        at: Monotonic,
        watched: &HashSet<ProcessIdentity>,
    ) -> Result<Vec<ProcessInfo>, WatchError> {
        if !self.may_find_more(!watched.is_empty()) {
            return Ok(Vec::new());
        }
        let same_sockets = self.read_sockets()?;
        let whole = !same_sockets
            || self
                .last_whole
                .is_none_or(|last| at.since(last) >= self.whole_every);
        if whole {
            self.last_whole = Some(at);
        }
        let pids = processes::pids()?;
        let mut parents: HashMap<u32, u64> = HashMap::new();
        parents.extend(watched.iter().map(|one| (one.pid, one.started)));
        let mut found = Vec::new();
        for pid in &pids {
            let first_seen = *self.seen.entry(*pid).or_insert(at);
            let skip = !whole
                && (parents.contains_key(pid)
                    || (first_seen != at && at.since(first_seen) >= YOUNG));
            if skip || !self.matcher.allows(*pid) {
                continue;
            }
            let process = self.examine(*pid, &parents);
            let Some(process) = process.filter(|one| !watched.contains(&one.identity)) else {
                continue;
            };
            // Children follow their parents, unless the numbers began anew: then
            // they are found at the next look.
            parents.insert(*pid, process.identity.started);
            found.push(process);
        }
        let taken: HashSet<u32> = pids.into_iter().collect();
        self.seen.retain(|pid, _| taken.contains(pid));
        found.sort_by_key(|process| process.identity);
        Ok(found)
    }

    /// Takes in that the look at this moment took so long.
    pub(super) fn took(&mut self, at: Monotonic, span: Duration) {
        if self.last_whole == Some(at) {
            let every = span.saturating_mul(WHOLE_LOOK_SHARE);
            self.whole_every = every.clamp(WHOLE_LOOK_EVERY, WHOLE_LOOK_EVERY_MAX);
        }
    }

    /// Forgets that a PID was seen: its process ended, so the next with that number is new.
    pub(super) fn forget(&mut self, pid: u32) {
        self.seen.remove(&pid);
    }

    fn examine(&self, pid: u32, parents: &HashMap<u32, u64>) -> Option<ProcessInfo> {
        let listening = self.listening.as_ref();
        let holds = listening.map(|listening| listening.is_held_by(pid) == Some(true));
        if holds == Some(false) && !self.tree {
            return None;
        }
        let candidate = processes::at_a_glance(pid)?;
        let is_meant = holds.unwrap_or_else(|| self.matcher.matches(&candidate))
            || (self.tree && is_child(&candidate, parents));
        let whole = is_meant.then(|| processes::whole(candidate));
        whole.flatten().map(|whole| whole.info)
    }

    /// Reads who listens, where that matters; whether it is as before.
    fn read_sockets(&mut self) -> Result<bool, WatchError> {
        let TargetSpec::Port(port) = self.spec else {
            return Ok(true);
        };
        let now =
            Listening::on(port, &self.tables).map_err(|error| WatchError::PortsUnreadable {
                port,
                reason: error.to_string(),
            })?;
        let same = self.listening.as_ref() == Some(&now);
        self.listening = Some(now);
        Ok(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_looked_at_less_often_where_that_takes_long() {
        let mut finder = Finder::new(
            TargetSpec::Name("nobody-has-this-name".into()),
            false,
            SocketTables::default(),
        )
        .unwrap();
        let after = |seconds| Monotonic::default().after(Duration::from_secs(seconds));
        let mut whole_at = |second, took| {
            finder.look(after(second), &HashSet::new()).unwrap();
            finder.took(after(second), Duration::from_millis(took));
            finder.last_whole == Some(after(second))
        };
        assert!(whole_at(0, 60));
        assert!(!whole_at(5, 1), "60 ms in 5 s are more than a 250th");
        assert!(!whole_at(14, 1));
        assert!(whole_at(15, 1));
        assert!(whole_at(20, 9_000));
        assert!(!whole_at(79, 1));
        assert!(whole_at(80, 1));
    }
}
