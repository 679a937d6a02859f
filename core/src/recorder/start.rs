//! Starting a recording: everything that can be refused is refused here,
//! before anything runs.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::actor::Actor;
use super::answers::Answers;
use super::error::StartError;
use super::keeper::{Keeper, Settings};
use super::latest::LatestStatus;
use super::look;
use super::messages::{Command, Event, Outcome};
use super::outbox::Outbox;
use super::plan::{Available, MemoryPlan};
use super::saver;
use super::sources::{self, OpenSource};
use super::system;
use super::thread::KeeperThread;
use crate::action::{self, CheckContext, Notifier};
use crate::capture::Network;
use crate::clock::{self, Now};
use crate::incident;
use crate::limits;
use crate::pcapng::LinkType;
use crate::profile::Profile;
use crate::ring::SegmentWriter;
use crate::trigger::{FireWhen, TriggerSet};
use crate::watch::{self, TargetSpec, WatchEvent, WatchOptions, Watcher};

/// What the front says of itself and of the recording.
#[derive(Clone, Default)]
pub struct Front {
    /// The program's name and version, for the file.
    pub program: String,
    /// The profile as TOML, for the file.
    pub profile_text: Option<String>,
    /// A rehearsal: the freeze by hand is told as one.
    pub rehearsal: bool,
    /// What the ring holds at the end of a capture file is saved, although
    /// nothing fired.
    pub save_at_end: bool,
    /// Who shows notifications, if anybody.
    pub notifier: Option<Arc<dyn Notifier>>,
}

/// A recording that runs.
#[derive(Debug)]
pub struct Recorder {
    commands: Sender<Command>,
    events: Receiver<Event>,
    latest: LatestStatus,
    answers: Answers,
    thread: JoinHandle<Outcome>,
}

impl Recorder {
    /// Opens the sources, looks up the target, takes the memory and records.
    /// From then on the calling thread, and what it starts, may not capture
    /// (Linux, and not as root): sources open their devices again by themselves.
    ///
    /// # Errors
    /// [`StartError`]: nothing runs then, and nothing was captured.
    pub fn start(profile: &Profile, front: Front) -> Result<Self, StartError> {
        let chosen = sources::choose(profile)?;
        let plan = MemoryPlan::new(profile, chosen.len());
        plan.check(profile.ring.size, Available::now())?;
        incident::check(&profile.save.folder, profile.ring.size)?;
        check_actions(profile, &front)?;
        let network = Network::enter(profile.capture.namespace.as_ref())?;
        look::check(profile, &network)?;
        let at = clock::now();
        let sources = sources::open(chosen, profile, &plan, &network)?;
        system::prefer_as_victim();
        system::allow_many_files();
        let pool = allocate(&plan)?;
        let opened = Opened {
            sources,
            network,
            at,
        };
        launch(profile, front, &plan, opened, pool)
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

    /// Where those wait who want to hear what became of a command.
    #[must_use]
    pub fn answers(&self) -> Answers {
        self.answers.clone()
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

/// Takes all memory that the recording will ever use, already touched.
fn allocate(plan: &MemoryPlan) -> Result<Vec<SegmentWriter>, StartError> {
    (0..plan.segments())
        .map(|_| SegmentWriter::allocate(plan.segment.as_usize()).map_err(StartError::from))
        .collect()
}

/// What is open before anything runs.
struct Opened {
    sources: Vec<OpenSource>,
    network: Network,
    /// From when on packets may wait in the kernel.
    at: Now,
}

/// Starts the threads: sources first, so that nothing is missed; then all others
/// without their capabilities.
fn launch(
    profile: &Profile,
    front: Front,
    plan: &MemoryPlan,
    opened: Opened,
    pool: Vec<SegmentWriter>,
) -> Result<Recorder, StartError> {
    let Opened {
        sources: opened,
        network,
        at: opened_at,
    } = opened;
    let names: Vec<String> = opened.iter().map(OpenSource::name).collect();
    let live = opened.iter().all(OpenSource::is_live);
    let warnings: Vec<String> = opened.iter().filter_map(OpenSource::warning).collect();
    let link_types: Vec<LinkType> = opened.iter().filter_map(OpenSource::link_type).collect();
    let triggers = triggers(profile);
    let lookers = look::prepare(&triggers, &profile.called(), &link_types, &network)?;
    // Room for every segment there is and a few words about each source: a
    // source never waits for the keeper.
    let room = pool.len() * 2 + names.len() * limits::SOURCE_MESSAGES_MAX;
    let (to_keeper, from_sources) = bounded(room);
    let sources = sources::spawn(opened, profile, plan, &network, &to_keeper)?;
    drop(to_keeper);
    let (watcher, observations) = watch(profile, &network)?;
    let found = watcher.as_ref().map_or(&[][..], Watcher::found);
    let triggers = triggers.begun_with(found);
    // What is started from here on inherits none, here and inside.
    system::drop_capabilities();
    network.run(system::drop_capabilities);
    let actor = Actor::start(
        profile.enabled_actions(),
        front.notifier.clone(),
        network.clone(),
    )
    .map_err(thread_error("actions"))?;
    let settings = settings(profile, front, plan, &names, live);
    let facts = look::facts(profile, &triggers.alive());
    let lookers = lookers.start(&sources, live, &network, triggers.alive(), facts)?;
    let mut keeper = Keeper::new(settings, triggers, names, pool, opened_at);
    keeper.warn(warnings);
    // One incident to write, and the files to delete after the one before.
    let (jobs, job_queue) = bounded(2);
    let (reply_to, replies) = bounded(2);
    let format = profile.save.format;
    saver::start(format, job_queue, reply_to).map_err(thread_error("saving"))?;
    let (command_sender, commands) = bounded(limits::COMMANDS_QUEUED_MAX);
    let (event_sender, events) = bounded(limits::EVENTS_QUEUED_MAX);
    let (latest, answers) = (LatestStatus::default(), Answers::default());
    let keeper_thread = KeeperThread {
        keeper,
        sources,
        from_sources,
        watcher,
        observations,
        lookers,
        actor,
        commands,
        jobs,
        replies,
        outbox: Outbox::new(event_sender),
        latest: latest.clone(),
        answers: answers.clone(),
        format,
        memory: plan.total,
        network,
        saver_writes: false,
        front_gone: false,
    };
    let thread = std::thread::Builder::new()
        .name("keeper".into())
        .spawn(move || {
            watch::answer_at_once();
            keeper_thread.run()
        })
        .map_err(thread_error("the keeper"))?;
    Ok(Recorder {
        commands: command_sender,
        events,
        latest,
        answers,
        thread,
    })
}

fn check_actions(profile: &Profile, front: &Front) -> Result<(), StartError> {
    let context = CheckContext {
        folder: &profile.save.folder,
        format: profile.save.format,
        notifies: front.notifier.is_some(),
    };
    for action in profile.enabled_actions() {
        action::check(&action, &context)?;
    }
    Ok(())
}

fn triggers(profile: &Profile) -> TriggerSet {
    let fire_when = profile
        .target
        .as_ref()
        .map_or(FireWhen::Any, |target| target.fire_when);
    let enabled = profile.enabled_triggers();
    TriggerSet::new(enabled, fire_when, &profile.called(), clock::now())
}

fn thread_error(what: &'static str) -> impl Fn(std::io::Error) -> StartError {
    move |source| StartError::Thread { what, source }
}

type Watching = (Option<Watcher>, Option<Receiver<WatchEvent>>);

fn watch(profile: &Profile, network: &Network) -> Result<Watching, StartError> {
    let Some(target) = &profile.target else {
        return Ok((None, None));
    };
    let (sender, observations) = bounded(limits::EVENTS_QUEUED_MAX);
    let options = WatchOptions {
        wait: target.wait,
        follow: true,
        tree: target.tree,
        tables: look::tables(network),
    };
    let watcher = Watcher::start(target.spec.clone(), options, sender)?;
    Ok((Some(watcher), Some(observations)))
}

fn settings(
    profile: &Profile,
    front: Front,
    plan: &MemoryPlan,
    names: &[String],
    live: bool,
) -> Settings {
    let target = profile.target.as_ref();
    let subject = match target.map(|target| &target.spec) {
        Some(TargetSpec::Name(name)) => name.replace(['*', '?'], ""),
        _ => names.first().cloned().unwrap_or_default(),
    };
    Settings {
        program: front.program,
        subject,
        target: target.map(|target| target.spec.to_string()),
        filter: profile.capture.filter.clone(),
        profile_text: front.profile_text,
        ring_size: profile.ring.size,
        ring_segments: usize::try_from(plan.ring_segments).unwrap_or(usize::MAX),
        age: profile.ring.age,
        spare_per_source: plan.spare_per_source,
        reserve: usize::try_from(plan.reserve).unwrap_or(usize::MAX),
        tail: profile.tail,
        then: profile.then.clone(),
        folder: profile.save.folder.clone(),
        fallback: profile.save.fallback.clone(),
        live,
        acts: !profile.enabled_actions().is_empty(),
        rehearsal: front.rehearsal,
        save_at_end: front.save_at_end,
        launched: matches!(
            target.map(|target| &target.spec),
            Some(TargetSpec::Launched(_))
        ),
    }
}
