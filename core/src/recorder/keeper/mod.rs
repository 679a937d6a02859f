//! The keeper: owner of the ring and of every decision.
//!
//! [`Keeper::step`] is a pure function in all but its receiver: it is given one
//! input and the time, changes the state, and answers with effects. It never
//! waits, reads a clock, touches a device or a disk. Its invariants:
//!
//! - From a firing on, nothing that the ring holds is evicted until it is part
//!   of an incident; the incident's segments come back only when it is on disk.
//! - A source never waits for the keeper: it has segments ready, and gets more
//!   as long as anything may be evicted.
//! - At most one incident is unsaved at a time; firings meanwhile are noted.

mod acting;
#[cfg(test)]
mod acting_tests;
mod asked;
mod facts;
mod freeze;
mod salvage;
mod saving;
mod segments;
#[cfg(test)]
mod simulation;
mod sources;
mod status;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use self::acting::Acting;
use self::asked::Awaited;
use self::freeze::{Freezing, Pending};
use self::saving::Saving;
use self::sources::Source;
use self::status::{Rates, Traffic};
use super::actor::{Acted, ActorJob};
use super::answers::{Answer, Ticket};
use super::messages::{Command, Event, Outcome, Phase};
use crate::capture::{AfterCut, Counters, FromSource, SourceCommand};
use crate::clock::{Monotonic, Now};
use crate::incident::{Incident, NotedFiring, Watched};
use crate::limits;
use crate::pcapng::{InterfaceDescription, InterfaceId};
use crate::profile::{Then, WhenFull};
use crate::ring::{Ring, Sealed, SegmentWriter, SourceId};
use crate::trigger::rules::{LeafId, What};
use crate::trigger::{Fires, LeafSignal, TriggerSet};
use crate::units::{ByteCount, Timestamp};
use crate::watch::{ExitMethod, ProcessIdentity, WatchEvent};

/// What does not change during a recording.
#[derive(Clone, Debug)]
pub(in crate::recorder) struct Settings {
    pub(in crate::recorder) program: String,
    pub(in crate::recorder) subject: String,
    pub(in crate::recorder) target: Option<String>,
    pub(in crate::recorder) filter: Option<String>,
    pub(in crate::recorder) profile_text: Option<String>,
    pub(in crate::recorder) ring_size: ByteCount,
    pub(in crate::recorder) ring_segments: usize,
    pub(in crate::recorder) age: Option<Duration>,
    pub(in crate::recorder) spare_per_source: usize,
    /// Segments that the tail leaves for what comes after it; with re-arm.
    pub(in crate::recorder) reserve: usize,
    pub(in crate::recorder) tail: Duration,
    pub(in crate::recorder) then: Then,
    pub(in crate::recorder) folder: PathBuf,
    pub(in crate::recorder) fallback: PathBuf,
    /// False for a capture file, whose packets lie in the past.
    pub(in crate::recorder) live: bool,
    /// A rehearsal: the manual freeze is told as one.
    pub(in crate::recorder) rehearsal: bool,
    /// Something is done after an incident has been saved.
    pub(in crate::recorder) acts: bool,
    /// What the ring holds at the end of a capture file is saved.
    pub(in crate::recorder) save_at_end: bool,
    /// The target was launched for this recording: once ended, it never comes again.
    pub(in crate::recorder) launched: bool,
}

/// What the keeper is told.
#[derive(Debug)]
pub(in crate::recorder) enum Input {
    FromSource(FromSource),
    Watch(WatchEvent),
    /// A condition was measured, or happened.
    Signal(LeafSignal),
    /// How near a condition is to happening.
    Near(LeafId, f64),
    /// Something cannot be looked at for a trigger.
    Trouble(String),
    Command(Command),
    /// The saver's answer; boxed, as it carries the incident back.
    Saver(Box<SaverReply>),
    /// The saver deleted files, or could not: what is to be told.
    Deleted(Vec<String>),
    /// The actions for an incident are done.
    Acted(Box<Acted>),
    /// Nobody listens any more.
    FrontGone,
    /// Time has passed.
    Tick,
}

/// What the saver answers.
#[derive(Debug)]
pub(in crate::recorder) struct SaverReply {
    /// Given back, so that its segments can be used again or saved elsewhere.
    pub(in crate::recorder) incident: Incident,
    pub(in crate::recorder) result: Result<SavedFiles, String>,
    /// Where it was tried.
    pub(in crate::recorder) folder: PathBuf,
}

/// Files that are complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::recorder) struct SavedFiles {
    pub(in crate::recorder) paths: Vec<PathBuf>,
    pub(in crate::recorder) bytes: ByteCount,
    pub(in crate::recorder) took: Duration,
}

/// What is to be done.
#[derive(Debug)]
pub(in crate::recorder) enum Effect {
    Supply {
        source: SourceId,
        segment: SegmentWriter,
    },
    Tell {
        source: SourceId,
        command: SourceCommand,
    },
    Save {
        incident: Box<Incident>,
        folder: PathBuf,
    },
    /// Do what the profile asks for after an incident has been saved.
    Act(Box<ActorJob>),
    /// Actions are to be quick: somebody waits for the end.
    HurryActions,
    /// Delete incidents of this recording, as the profile says.
    Delete(Vec<PathBuf>),
    Say(Box<Event>),
    /// Tell somebody who waits.
    Answer {
        ticket: Ticket,
        answer: Answer,
    },
    End(Outcome),
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::recorder) struct Keeper {
    settings: Settings,
    phase: Phase,
    since: Now,
    ring: Ring,
    /// Empty segments.
    pool: Vec<SegmentWriter>,
    /// Segments that left the ring while a snapshot still reads them.
    shared: Vec<Sealed>,
    sources: Vec<Source>,
    interfaces: Vec<InterfaceDescription>,
    triggers: TriggerSet,
    /// On processors, by those who look at things for the triggers.
    looking_took: Duration,
    exit_method: Option<ExitMethod>,
    /// The target's processes, the newest last; bounded.
    watched: Vec<Watched>,
    freezing: Option<Freezing>,
    pending: Option<Pending>,
    saving: Saving,
    acting: Acting,
    /// Who waits for what becomes of a command.
    waiting: Vec<(Ticket, Awaited)>,
    cool_until: Option<Monotonic>,
    noted: Vec<NotedFiring>,
    /// What was told at the start; every incident carries it.
    warnings: Vec<String>,
    /// What was told since the last incident.
    notes: Vec<String>,
    /// Set once the recording is to end; it ends when nothing is left to save.
    ending: Option<Outcome>,
    ended: bool,
    rates: Rates,
    traffic: Traffic,
    last_tick: Now,
    effects: VecDeque<Effect>,
}

impl Keeper {
    /// A keeper for these sources, with all segments there will ever be. `now` is when the
    /// devices were opened.
    pub(in crate::recorder) fn new(
        settings: Settings,
        triggers: TriggerSet,
        source_names: Vec<String>,
        pool: Vec<SegmentWriter>,
        now: Now,
    ) -> Self {
        let ring = Ring::new(settings.ring_size, settings.ring_segments, settings.age);
        Self {
            phase: Phase::Opening,
            since: now,
            ring,
            pool,
            shared: Vec::new(),
            sources: source_names.into_iter().map(Source::new).collect(),
            interfaces: Vec::new(),
            triggers,
            looking_took: Duration::ZERO,
            exit_method: None,
            watched: Vec::new(),
            freezing: None,
            pending: None,
            saving: Saving::default(),
            acting: Acting::default(),
            waiting: Vec::new(),
            cool_until: None,
            noted: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
            ending: None,
            ended: false,
            rates: Rates::default(),
            traffic: Traffic::default(),
            last_tick: now,
            effects: VecDeque::new(),
            settings,
        }
    }

    /// Remembers what is to be told when recording begins.
    pub(in crate::recorder) fn warn(&mut self, sentences: Vec<String>) {
        let at_ns = self.since.wall;
        for sentence in sentences {
            keep_newest(&mut self.warnings, format!("{at_ns}: {sentence}"));
            self.say(Event::Notice { at_ns, sentence });
        }
    }

    /// Gives every source its first empty segments and says that recording has begun.
    pub(in crate::recorder) fn begin(&mut self, memory: ByteCount, now: Now) -> VecDeque<Effect> {
        self.phase = Phase::Recording;
        // What came since the devices were opened waited in the kernel, and is counted by the
        // first tick: in a bin of its own span it is no peak.
        self.traffic.begin(self.since);
        self.since = now;
        self.supply_all();
        self.say(Event::Recording {
            at_ns: now.wall,
            memory,
        });
        std::mem::take(&mut self.effects)
    }

    /// Takes in one input and answers with what is to be done, in order.
    pub(in crate::recorder) fn step(&mut self, input: Input, now: Now) -> VecDeque<Effect> {
        match input {
            Input::FromSource(message) => self.heard(message, now),
            Input::Watch(event) => self.observed(&event, now),
            Input::Signal(signal) => self.signalled(signal, now),
            Input::Near(leaf, value) => self.triggers.neared(leaf, value),
            Input::Trouble(sentence) => self.notice(sentence, now.wall),
            Input::Command(command) => self.command(command, now),
            Input::Saver(reply) => self.saver_answered(*reply, now),
            Input::Deleted(sentences) => self.deleted(sentences, now),
            Input::Acted(acted) => self.acted(*acted, now),
            Input::FrontGone => self.stop(true, "nobody was listening any more".into(), now),
            Input::Tick => self.tick(now),
        }
        self.evict(now);
        self.supply_all();
        self.end_if_done(now);
        std::mem::take(&mut self.effects)
    }

    /// Takes over a source's sums, as it published them last.
    pub(in crate::recorder) fn set_counters(&mut self, source: SourceId, counters: Counters) {
        if let Some(source) = self.sources.get_mut(usize::from(source.0)) {
            source.counters = counters;
        }
    }

    fn command(&mut self, command: Command, now: Now) {
        match command {
            Command::Freeze { by } => self.freeze_by_hand(&by, now),
            Command::Snapshot { by } => {
                // Why none was taken is told as a notice.
                let _ = self.snapshot(&by, now);
            }
            Command::Stop { save, reason } => self.stop(save, reason, now),
            Command::SaveTo { folder } => {
                // While something is being written it stays: the front asks again.
                let _ = self.save_to(folder);
            }
            Command::Happened {
                condition,
                sentence,
            } => self.signalled(
                LeafSignal {
                    leaf: LeafId(condition),
                    what: What::Happened,
                    at: now,
                    note: Some(sentence),
                },
                now,
            ),
            Command::Remark { sentence } => self.notice(sentence, now.wall),
            Command::Asked { ticket, asks } => self.asked(ticket, *asks, now),
        }
    }

    fn observed(&mut self, event: &WatchEvent, now: Now) {
        self.tell_observation(event);
        self.amend_firings(event);
        let fires = self.triggers.observed(event, now, self.gate(now));
        let froze_nothing = fires.is_empty();
        self.all_fired(fires, now);
        self.save_pending_if_ready(now);
        let is_over = self.settings.launched && matches!(event, WatchEvent::Ended { left: 0, .. });
        if is_over && froze_nothing && self.phase == Phase::Recording {
            let sentence = "the launched target has ended, and that froze nothing; recording goes on until it is stopped";
            self.notice(sentence.into(), now.wall);
        }
    }

    /// Of a capture file the packets' own time counts for the rules, whatever the
    /// speed at which it is played.
    fn signalled(&mut self, signal: LeafSignal, now: Now) {
        let rules_now = if self.settings.live { now } else { signal.at };
        let gate = self.gate(now);
        let mut fires = self.triggers.signalled(signal, rules_now, gate);
        if !self.settings.live {
            for one in &mut fires {
                one.firing.at.monotonic = now.monotonic;
            }
        }
        self.all_fired(fires, now);
    }

    fn all_fired(&mut self, fires: Vec<Fires>, now: Now) {
        for one in fires {
            self.fired(one.firing, one.freezes, now);
        }
    }

    /// Takes over how long looking for the triggers took on processors so far.
    pub(in crate::recorder) fn set_looking_took(&mut self, took: Duration) {
        self.looking_took = took;
    }

    /// The target processes alive now.
    pub(in crate::recorder) fn targets(&self) -> Vec<ProcessIdentity> {
        self.triggers.alive()
    }

    fn tick(&mut self, now: Now) {
        self.notice_clock_jump(now);
        self.last_tick = now;
        if self.settings.live {
            let fires = self.triggers.tick(now, self.gate(now));
            self.all_fired(fires, now);
        }
        self.assemble_if_overdue(now);
        self.save_pending_if_ready(now);
        self.tell_status(now);
    }

    /// Somebody set the clock, or the machine slept: timestamps before and
    /// after do not compare, so the incident tells of it.
    fn notice_clock_jump(&mut self, now: Now) {
        let jump = now.wall_jump_since(self.last_tick);
        if jump.unsigned_abs() < crate::units::nanoseconds(limits::CLOCK_JUMP_MIN) {
            return;
        }
        let span = crate::units::duration_in_words(Duration::from_nanos(jump.unsigned_abs()));
        let sentence = if jump > 0 {
            format!(
                "the wall clock jumped {span} ahead: somebody set it, or the machine slept; packet times before and after {} do not compare",
                now.wall
            )
        } else {
            format!(
                "the wall clock was set back by {span}; packet times before and after {} do not compare",
                now.wall
            )
        };
        self.notice(sentence, now.wall);
    }

    /// Ends the recording, saving first where that is asked or already decided.
    fn stop(&mut self, save: bool, reason: String, now: Now) {
        self.hurry_actions();
        if self.ending.is_some() {
            self.give_up_if_unsavable(save, &reason);
            return;
        }
        if self.freezing.is_some() {
            // A trigger has fired: what it froze is saved whatever is asked now.
            self.ending = Some(Outcome::FrozenAndSaved);
            self.cut_short(reason, AfterCut::Stop, now);
        } else if save && self.phase == Phase::Recording {
            self.ending = Some(Outcome::FrozenAndSaved);
            self.freeze_stopped(reason, now);
        } else {
            self.ending = Some(self.saving.outcome_of_stop(save));
            self.tell_all(SourceCommand::Stop);
            self.phase = Phase::Frozen;
        }
    }

    fn end_if_done(&mut self, now: Now) {
        if self.ended
            || self.freezing.is_some()
            || self.pending.is_some()
            || self.saving.is_busy()
            || self.acting.is_busy()
        {
            return;
        }
        // The sources hand over what they hold before the recording ends.
        if self.sources.iter().any(|source| !source.ended) {
            return;
        }
        if let Some(outcome) = self.ending.take() {
            self.ended = true;
            self.tell_last_status(now);
            self.effects.push_back(Effect::End(outcome));
        }
    }

    fn say(&mut self, event: Event) {
        self.effects.push_back(Effect::Say(Box::new(event)));
    }

    /// Tells of something and keeps it for the next incident.
    fn notice(&mut self, sentence: String, at: Timestamp) {
        keep_newest(&mut self.notes, format!("{at}: {sentence}"));
        self.say(Event::Notice {
            at_ns: at,
            sentence,
        });
    }

    fn tell_all(&mut self, command: SourceCommand) {
        for (index, source) in self.sources.iter().enumerate() {
            if !source.ended {
                self.effects.push_back(Effect::Tell {
                    source: source_id(index),
                    command,
                });
            }
        }
    }

    fn remember_interface(&mut self, id: InterfaceId, description: InterfaceDescription) {
        let index = id.0 as usize;
        if index >= limits::INTERFACES_MAX {
            return;
        }
        // Two sources may be heard in another order than they got their ids. No
        // packet carries an id that was not yet heard of, so what fills the gap
        // is never seen.
        while self.interfaces.len() <= index {
            self.interfaces.push(description.clone());
        }
        self.interfaces[index] = description;
    }

    fn rearms(&self) -> Option<(Duration, WhenFull)> {
        match self.settings.then {
            Then::Stop => None,
            Then::Rearm {
                cool_down,
                when_full,
                ..
            } => Some((cool_down, when_full)),
        }
    }
}

/// Adds to a list that is bounded: the oldest goes.
fn keep_newest(list: &mut Vec<String>, sentence: String) {
    if list.len() >= limits::NOTED_FIRINGS_MAX {
        list.remove(0);
    }
    list.push(sentence);
}

fn source_id(index: usize) -> SourceId {
    // limits::SOURCES_MAX keeps the index far below.
    SourceId(u16::try_from(index).unwrap_or(u16::MAX))
}
