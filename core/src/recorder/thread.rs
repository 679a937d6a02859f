//! The keeper's thread: it waits for inputs, gives them to the keeper with the
//! time, and carries out what the keeper answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, never, select_biased, tick};

use super::actor::{Acted, Actor, ActorJob};
use super::answers::Answers;
use super::keeper::{Effect, Input, Keeper, SavedFiles};
use super::latest::LatestStatus;
use super::look::Lookers;
use super::messages::{Command, Event, Outcome};
use super::outbox::Outbox;
use super::saver::{self, Done, Job, SaverJob};
use crate::capture::{FromSource, Network, SourceHandle};
use crate::clock;
use crate::incident::Format;
use crate::limits;
use crate::ring::{SegmentWriter, SourceId};
use crate::units::ByteCount;
use crate::watch::{WatchEvent, Watcher};

/// Everything that the keeper's thread holds.
pub(super) struct KeeperThread {
    pub(super) keeper: Keeper,
    pub(super) sources: Vec<RunningSource>,
    pub(super) from_sources: Receiver<FromSource>,
    pub(super) watcher: Option<Watcher>,
    pub(super) observations: Option<Receiver<WatchEvent>>,
    pub(super) lookers: Lookers,
    pub(super) actor: Actor,
    pub(super) commands: Receiver<Command>,
    pub(super) jobs: Sender<Job>,
    pub(super) replies: Receiver<Done>,
    pub(super) outbox: Outbox,
    pub(super) latest: LatestStatus,
    pub(super) answers: Answers,
    pub(super) format: Format,
    pub(super) memory: ByteCount,
    /// Where sources and watcher look; left after they have ended.
    pub(super) network: Network,
    /// The saver has a job and will answer.
    pub(super) saver_writes: bool,
    /// Nobody reads the events any more, and the keeper knows.
    pub(super) front_gone: bool,
}

/// A source's thread and the way to give it empty segments.
pub(super) struct RunningSource {
    pub(super) handle: SourceHandle,
    pub(super) empties: Sender<SegmentWriter>,
}

impl KeeperThread {
    /// Runs until the recording ends; returns how it did.
    pub(super) fn run(mut self) -> Outcome {
        let outcome = match catch_unwind(AssertUnwindSafe(|| self.serve())) {
            Ok(outcome) => outcome,
            Err(_) => self.salvage(),
        };
        // Sources and watcher end with their handles, before the last word is said.
        drop(self.watcher.take());
        self.lookers.stop();
        for source in self.sources.drain(..) {
            drop(source.empties);
            source.handle.join();
        }
        drop(self.network);
        self.answers.close();
        self.outbox.close(Event::Finished {
            outcome: outcome.clone(),
        });
        outcome
    }

    fn serve(&mut self) -> Outcome {
        let ticks = tick(limits::TICK_INTERVAL);
        let nothing = never();
        for effect in self.keeper.begin(self.memory, clock::now()) {
            self.carry_out(effect);
        }
        loop {
            let observations = self.observations.as_ref().unwrap_or(&nothing);
            // What has ended is not listened to any more: a closed channel is
            // always ready and would keep the others from being heard.
            let input = select_biased! {
                recv(observations) -> event => match event {
                    Ok(event) => Input::Watch(event),
                    Err(_) => {
                        self.observations = None;
                        continue;
                    }
                },
                recv(self.commands) -> command => match command {
                    Ok(command) => Input::Command(command),
                    Err(_) => {
                        self.commands = never();
                        Input::FrontGone
                    }
                },
                recv(self.from_sources) -> message => match message {
                    Ok(message) => match self.lookers.heard(message) {
                        Some(message) => Input::FromSource(message),
                        None => continue,
                    },
                    Err(_) => {
                        self.from_sources = never();
                        continue;
                    }
                },
                recv(self.lookers.told) -> told => match told {
                    Ok(told) => Lookers::take_told(told),
                    Err(_) => {
                        self.lookers.told = never();
                        continue;
                    }
                },
                recv(self.lookers.spoken) -> spoken => match spoken {
                    Ok(spoken) => {
                        let mut inputs = Lookers::take_spoken(spoken);
                        let last = inputs.pop();
                        for input in inputs {
                            if let Some(outcome) = self.step(input) {
                                return outcome;
                            }
                        }
                        match last {
                            Some(input) => input,
                            None => continue,
                        }
                    }
                    Err(_) => {
                        self.lookers.spoken = never();
                        continue;
                    }
                },
                recv(self.lookers.followed) -> message => {
                    let input = match message {
                        Ok(message) => self.lookers.take_followed(message),
                        Err(_) => self.lookers.follower_gone(),
                    };
                    match input {
                        Some(input) => input,
                        None => continue,
                    }
                },
                recv(self.replies) -> reply => match reply {
                    Ok(done) => self.saver_did(done),
                    Err(_) => {
                        self.replies = never();
                        continue;
                    }
                },
                recv(self.actor.acted) -> acted => match acted {
                    Ok(acted) => Input::Acted(Box::new(acted)),
                    Err(_) => {
                        self.actor.acted = never();
                        continue;
                    }
                },
                recv(ticks) -> _ => Input::Tick,
            };
            if let Some(outcome) = self.step(input) {
                return outcome;
            }
        }
    }

    fn step(&mut self, input: Input) -> Option<Outcome> {
        if !matches!(input, Input::FromSource(FromSource::Took { .. })) {
            for source in &self.sources {
                self.keeper
                    .set_counters(source.handle.id, source.handle.counters());
            }
            let counters = self.sources.iter().map(|source| source.handle.counters());
            self.lookers.set_counters(counters);
            self.keeper.set_looking_took(self.lookers.cost());
        }
        let target_changes = matches!(
            input,
            Input::Watch(WatchEvent::Found { .. } | WatchEvent::Ended { .. })
        );
        let mut outcome = None;
        for effect in self.keeper.step(input, clock::now()) {
            outcome = self.carry_out(effect).or(outcome);
        }
        if target_changes {
            self.lookers.set_targets(self.keeper.targets());
            self.actor.set_targets(self.keeper.targets());
        }
        self.outbox.flush();
        if self.outbox.front_gone() && outcome.is_none() && !self.front_gone {
            self.front_gone = true;
            return self.step(Input::FrontGone);
        }
        outcome
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Outcome> {
        match effect {
            Effect::Supply { source, segment } => {
                if let Some(segment) = self.lookers.supply(source, segment)
                    && let Some(source) = self.source(source)
                {
                    // There is room: the keeper counts what lies ready. A source that
                    // has ended takes nothing, and its segment is not needed.
                    let _ = source.empties.try_send(segment);
                }
            }
            Effect::Tell { source, command } => {
                if let Some(source) = self.source(source) {
                    source.handle.send(command);
                }
            }
            Effect::Save { incident, folder } => {
                self.saver_writes = true;
                self.give_saver(Job::Save(Box::new(SaverJob {
                    incident: *incident,
                    folder,
                })));
            }
            Effect::Delete(paths) => self.give_saver(Job::Delete(paths)),
            Effect::Act(job) => self.give_actor(*job),
            Effect::HurryActions => self.actor.hurry(),
            Effect::Say(event) => {
                if let Event::Status(status) = &*event {
                    self.latest.set(status);
                }
                self.outbox.put(*event);
            }
            Effect::Answer { ticket, answer } => self.answers.give(ticket, answer),
            Effect::End(outcome) => return Some(outcome),
        }
        None
    }

    fn source(&self, id: SourceId) -> Option<&RunningSource> {
        self.sources.get(usize::from(id.0))
    }

    /// The channel has room for all that the keeper gives at once. Without the
    /// saver's thread the job is done here.
    fn give_saver(&mut self, job: Job) {
        let Err(returned) = self.jobs.send(job) else {
            return;
        };
        let input = {
            let done = saver::carry_out(returned.into_inner(), self.format);
            self.saver_did(done)
        };
        for effect in self.keeper.step(input, clock::now()) {
            self.carry_out(effect);
        }
    }

    /// The channel has room: the keeper counts what is in it.
    fn give_actor(&mut self, job: ActorJob) {
        if let Err(incident) = self.actor.give(job) {
            let acted = Acted {
                incident,
                ran: None,
            };
            for effect in self
                .keeper
                .step(Input::Acted(Box::new(acted)), clock::now())
            {
                self.carry_out(effect);
            }
        }
    }

    fn saver_did(&mut self, done: Done) -> Input {
        match done {
            Done::Wrote(reply) => {
                self.saver_writes = false;
                Input::Saver(reply)
            }
            Done::Deleted(sentences) => Input::Deleted(sentences),
        }
    }

    /// After a panic of the keeper: what it holds is saved without it.
    fn salvage(&mut self) -> Outcome {
        let reason = "the recorder failed inside; what the ring held was saved; please report this";
        for source in &self.sources {
            source.handle.send(crate::capture::SourceCommand::Stop);
        }
        let mut saved = true;
        // What the saver is writing now is finished first, or taken back.
        while self.saver_writes
            && let Ok(done) = self.replies.recv()
        {
            if let Input::Saver(reply) = self.saver_did(done) {
                match reply.result {
                    Ok(files) => self.tell_saved(&files),
                    Err(_) => saved &= self.salvage_one(reply.incident),
                }
            }
        }
        for incident in self.keeper.salvage(reason, clock::now()) {
            saved &= self.salvage_one(incident);
        }
        Outcome::Failed {
            reason: reason.into(),
            saved,
        }
    }

    fn tell_saved(&mut self, files: &SavedFiles) {
        for path in &files.paths {
            self.outbox.put(Event::Notice {
                at_ns: clock::now().wall,
                sentence: format!("saved {}", path.display()),
            });
        }
    }

    fn salvage_one(&mut self, incident: crate::incident::Incident) -> bool {
        let folders = self.keeper.folders();
        let mut job = SaverJob {
            incident,
            folder: folders[0].clone(),
        };
        for folder in folders {
            job.folder = folder;
            let reply = saver::write(job, self.format);
            match reply.result {
                Ok(files) => {
                    self.tell_saved(&files);
                    return true;
                }
                Err(sentence) => {
                    self.outbox.put(Event::SaveFailed {
                        sentence,
                        fallback_follows: true,
                    });
                    job = SaverJob {
                        incident: reply.incident,
                        folder: reply.folder,
                    };
                }
            }
        }
        false
    }
}
