//! Triggers on processes, as one pure function from what was observed to firings.

use std::collections::BTreeMap;

use super::choice::{CrashSet, FireWhen, ProcessEvent};
use super::firing::{Firing, TriggerKind};
use crate::clock::Now;
use crate::limits;
use crate::units::duration_in_words;
use crate::watch::{ExitStatus, ProcessIdentity, ProcessInfo, WatchEvent};

/// The chosen triggers and what they have seen.
#[derive(Debug)]
pub(super) struct ProcessConditions {
    exit: bool,
    crash: Option<CrashSet>,
    restart: bool,
    appears: bool,
    fire_when: FireWhen,
    alive: BTreeMap<ProcessIdentity, ProcessInfo>,
    /// Processes that hit a fault, with when; they are still ending.
    faulted: BTreeMap<ProcessIdentity, Faulted>,
    /// Processes that ended, without their status so far.
    ended: BTreeMap<ProcessIdentity, Ended>,
    last_end: Option<(ProcessInfo, Now)>,
}

#[derive(Debug)]
struct Faulted {
    process: ProcessInfo,
    /// The fault itself fired.
    told: bool,
}

#[derive(Debug)]
struct Ended {
    process: ProcessInfo,
    at: Now,
    last: bool,
    crash_told: bool,
}

impl ProcessConditions {
    /// ProcessConditions that have seen nothing yet.
    pub(super) fn new(choices: &[ProcessEvent], fire_when: FireWhen) -> Self {
        Self {
            exit: choices.contains(&ProcessEvent::Exit),
            crash: choices.iter().find_map(|choice| match choice {
                ProcessEvent::Crash(set) => Some(set.clone()),
                _ => None,
            }),
            restart: choices.contains(&ProcessEvent::Restart),
            appears: choices.contains(&ProcessEvent::Appears),
            fire_when,
            alive: BTreeMap::new(),
            faulted: BTreeMap::new(),
            ended: BTreeMap::new(),
            last_end: None,
        }
    }

    /// Takes in one observation and says what fires.
    pub(super) fn observe(&mut self, event: &WatchEvent) -> Vec<Firing> {
        match event {
            WatchEvent::Found { process, at, .. } => self.found(process, *at),
            WatchEvent::Faulted { process, at } => self.faulted(*process, *at),
            WatchEvent::Ended {
                process,
                at,
                status,
                ..
            } => self.ended(*process, *at, status.as_ref()),
            WatchEvent::Status { process, status } => self.status(*process, status),
            WatchEvent::Degraded { .. } => Vec::new(),
        }
    }

    /// It was there at the start, so that it does not appear.
    pub(super) fn begin_with(&mut self, process: &ProcessInfo) {
        self.alive.insert(process.identity, process.clone());
    }

    fn found(&mut self, process: &ProcessInfo, at: Now) -> Vec<Firing> {
        let before = self.alive.insert(process.identity, process.clone());
        if before.is_some() {
            return Vec::new();
        }
        let mut firings = Vec::new();
        let before = self.last_end.take();
        if let Some((before, ended)) = before.filter(|_| self.restart) {
            let note = format!(
                "pid {} matches {} after pid {} ended",
                process.identity.pid,
                duration_in_words(at.monotonic.since(ended.monotonic)),
                before.identity.pid,
            );
            firings.push(Firing {
                end: Some(ended),
                note: Some(note),
                ..Firing::of(TriggerKind::Restart, at, Some(process.clone()))
            });
        }
        if self.appears {
            firings.push(Firing::of(TriggerKind::Appears, at, Some(process.clone())));
        }
        firings
    }

    fn faulted(&mut self, identity: ProcessIdentity, at: Now) -> Vec<Firing> {
        let Some(process) = self.alive.remove(&identity) else {
            return Vec::new();
        };
        let kind = self.kind_of_fault();
        let faulted = Faulted {
            process: process.clone(),
            told: kind.is_some(),
        };
        self.faulted.insert(identity, faulted);
        let Some(kind) = kind else {
            return Vec::new();
        };
        vec![Firing {
            fault: Some(at),
            ..Firing::of(kind, at, Some(process))
        }]
    }

    /// What a fault fires, before the process has ended.
    fn kind_of_fault(&self) -> Option<TriggerKind> {
        if !self.end_counts(self.alive.is_empty()) {
            return None;
        }
        // Only signals that dump core get here; none of them is a clean end by
        // default, and one that was declared clean is told by its status.
        match (self.exit, &self.crash) {
            (true, _) => Some(TriggerKind::Exit),
            (false, Some(set)) if *set == CrashSet::default() => Some(TriggerKind::Crash),
            (false, _) => None,
        }
    }

    fn ended(
        &mut self,
        identity: ProcessIdentity,
        at: Now,
        status: Option<&ExitStatus>,
    ) -> Vec<Firing> {
        let fault = self.faulted.remove(&identity);
        let told_by_fault = fault.as_ref().is_some_and(|fault| fault.told);
        let process = fault
            .map(|fault| fault.process)
            .or_else(|| self.alive.remove(&identity));
        let Some(process) = process else {
            return Vec::new();
        };
        self.last_end = Some((process.clone(), at));
        let last = self.alive.is_empty();
        let mut firings = Vec::new();
        if self.exit && !told_by_fault && self.end_counts(last) {
            firings.push(end_firing(TriggerKind::Exit, &process, at, status));
        }
        self.ended.insert(
            identity,
            Ended {
                process,
                at,
                last,
                crash_told: told_by_fault && !self.exit,
            },
        );
        while self.ended.len() > limits::TARGETS_MAX {
            self.ended.pop_first();
        }
        if let Some(status) = status {
            firings.extend(self.status(identity, status));
        }
        firings
    }

    fn status(&mut self, identity: ProcessIdentity, status: &ExitStatus) -> Vec<Firing> {
        let Some(ended) = self.ended.remove(&identity) else {
            return Vec::new();
        };
        let crash = self.crash.as_ref().is_some_and(|set| set.counts(status));
        if !crash || ended.crash_told || !self.end_counts(ended.last) {
            return Vec::new();
        }
        vec![end_firing(
            TriggerKind::Crash,
            &ended.process,
            ended.at,
            Some(status),
        )]
    }

    fn end_counts(&self, last: bool) -> bool {
        match self.fire_when {
            FireWhen::Any => true,
            FireWhen::All => last,
        }
    }
}

fn end_firing(
    kind: TriggerKind,
    process: &ProcessInfo,
    at: Now,
    status: Option<&ExitStatus>,
) -> Firing {
    Firing {
        status: status.cloned(),
        end: Some(at),
        ..Firing::of(kind, at, Some(process.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Monotonic;
    use crate::units::Timestamp;
    use crate::watch::ExitMethod;

    fn at(milliseconds: u64) -> Now {
        Now {
            monotonic: Monotonic(milliseconds * 1_000_000),
            wall: Timestamp(1_700_000_000_000_000_000 + milliseconds * 1_000_000),
        }
    }

    fn identity(pid: u32) -> ProcessIdentity {
        ProcessIdentity { pid, started: 7 }
    }

    fn found(pid: u32, when: u64) -> WatchEvent {
        WatchEvent::Found {
            process: ProcessInfo {
                identity: identity(pid),
                name: "server".into(),
                executable: None,
                command_line: "server".into(),
                user: None,
            },
            at: at(when),
            method: ExitMethod::PidFd,
        }
    }

    fn ended(pid: u32, when: u64, status: Option<ExitStatus>) -> WatchEvent {
        WatchEvent::Ended {
            process: identity(pid),
            at: at(when),
            status,
            left: 0,
        }
    }

    const SEGV: ExitStatus = ExitStatus::Signal {
        number: 11,
        core_dumped: None,
    };
    const TERM: ExitStatus = ExitStatus::Signal {
        number: 15,
        core_dumped: None,
    };

    fn kinds(conditions: &mut ProcessConditions, events: &[WatchEvent]) -> Vec<TriggerKind> {
        events
            .iter()
            .flat_map(|event| conditions.observe(event))
            .map(|firing| firing.kind)
            .collect()
    }

    fn crash() -> Vec<ProcessEvent> {
        vec![ProcessEvent::Crash(CrashSet::default())]
    }

    #[test]
    fn exit_fires_at_any_end_and_before_the_status_is_known() {
        for status in [None, Some(SEGV), Some(ExitStatus::Code { code: 0 })] {
            let mut conditions = ProcessConditions::new(&[ProcessEvent::Exit], FireWhen::Any);
            let fired = kinds(&mut conditions, &[found(1, 0), ended(1, 5, status)]);
            assert_eq!(fired, [TriggerKind::Exit]);
        }
    }

    #[test]
    fn a_deploy_is_no_crash_and_an_unknown_end_is_one() {
        let unknown = ExitStatus::Unknown {
            reason: "it ran as another user".into(),
        };
        for (status, fires) in [
            (TERM, false),
            (ExitStatus::Code { code: 0 }, false),
            (SEGV, true),
            (ExitStatus::Code { code: 3 }, true),
            (unknown, true),
        ] {
            let mut conditions = ProcessConditions::new(&crash(), FireWhen::Any);
            let fired = kinds(
                &mut conditions,
                &[found(1, 0), ended(1, 5, Some(status.clone()))],
            );
            assert_eq!(!fired.is_empty(), fires, "{status:?}");
        }
    }

    #[test]
    fn a_late_status_decides_with_the_time_of_the_end() {
        let mut conditions = ProcessConditions::new(&crash(), FireWhen::Any);
        assert!(kinds(&mut conditions, &[found(1, 0), ended(1, 5, None)]).is_empty());
        let firings = conditions.observe(&WatchEvent::Status {
            process: identity(1),
            status: SEGV,
        });
        assert_eq!(firings.len(), 1);
        assert_eq!(firings[0].at, at(5));
    }

    #[test]
    fn a_fault_fires_once_and_long_before_the_end() {
        let fault = WatchEvent::Faulted {
            process: identity(1),
            at: at(3),
        };
        for choices in [crash(), vec![ProcessEvent::Exit]] {
            let mut conditions = ProcessConditions::new(&choices, FireWhen::Any);
            let fired = kinds(
                &mut conditions,
                &[found(1, 0), fault.clone(), ended(1, 400, Some(SEGV))],
            );
            assert_eq!(fired.len(), 1, "{choices:?}");
        }
    }

    #[test]
    fn all_fires_with_the_last_worker_only() {
        let mut conditions = ProcessConditions::new(&[ProcessEvent::Exit], FireWhen::All);
        let first = [found(1, 0), found(2, 0), ended(1, 5, Some(SEGV))];
        assert!(kinds(&mut conditions, &first).is_empty());
        assert_eq!(
            kinds(&mut conditions, &[ended(2, 9, Some(SEGV))]),
            [TriggerKind::Exit]
        );
    }

    #[test]
    fn a_crash_that_ends_last_fires_although_its_fault_came_while_others_lived() {
        for choices in [crash(), vec![ProcessEvent::Exit]] {
            let mut conditions = ProcessConditions::new(&choices, FireWhen::All);
            let fault = WatchEvent::Faulted {
                process: identity(1),
                at: at(3),
            };
            assert!(kinds(&mut conditions, &[found(1, 0), found(2, 0), fault]).is_empty());
            let clean = Some(ExitStatus::Code { code: 0 });
            let events = [ended(2, 5, clean), ended(1, 400, Some(SEGV))];
            let fired = kinds(&mut conditions, &events);
            assert!(!fired.is_empty(), "{choices:?}");
        }
    }

    #[test]
    fn a_restart_says_how_long_it_took() {
        let mut conditions = ProcessConditions::new(&[ProcessEvent::Restart], FireWhen::Any);
        let events = [found(1, 0), ended(1, 100, Some(SEGV))];
        assert!(kinds(&mut conditions, &events).is_empty());
        let firings = conditions.observe(&found(2, 900));
        let note = firings[0].note.as_deref().unwrap_or_default();
        assert_eq!(note, "pid 2 matches 800 ms after pid 1 ended");
    }
}
