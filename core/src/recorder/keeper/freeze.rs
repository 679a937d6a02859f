//! From a firing to the incident.

use std::sync::Arc;
use std::time::Duration;

use super::{Effect, Keeper, source_id};
use crate::capture::{AfterCut, CutId, SourceCommand};
use crate::clock::{Monotonic, Now};
use crate::incident::{FrozenBy, FrozenCapture, FrozenSource, Incident, NotedFiring};
use crate::limits;
use crate::recorder::messages::{Event, Phase};
use crate::ring::{Ring, Sealed, SourceId};
use crate::trigger::rules::Gate;
use crate::trigger::{Firing, TriggerKind};
use crate::units::Timestamp;
use crate::watch::{ExitStatus, ProcessIdentity, WatchEvent};

/// A freeze under way: eviction has stopped, sources deliver up to the cut.
#[derive(Debug)]
pub(super) struct Freezing {
    pub(super) by: FrozenBy,
    pub(super) frozen_at: Timestamp,
    pub(super) freeze_took: Duration,
    pub(super) cut: Timestamp,
    pub(super) tail_cut_short: Option<String>,
    /// The first cut of this freeze: answers to it or a later one count.
    pub(super) first_id: CutId,
    last_id: CutId,
    /// When the keeper stops waiting for sources.
    overdue: Monotonic,
    after: AfterCut,
    /// What comes after a source's cut: the next ring.
    pub(super) next: Ring,
}

/// An incident that is complete but for the status of its process.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) incident: Incident,
    deadline: Monotonic,
}

impl Keeper {
    pub(super) fn freeze_by_hand(&mut self, by: &str, now: Now) {
        if self.settings.rehearsal {
            if self.phase == Phase::Recording {
                let at = now.wall;
                self.freeze(FrozenBy::Rehearsal { at }, now, now, self.settings.tail);
            }
            return;
        }
        let freezes = self.may_freeze().is_ok();
        self.fired(
            Firing {
                note: Some(format!("asked for by {by}")),
                ..Firing::of(TriggerKind::Manual, now, None)
            },
            freezes,
            now,
        );
    }

    /// Whether a trigger's firing can freeze now; the rules hold back what cannot.
    pub(super) fn gate(&self, now: Now) -> Gate {
        let cooling = self.cool_until.is_some_and(|until| now.monotonic < until);
        match self.may_freeze() {
            Ok(()) if !cooling => Gate::Open,
            _ => Gate::Shut,
        }
    }

    /// A trigger fired: it freezes, or is noted where it cannot.
    pub(super) fn fired(&mut self, firing: Firing, freezes: bool, now: Now) {
        let sentence = match &firing.note {
            Some(note) => format!("{firing}, {note}"),
            None => firing.to_string(),
        };
        self.say(Event::Fired {
            at_ns: firing.at.wall,
            trigger: firing.kind,
            sentence: sentence.clone(),
            freezes,
        });
        if freezes {
            let at = firing.at;
            self.freeze(
                FrozenBy::Firing(Box::new(firing)),
                at,
                now,
                self.settings.tail,
            );
        } else {
            self.note(NotedFiring {
                at: firing.at.wall,
                sentence,
            });
        }
    }

    fn note(&mut self, noted: NotedFiring) {
        // The unsaved incident tells of it if it can still be changed.
        let list = match &mut self.pending {
            Some(pending) => &mut pending.incident.facts.noted,
            None => &mut self.noted,
        };
        if list.len() < limits::NOTED_FIRINGS_MAX {
            list.push(noted);
        }
    }

    /// The recording is being ended and what the ring holds is to be saved.
    pub(super) fn freeze_stopped(&mut self, reason: String, now: Now) {
        let at = now.wall;
        self.freeze(FrozenBy::Stopped { at, reason }, now, now, Duration::ZERO);
    }

    fn freeze(&mut self, by: FrozenBy, at: Now, now: Now, tail: Duration) {
        let after = match (self.rearms(), &self.ending) {
            (Some(_), None) => AfterCut::Continue,
            _ => AfterCut::Stop,
        };
        let freeze_took = now.monotonic.since(at.monotonic);
        let id = self
            .freezing
            .as_ref()
            .map_or(CutId(self.saving.next_cut()), |freezing| freezing.last_id);
        let cut = at.wall.after(tail);
        self.freezing = Some(Freezing {
            by,
            frozen_at: now.wall,
            freeze_took,
            cut,
            tail_cut_short: None,
            first_id: id,
            last_id: id,
            overdue: at.monotonic,
            after,
            next: Ring::new(
                self.settings.ring_size,
                self.settings.ring_segments,
                self.settings.age,
            ),
        });
        self.phase = Phase::Tail;
        self.say(Event::Frozen {
            at_ns: now.wall,
            after_firing_ns: crate::units::nanoseconds(freeze_took),
        });
        for source in &mut self.sources {
            source.cut = source.ended;
        }
        self.send_cut(id, cut, at.monotonic.after(tail));
        self.assemble_if_cut(now);
    }

    fn send_cut(&mut self, id: CutId, at: Timestamp, moment: Monotonic) {
        let Some(freezing) = &mut self.freezing else {
            return;
        };
        let not_before = moment.after(limits::READ_TIMEOUT);
        let not_after = not_before.after(limits::DRAIN_MAX);
        freezing.cut = at;
        freezing.last_id = id;
        freezing.overdue = not_after.after(limits::DRAIN_MAX);
        let then = freezing.after;
        for (index, source) in self.sources.iter().enumerate() {
            if source.cut {
                continue;
            }
            self.effects.push_back(Effect::Tell {
                source: source_id(index),
                command: SourceCommand::Cut {
                    id,
                    at,
                    not_before,
                    not_after,
                    then,
                },
            });
        }
    }

    /// Ends the tail now; the incident says why.
    pub(super) fn cut_short(&mut self, reason: String, after: AfterCut, now: Now) {
        let Some(freezing) = &mut self.freezing else {
            return;
        };
        if after == AfterCut::Stop {
            freezing.after = AfterCut::Stop;
        }
        if freezing.cut > now.wall {
            freezing.tail_cut_short = Some(reason);
        }
        let id = CutId(freezing.last_id.0 + 1);
        let at = freezing.cut.min(now.wall);
        self.send_cut(id, at, now.monotonic);
        if after == AfterCut::Stop {
            self.stop_sources_past_their_cut();
        }
    }

    /// Sources that already record into the next ring are not wanted any more.
    fn stop_sources_past_their_cut(&mut self) {
        for (index, source) in self.sources.iter().enumerate() {
            if source.cut && !source.ended {
                self.effects.push_back(Effect::Tell {
                    source: source_id(index),
                    command: SourceCommand::Stop,
                });
            }
        }
    }

    /// In the tail nothing may be evicted: when a source has no segment left,
    /// what happened before the firing is worth more than the rest of the tail.
    pub(super) fn cut_if_starved(&mut self, now: Now) {
        self.supply_all();
        let starved = self
            .sources
            .iter()
            .any(|source| source.ready == 0 && !source.cut && !source.ended);
        let first_time = self
            .freezing
            .as_ref()
            .is_some_and(|freezing| freezing.tail_cut_short.is_none());
        if starved && first_time {
            let after = self.freezing.as_ref().map_or(AfterCut::Stop, |f| f.after);
            self.cut_short(
                "the memory beside the ring was full; a larger ring has more room for the tail"
                    .into(),
                after,
                now,
            );
        }
    }

    /// A source that does not answer must not hold up the incident.
    pub(super) fn assemble_if_overdue(&mut self, now: Now) {
        let overdue = self
            .freezing
            .as_ref()
            .is_some_and(|freezing| freezing.overdue <= now.monotonic);
        if !overdue {
            return;
        }
        for index in 0..self.sources.len() {
            if self.sources[index].cut {
                continue;
            }
            let name = self.sources[index].name.clone();
            self.notice(
                format!(
                    "{name} did not answer in time; its newest packets were taken as they were"
                ),
                now.wall,
            );
            if let Some(open) = self.open_segment(index) {
                let sealed_at = self.sealed_at(&open, now);
                self.ring.push(source_id(index), open, sealed_at);
            }
            self.sources[index].cut = true;
        }
        self.assemble_if_cut(now);
    }

    /// When every source has delivered, the ring becomes an incident.
    pub(super) fn assemble_if_cut(&mut self, now: Now) {
        if !self.sources.iter().all(|source| source.cut) {
            return;
        }
        let Some(freezing) = self.freezing.take() else {
            return;
        };
        let segments = self.ring.take().into();
        let capture = self.frozen_capture(segments);
        let noted = std::mem::take(&mut self.noted);
        let facts = self.facts(&freezing, &capture, noted);
        self.ring = freezing.next;
        self.after_freeze(freezing.after, now);
        let deadline = now.monotonic.after(status_wait(&freezing.by));
        if let Some(waiting) = self.pending.take() {
            // A stop came while an earlier incident waited for its status.
            self.save(waiting.incident);
        }
        self.pending = Some(Pending {
            incident: Incident {
                facts,
                capture: Arc::new(capture),
            },
            deadline,
        });
        self.save_pending_if_ready(now);
    }

    fn after_freeze(&mut self, after: AfterCut, now: Now) {
        match after {
            AfterCut::Stop => {
                if self.phase != Phase::Failed {
                    self.phase = Phase::Frozen;
                }
                if self.ending.is_none() {
                    self.ending = Some(crate::recorder::messages::Outcome::FrozenAndSaved);
                }
            }
            AfterCut::Continue => {
                self.phase = Phase::Recording;
                self.notes.clear();
                self.cool_until = self
                    .rearms()
                    .map(|(cool_down, _)| now.monotonic.after(cool_down));
            }
        }
    }

    pub(super) fn frozen_capture(&self, segments: Vec<(SourceId, Sealed)>) -> FrozenCapture {
        let mut sources: Vec<FrozenSource> = self
            .sources
            .iter()
            .enumerate()
            .map(|(index, source)| FrozenSource {
                source: source_id(index),
                interface: source.interface,
                segments: Vec::new(),
                counters: source.counters,
            })
            .collect();
        for (source, segment) in segments {
            if let Some(source) = sources.get_mut(usize::from(source.0)) {
                source.segments.push(segment);
            }
        }
        FrozenCapture {
            interfaces: self.interfaces.clone(),
            sources,
        }
    }

    /// Adds what is learned later to the firing of the incident in hand.
    pub(super) fn amend_firings(&mut self, event: &WatchEvent) {
        let (identity, end, status) = match event {
            WatchEvent::Ended {
                process,
                at,
                status,
                ..
            } => (*process, Some(*at), status.clone()),
            WatchEvent::Status { process, status } => (*process, None, Some(status.clone())),
            _ => return,
        };
        if let Some(freezing) = &mut self.freezing {
            amend(&mut freezing.by, identity, end, status.as_ref());
        }
        if let Some(pending) = &mut self.pending {
            amend(
                &mut pending.incident.facts.frozen_by,
                identity,
                end,
                status.as_ref(),
            );
        }
    }

    /// Hands the incident to the saver once all is known, or waited for long enough.
    pub(super) fn save_pending_if_ready(&mut self, now: Now) {
        let ready = self.pending.as_ref().is_some_and(|pending| {
            pending.deadline <= now.monotonic || is_told(&pending.incident.facts.frozen_by)
        });
        if ready && let Some(pending) = self.pending.take() {
            self.save(pending.incident);
        }
    }
}

/// How long an incident waits for the status of its process.
fn status_wait(by: &FrozenBy) -> Duration {
    match by {
        FrozenBy::Firing(firing) if firing.fault.is_some() => limits::EXIT_STATUS_WAIT,
        FrozenBy::Firing(_) => limits::LATE_STATUS_WAIT,
        _ => Duration::ZERO,
    }
}

/// Whether nothing more is to be learned about the end.
fn is_told(by: &FrozenBy) -> bool {
    match by {
        FrozenBy::Firing(firing) if is_about_an_end(firing) => {
            firing.status.is_some() && firing.end.is_some()
        }
        _ => true,
    }
}

/// Whether its process has ended or hit a fault, alone or among other things. The
/// end that a restart tells of is that of the process before.
fn is_about_an_end(firing: &Firing) -> bool {
    firing.kind != TriggerKind::Restart && (firing.end.is_some() || firing.fault.is_some())
}

fn amend(
    by: &mut FrozenBy,
    identity: ProcessIdentity,
    end: Option<Now>,
    status: Option<&ExitStatus>,
) {
    let FrozenBy::Firing(firing) = by else {
        return;
    };
    let same = firing
        .process
        .as_ref()
        .is_some_and(|process| process.identity == identity);
    if same && is_about_an_end(firing) {
        firing.end = firing.end.or(end);
        if firing.status.is_none() {
            firing.status = status.cloned();
        }
    }
}
