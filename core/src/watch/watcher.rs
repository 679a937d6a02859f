//! The thread that watches: it tells what it found, who ended and how, and
//! looks for new processes that match.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::exit::{AddError, Ends, Wake};
use super::finder::Finder;
use super::{
    ProcessIdentity, ProcessInfo, SocketTables, TargetSpec, WatchError, WatchEvent, prompt, target,
};
use crate::clock::{Monotonic, Now, now};
use crate::limits;

/// How often new processes are looked for while there are some already.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// As long as nothing is to be done; a wake-up or an end comes first.
const IDLE: Duration = Duration::from_secs(60);

/// How to watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchOptions {
    /// The target need not be there yet.
    pub wait: bool,
    /// Go on looking for new processes that match once all have ended.
    pub follow: bool,
    /// What the target's processes start is watched too, and what that starts. One
    /// that ends within a second may never be seen.
    pub tree: bool,
    /// Where a port is looked for.
    pub tables: SocketTables,
}

/// Watches a target until it is dropped. Dropping it ends its thread.
pub struct Watcher {
    found: Vec<ProcessInfo>,
    waker: Arc<dyn Wake>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Finds the target on the caller's thread, then watches on its own and
    /// sends what happens, the first found among it. The channel may be
    /// bounded: the thread waits while it is full.
    ///
    /// # Errors
    /// A target that is not there (unless it may be waited for), or that ended
    /// before it could be watched: see [`WatchError`].
    pub fn start(
        spec: TargetSpec,
        options: WatchOptions,
        events: Sender<WatchEvent>,
    ) -> Result<Self, WatchError> {
        let matches = match target::resolve_in(&spec, &options.tables) {
            Ok(found) if options.tree => target::with_descendants(found)?,
            Ok(found) => found,
            Err(error) if options.wait && may_come(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        Self::watch(matches, spec, options, events)
    }

    /// Watches what was found, as far as it is still there.
    fn watch(
        matches: Vec<ProcessInfo>,
        spec: TargetSpec,
        options: WatchOptions,
        events: Sender<WatchEvent>,
    ) -> Result<Self, WatchError> {
        let (stop, stopped) = bounded(0);
        let mut thread = Watching {
            ends: Ends::new(),
            finder: Finder::new(spec, options.tree, options.tables.clone())?,
            options,
            watched: HashMap::new(),
            awaited: 0,
            told_full: false,
            told_blind: false,
            next_look: Monotonic::default(),
            outbox: Outbox { events, stopped },
        };
        let at = now();
        let mut gone = None;
        let mut first = Vec::new();
        for process in matches {
            match thread.add(&process, at) {
                Some(event) => first.push(event),
                None => gone = Some(process),
            }
        }
        match gone {
            Some(process) if first.is_empty() && !thread.options.wait => {
                return Err(WatchError::EndedBefore {
                    name: process.name,
                    pid: process.identity.pid,
                });
            }
            _ => {}
        }
        let waker = thread.ends.waker();
        let found = thread.watched.values().cloned().collect();
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                prompt::answer_at_once();
                thread.run(first);
            })
            .map_err(|error| WatchError::NotStarted {
                reason: error.to_string(),
            })?;
        Ok(Self {
            found,
            waker,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The processes that were found at the start.
    #[must_use]
    pub fn found(&self) -> &[ProcessInfo] {
        &self.found
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by its hook already.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// Whether what is missing now may be there later. A PID that nobody has is
/// nothing to wait for: whoever gets it next is another process.
fn may_come(error: &WatchError) -> bool {
    matches!(
        error,
        WatchError::NoMatch { .. }
            | WatchError::NobodyListens { .. }
            | WatchError::NobodySeen { .. }
    )
}

/// The receiver is gone, or the watcher was dropped: the thread ends.
struct Finished;

struct Outbox {
    events: Sender<WatchEvent>,
    stopped: Receiver<()>,
}

impl Outbox {
    fn send(&self, event: WatchEvent) -> Result<(), Finished> {
        select! {
            send(self.events, event) -> sent => sent.map_err(|_| Finished),
            recv(self.stopped) -> _ => Err(Finished),
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected)
    }
}

/// The state of the thread.
struct Watching {
    ends: Ends,
    finder: Finder,
    options: WatchOptions,
    watched: HashMap<ProcessIdentity, ProcessInfo>,
    /// Ends that were told without a status.
    awaited: usize,
    told_full: bool,
    told_blind: bool,
    next_look: Monotonic,
    outbox: Outbox,
}

impl Watching {
    fn run(mut self, first: Vec<WatchEvent>) {
        // The receiver is gone or wants no more: either way there is nobody to tell.
        let _: Result<(), Finished> = self.watch(first);
    }

    fn watch(&mut self, first: Vec<WatchEvent>) -> Result<(), Finished> {
        for event in first {
            self.outbox.send(event)?;
        }
        let mut noticed = Vec::new();
        self.next_look = now().monotonic.after(self.look_interval());
        loop {
            let timeout = match self.looks() {
                true => self.next_look.since(now().monotonic),
                false => IDLE,
            };
            self.ends.wait(timeout, &mut noticed);
            if self.outbox.is_stopped() {
                return Err(Finished);
            }
            for event in noticed.drain(..) {
                self.tell(event)?;
            }
            let at = now();
            if self.looks() && at.monotonic >= self.next_look {
                self.look(at)?;
            }
            if self.watched.is_empty() && self.awaited == 0 && !self.looks() {
                return Ok(());
            }
        }
    }

    /// Whether new processes are looked for.
    fn looks(&self) -> bool {
        self.finder.may_find_more(!self.watched.is_empty())
            && (self.options.follow || self.options.wait || !self.watched.is_empty())
    }

    fn look_interval(&self) -> Duration {
        if self.watched.is_empty() {
            limits::RESOLVE_INTERVAL
        } else {
            LOOK_INTERVAL
        }
    }

    fn tell(&mut self, mut event: WatchEvent) -> Result<(), Finished> {
        match &mut event {
            WatchEvent::Status { .. } => self.awaited = self.awaited.saturating_sub(1),
            WatchEvent::Ended {
                process,
                at,
                status,
                left,
            } => {
                self.watched.remove(process);
                self.finder.forget(process.pid);
                // It was there: from now on only `follow` looks for more.
                self.options.wait = false;
                self.awaited += usize::from(status.is_none());
                // A supervisor starts the next one within milliseconds.
                self.next_look = at.monotonic;
                *left = self.watched.len();
            }
            WatchEvent::Found { .. } | WatchEvent::Faulted { .. } | WatchEvent::Degraded { .. } => {
            }
        }
        self.outbox.send(event)
    }

    fn look(&mut self, at: Now) -> Result<(), Finished> {
        let watched = self.watched.keys().copied().collect();
        let looked = self.finder.look(at.monotonic, &watched);
        self.finder
            .took(at.monotonic, now().monotonic.since(at.monotonic));
        match looked {
            Ok(found) => {
                for process in found {
                    if let Some(event) = self.add(&process, now()) {
                        self.outbox.send(event)?;
                    } else if self.is_full() && !self.told_full {
                        self.told_full = true;
                        let most = limits::TARGETS_MAX;
                        self.outbox.send(WatchEvent::Degraded {
                            sentence: format!(
                                "{most} processes are watched, and no more can be: others that match are not"
                            ),
                        })?;
                    }
                }
            }
            Err(error) if !self.told_blind => {
                self.told_blind = true;
                self.outbox.send(WatchEvent::Degraded {
                    sentence: format!("new processes can't be looked for: {error}"),
                })?;
            }
            Err(_) => {}
        }
        self.next_look = now().monotonic.after(self.look_interval());
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.watched.len() >= limits::TARGETS_MAX
    }

    /// Watches a process; what to tell, or `None` when it ended or there is no room.
    fn add(&mut self, process: &ProcessInfo, at: Now) -> Option<WatchEvent> {
        if self.is_full() {
            return None;
        }
        match self.ends.add(process.identity) {
            Ok(method) => {
                self.watched.insert(process.identity, process.clone());
                Some(WatchEvent::Found {
                    process: process.clone(),
                    at,
                    method,
                })
            }
            Err(AddError::Gone | AddError::Refused(_)) => None,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::super::processes;
    use super::*;

    /// What was found, and ended before it could be watched.
    fn ended() -> ProcessInfo {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read line"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let found = processes::info(child.id()).unwrap().info;
        drop(child.stdin.take());
        child.wait().unwrap();
        found
    }

    #[test]
    fn one_that_ended_between_look_up_and_watch_is_an_error() {
        let (sender, _events) = bounded(8);
        let gone = ended();
        let spec = TargetSpec::Pid(gone.identity.pid);
        let error = Watcher::watch(vec![gone.clone()], spec, WatchOptions::default(), sender)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            error,
            WatchError::EndedBefore {
                name: gone.name,
                pid: gone.identity.pid
            }
        );
    }

    #[test]
    fn where_others_are_left_it_is_passed_over() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read line; exit 4"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let alive = processes::info(child.id()).unwrap().info;
        let (sender, events) = bounded(8);
        let spec = TargetSpec::Pid(child.id());
        let matches = vec![ended(), alive.clone()];
        let watcher = Watcher::watch(matches, spec, WatchOptions::default(), sender).unwrap();
        assert_eq!(watcher.found(), std::slice::from_ref(&alive));
        let patience = Duration::from_secs(10);
        let found = events.recv_timeout(patience).unwrap();
        assert!(matches!(found, WatchEvent::Found { process, .. } if process == alive));
        drop(child.stdin.take());
        let told = events.recv_timeout(patience).unwrap();
        assert!(
            matches!(told, WatchEvent::Ended { process, .. } if process == alive.identity),
            "{told:?}"
        );
        child.wait().unwrap();
    }
}
