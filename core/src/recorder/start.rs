//! Starting a recording: everything that can be refused is refused here,
//! before anything runs.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::error::StartError;
use super::keeper::{Keeper, Settings};
use super::latest::LatestStatus;
use super::messages::{Command, Event, Outcome};
use super::outbox::Outbox;
use super::plan::{Available, MemoryPlan};
use super::saver;
use super::thread::{KeeperThread, RunningSource};
use crate::capture::{self, FromSource, InterfaceRegistry, SourceHandle};
use crate::clock;
use crate::incident;
use crate::limits;
use crate::profile::{Profile, SourceChoice};
use crate::ring::{SegmentWriter, SourceId};
use crate::trigger::{Conditions, FireWhen};
use crate::watch::{TargetSpec, WatchOptions, Watcher};

/// What the front says of itself and of the recording.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// The program's name and version, for the file.
    pub program: String,
    /// The profile as TOML, for the file.
    pub profile_text: Option<String>,
    /// A rehearsal: the freeze by hand is told as one.
    pub rehearsal: bool,
}

/// A recording that runs.
#[derive(Debug)]
pub struct Recorder {
    commands: Sender<Command>,
    events: Receiver<Event>,
    latest: LatestStatus,
    thread: JoinHandle<Outcome>,
}

impl Recorder {
    /// Opens the sources, looks up the target, takes the memory and records.
    ///
    /// # Errors
    /// [`StartError`]: nothing runs then, and nothing was captured.
    pub fn start(profile: &Profile, front: Front) -> Result<Self, StartError> {
        let sources = source_list(profile)?;
        let plan = MemoryPlan::new(profile, sources.len());
        incident::check_folder(&profile.save.folder, profile.ring.size)?;
        plan.check(profile.ring.size, Available::now())?;
        let opened = sources
            .iter()
            .map(|source| source.open(profile, &plan))
            .collect::<Result<Vec<_>, _>>()?;
        let pool = allocate(&plan)?;
        super::system::prefer_as_victim();
        start_threads(profile, front, &plan, opened, pool)
    }

    /// The way to tell the recorder things.
    #[must_use]
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone()
    }

    /// What it tells; [`Event::Finished`] is the last.
    #[must_use]
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The newest status, for those who ask now and then.
    #[must_use]
    pub fn latest(&self) -> LatestStatus {
        self.latest.clone()
    }

    /// Waits for the end; the events must be read until then.
    #[must_use]
    pub fn finish(self) -> Outcome {
        drop((self.commands, self.events));
        self.thread.join().unwrap_or_else(|_| Outcome::Failed {
            reason: "the recorder failed inside; please report this".into(),
            saved: false,
        })
    }
}
