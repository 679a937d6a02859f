//! The thread that does what the profile asks for after an incident has been
//! saved. Meanwhile it looks at the target now and then, so that evidence of a
//! process that is gone can be had.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, after, bounded, never, select};

use crate::action::{Action, Context, LastSeen, Notifier, Ran, run_all};
use crate::capture::Network;
use crate::clock;
use crate::incident::Facts;
use crate::limits;
use crate::watch::ProcessIdentity;

/// An incident on disk.
#[derive(Debug)]
pub(super) struct ActorJob {
    /// Its file; of several the first.
    pub(super) incident: PathBuf,
    pub(super) facts: Facts,
    /// The target's processes: those that live, and the one that the firing is about.
    pub(super) targets: Vec<ProcessIdentity>,
}

/// What came of the actions for one incident.
#[derive(Debug)]
pub(super) struct Acted {
    pub(super) incident: PathBuf,
    /// `None` where the program failed inside.
    pub(super) ran: Option<Ran>,
}

/// The thread, as the keeper's thread knows it.
pub(super) struct Actor {
    jobs: Option<Sender<ActorJob>>,
    /// Dropped when all is to be quick.
    patience: Option<Sender<()>>,
    targets: Arc<Mutex<Vec<ProcessIdentity>>>,
    /// Wakes it when the target has changed.
    changed: Sender<()>,
    pub(super) acted: Receiver<Acted>,
}

impl Actor {
    /// Starts the thread, where there is anything to do.
    pub(super) fn start(
        actions: Vec<Action>,
        notifier: Option<Arc<dyn Notifier>>,
        network: Network,
    ) -> std::io::Result<Self> {
        let (jobs, job_queue) = bounded(limits::ACTIONS_WAITING_MAX);
        let (patience, hurry) = bounded(0);
        let (changed, changes) = bounded(1);
        let (out, acted) = bounded(limits::ACTIONS_WAITING_MAX);
        let targets = Arc::new(Mutex::new(Vec::new()));
        if actions.is_empty() {
            return Ok(Self {
                jobs: None,
                patience: None,
                targets,
                changed,
                acted: never(),
            });
        }
        let run = Run {
            looks: Looks::wanted(&actions),
            actions,
            notifier,
            network,
            jobs: job_queue,
            hurry,
            changes,
            targets: Arc::clone(&targets),
            out,
            last_seen: None,
        };
        std::thread::Builder::new()
            .name("actions".into())
            .spawn(move || run.run())?;
        Ok(Self {
            jobs: Some(jobs),
            patience: Some(patience),
            targets,
            changed,
            acted,
        })
    }

    /// Gives it an incident; the keeper knows how many it has. Where it takes
    /// none the incident's file is given back.
    pub(super) fn give(&self, job: ActorJob) -> Result<(), PathBuf> {
        match &self.jobs {
            Some(jobs) => jobs
                .try_send(job)
                .map_err(|refused: TrySendError<ActorJob>| refused.into_inner().incident),
            None => Err(job.incident),
        }
    }

    /// A program that runs is ended, and a server that does not answer is not
    /// asked again: somebody waits for the end.
    pub(super) fn hurry(&mut self) {
        self.patience = None;
    }

    pub(super) fn set_targets(&self, targets: Vec<ProcessIdentity>) {
        *self.targets.lock().unwrap_or_else(PoisonError::into_inner) = targets;
        // One that is full wakes it too.
        let _ = self.changed.try_send(());
    }
}

/// Whether to look at the target again and again, and at its sockets.
#[derive(Clone, Copy)]
enum Looks {
    None,
    Processes,
    Sockets,
}

impl Looks {
    fn wanted(actions: &[Action]) -> Self {
        let evidence = actions.iter().filter_map(|action| match action {
            Action::Evidence(evidence) => Some(evidence),
            _ => None,
        });
        evidence.fold(Self::None, |looks, evidence| {
            match (looks, evidence.sockets(), evidence.process()) {
                (Self::Sockets, ..) | (_, true, _) => Self::Sockets,
                // A core dump lies where its process ran.
                (_, _, true) => Self::Processes,
                _ if evidence.core_dump() => Self::Processes,
                _ => looks,
            }
        })
    }
}

struct Run {
    actions: Vec<Action>,
    looks: Looks,
    notifier: Option<Arc<dyn Notifier>>,
    /// Whose sockets are told where the target has none.
    network: Network,
    jobs: Receiver<ActorJob>,
    hurry: Receiver<()>,
    changes: Receiver<()>,
    targets: Arc<Mutex<Vec<ProcessIdentity>>>,
    out: Sender<Acted>,
    last_seen: Option<LastSeen>,
}

impl Run {
    fn run(mut self) {
        let mut look = never();
        loop {
            select! {
                recv(self.jobs) -> job => {
                    let Ok(job) = job else { return };
                    let acted = self.act(job);
                    if self.out.send(acted).is_err() {
                        return;
                    }
                }
                recv(self.changes) -> changed => {
                    if changed.is_err() {
                        self.changes = never();
                    }
                    look = after(self.look());
                }
                recv(look) -> _ => look = after(self.look()),
            }
        }
    }

    /// Looks at the target, and says after how long to look again: it takes at
    /// most one per cent of a core.
    fn look(&mut self) -> Duration {
        let with_sockets = match self.looks {
            Looks::None => return Duration::MAX,
            Looks::Processes => false,
            Looks::Sockets => true,
        };
        let targets = self.targets.lock();
        let targets = targets.unwrap_or_else(PoisonError::into_inner).clone();
        let begun = clock::now();
        if !targets.is_empty() {
            let before = self.last_seen.as_ref();
            self.last_seen = Some(LastSeen::take(&targets, with_sockets, begun.wall, before));
        }
        let took = clock::now().monotonic.since(begun.monotonic);
        limits::LAST_SEEN_INTERVAL.max(took * 100)
    }

    fn act(&self, job: ActorJob) -> Acted {
        let ActorJob {
            incident,
            facts,
            targets,
        } = job;
        let context = Context {
            targets: &targets,
            last_seen: self.last_seen.as_ref(),
            notifier: self.notifier.as_deref(),
            network: &self.network,
            stop: &self.hurry,
            pause: &self.hurry,
            clock: &clock::now,
        };
        let ran = catch_unwind(AssertUnwindSafe(|| {
            run_all(&self.actions, &incident, &facts, &context)
        }));
        Acted {
            ran: ran.ok(),
            incident,
        }
    }
}
