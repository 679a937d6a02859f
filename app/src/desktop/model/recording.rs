//! The recording as the window follows it.

use std::collections::VecDeque;
use std::path::PathBuf;

use crashcap_core::clock::Now;
use crashcap_core::incident::FrozenBy;
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder::{Event, Outcome, Phase, Status};
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::Timestamp;
use crashcap_core::watch::ExitStatus;

use super::lanes::Lanes;
use super::set_up::{SetUp, TargetKind};
use super::traffic::Traffic;
use super::{Measured, Tone, Until, escaped, in_zone, plan, told};
use crate::command::Command;

/// Events shown; the oldest go.
const EVENTS_MAX: usize = 500;
/// Saved files remembered; the oldest go.
const SAVED_MAX: usize = 100;

/// Something that happened, with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// When.
    pub(crate) at: Timestamp,
    /// Its tone.
    pub(crate) tone: Tone,
    /// The sentence.
    pub(crate) sentence: String,
}

/// An incident or a snapshot of this recording that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedFile {
    /// Its file.
    pub(crate) path: PathBuf,
    /// What it is, in words.
    pub(crate) sentence: String,
    /// It is a snapshot: nothing fired.
    pub(crate) snapshot: bool,
}

/// The moment for which it froze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// When it fired.
    pub(crate) at: Timestamp,
    /// What happened, in words.
    pub(crate) what: String,
    /// Where the tail ended; `None` while it is recorded.
    pub(crate) tail_to: Option<Timestamp>,
}

/// What is wrong, and what can be done about it.
pub(crate) type News = (Tone, String, Vec<Command>);

/// What is told above every screen, and on the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// Of what kind.
    pub(crate) tone: Tone,
    /// The sentence.
    pub(crate) sentence: String,
    /// What can be done about it.
    pub(crate) remedies: Vec<Command>,
    /// The file that was saved.
    pub(crate) file: Option<PathBuf>,
    /// With what it is true no more.
    pub(crate) until: Until,
    /// How it goes with what was told before.
    pub(crate) stage: Stage,
}

/// How something told goes with what was told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is the first that is told of a freeze.
    First,
    /// It is the first again, now that more of it is known.
    Again,
    /// It takes the place of what was told of the same freeze before.
    Next,
    /// It is about nothing else.
    Alone,
}

/// The recording, if there is or was one.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    /// Start was pressed and nothing is known yet.
    pub(crate) opening: bool,
    /// What it says of itself last.
    pub(crate) status: Option<Status>,
    /// It says nothing any more.
    pub(crate) silent: bool,
    /// The choices that it was started with.
    pub(crate) choices: RawProfile,
    /// What is recorded, in words.
    pub(crate) what: String,
    /// The interfaces recorded; none means all.
    pub(crate) interfaces: Vec<String>,
    /// Only some packets are recorded.
    pub(crate) filtered: bool,
    /// Who is watched, in words.
    pub(crate) target: Option<String>,
    /// Another process may take the target's place.
    pub(crate) returns: bool,
    /// What freezes it: "when router_runner (pid 4121) ends".
    pub(crate) freezes: String,
    /// Traffic over time.
    pub(crate) traffic: Traffic,
    /// The target's processes over time.
    pub(crate) lanes: Lanes,
    /// What triggers measure over time.
    pub(crate) measured: Measured,
    /// What happened, the newest first.
    pub(crate) events: VecDeque<Told>,
    /// For what it froze last.
    pub(crate) moment: Option<Moment>,
    /// What was saved, the newest last.
    pub(crate) saved: VecDeque<SavedFile>,
    /// Why what froze is not on disk.
    pub(crate) unsaved: Option<String>,
    /// How it ended.
    pub(crate) outcome: Option<Outcome>,
    /// When a packet came last.
    pub(crate) packet_at: Option<Timestamp>,
    /// When the first packet came.
    pub(crate) first_packet: Option<Timestamp>,
    /// When a packet was lost last.
    pub(crate) lost_at: Option<Timestamp>,
    /// The part of the timeline that is looked at; `None` follows now.
    pub(crate) zoom: Option<(u64, u64)>,
    news: Option<Announced>,
    /// It was told that it freezes, and not yet that it is saved.
    told_of: bool,
}

impl Recording {
    /// Whether a recorder runs.
    pub(crate) fn runs(&self) -> bool {
        self.opening || (self.status.is_some() && self.outcome.is_none())
    }

    /// Whether there is something to freeze.
    pub(crate) fn can_freeze(&self) -> bool {
        let phase = self.status.as_ref().map(|status| status.phase);
        self.runs() && !matches!(phase, Some(Phase::Frozen | Phase::Failed))
    }

    /// Start was pressed.
    pub(crate) fn begin(&mut self, set_up: &SetUp, now: Now) {
        *self = Self {
            opening: true,
            choices: set_up.raw(Some(1)),
            what: told::what(set_up),
            interfaces: set_up.interfaces.clone(),
            filtered: !set_up.filter.trim().is_empty(),
            target: told::target(set_up),
            returns: matches!(
                set_up.target,
                TargetKind::Name | TargetKind::Port | TargetKind::Other
            ),
            freezes: plan::moment(set_up),
            ..Self::default()
        };
        self.tell(now.wall, Tone::Plain, "opening");
    }

    /// The recorder was not started; the reason is told elsewhere.
    pub(crate) fn refused(&mut self) {
        *self = Self::default();
    }

    /// The recorder is no more and said no farewell.
    pub(crate) fn lost(&mut self, how: &str, now: Now) {
        self.opening = false;
        let reason = format!("the recorder stopped ({how})");
        self.tell(now.wall, Tone::Danger, &reason);
        self.lanes.close(now.wall);
        if let Some(status) = &mut self.status {
            status.phase = Phase::Failed;
        }
        self.outcome = Some(Outcome::Failed {
            reason,
            saved: false,
        });
    }

    /// Something worth a line among the events.
    pub(crate) fn note(&mut self, sentence: &str, now: Now) {
        self.tell(now.wall, Tone::Plain, sentence);
    }

    /// What is to be told above every screen, once.
    pub(crate) fn news(&mut self) -> Option<Announced> {
        self.news.take()
    }

    /// Takes in an event.
    pub(crate) fn heard(&mut self, event: Event, now: Now) {
        if let Some(told) = told::event(&event, &self.lanes, now.wall) {
            self.tell(told.at, told.tone, &told.sentence);
        }
        match event {
            Event::Recording { .. } => {}
            Event::Status(status) => self.stands(*status),
            Event::TargetFound { at_ns, process, .. } => {
                self.lanes.found(process.identity.pid, &process.name, at_ns);
            }
            Event::TargetEnded { at_ns, pid, status } => {
                self.lanes.ended(pid, at_ns, status.as_ref());
                self.known(pid, status.as_ref());
            }
            Event::TargetStatus { pid, status } => {
                self.lanes.status(pid, &status);
                self.known(pid, Some(&status));
            }
            Event::Fired {
                at_ns,
                trigger,
                sentence,
                freezes: true,
            } => {
                self.moment = Some(Moment {
                    at: at_ns,
                    what: escaped(&sentence),
                    tail_to: None,
                });
                // Who freezes by hand sees it.
                self.told_of = trigger != TriggerKind::Manual;
                self.freezing(Stage::First);
            }
            Event::Saved {
                path,
                frozen_by,
                incident,
                last_ns,
                ..
            } => self.saved(path, &frozen_by, incident, last_ns),
            Event::Finished { outcome } => {
                self.opening = false;
                self.lanes.close(now.wall);
                self.end_tail();
                self.outcome = Some(outcome);
            }
            Event::Fired { .. }
            | Event::Frozen { .. }
            | Event::SaveFailed { .. }
            | Event::Acted { .. }
            | Event::Link { .. }
            | Event::Notice { .. } => {}
        }
    }

    fn stands(&mut self, status: Status) {
        self.opening = false;
        for bin in &status.traffic {
            self.traffic.add(bin);
            if bin.packets.0 > 0 {
                self.packet_at = Some(bin.start);
                self.first_packet.get_or_insert(bin.start);
            }
            if bin.lost.0 > 0 {
                self.lost_at = Some(bin.start);
            }
        }
        if let Some(why) = status.unsaved.as_ref()
            && self.unsaved.as_ref() != Some(why)
        {
            self.news = Some(Announced {
                tone: Tone::Danger,
                sentence: not_saved(why),
                remedies: vec![Command::SaveElsewhere],
                file: None,
                until: Until::Saved,
                stage: self.next_stage(),
            });
        }
        self.measured.stands(&status);
        self.unsaved.clone_from(&status.unsaved);
        let fired = self.moment.as_ref().map(|moment| moment.at);
        if status.phase != Phase::Tail && fired.is_some_and(|at| at < status.at) {
            self.end_tail();
        }
        self.status = Some(self.with_what_froze(status));
    }

    /// What froze has left the ring; the readings go on telling of it.
    fn with_what_froze(&self, mut status: Status) -> Status {
        status.traffic = Vec::new();
        if let Some(before) = &self.status
            && status.phase == Phase::Frozen
            && status.oldest.is_none()
        {
            (status.held, status.oldest, status.newest) =
                (before.held, before.oldest, before.newest);
        }
        status
    }

    /// The tail reached as far as it was told last.
    fn end_tail(&mut self) {
        let told = self.status.as_ref().map(|status| status.at);
        if let Some(moment) = &mut self.moment
            && moment.tail_to.is_none()
        {
            moment.tail_to = Some(told.map_or(moment.at, |told| told.max(moment.at)));
        }
    }

    /// How a process ended is known: what happened can be said in full.
    fn known(&mut self, pid: u32, status: Option<&ExitStatus>) {
        let who = self.lanes.who(pid);
        if let Some((moment, status)) = self.moment.as_mut().zip(status)
            && ["ended", "hit a fatal fault"]
                .iter()
                .any(|how| moment.what == format!("{who} {how}"))
        {
            moment.what = format!("{who} {status}");
            self.freezing(Stage::Again);
        }
    }

    /// Tells at once that it freezes: the tail, saving and actions may take minutes.
    fn freezing(&mut self, stage: Stage) {
        let Some(moment) = self.moment.as_ref().filter(|_| self.told_of) else {
            return;
        };
        self.news = Some(Announced {
            tone: Tone::Frozen,
            sentence: format!("{}. Freezing.", moment.what.trim_end_matches('.')),
            remedies: Vec::new(),
            file: None,
            until: Until::Saved,
            stage,
        });
    }

    /// Of what is told of what froze: the next, where something was told of it.
    fn next_stage(&self) -> Stage {
        match self.told_of {
            true => Stage::Next,
            false => Stage::First,
        }
    }

    fn saved(
        &mut self,
        path: PathBuf,
        frozen_by: &FrozenBy,
        sentence: String,
        last: Option<Timestamp>,
    ) {
        let snapshot = matches!(frozen_by, FrozenBy::Snapshot { .. });
        if !snapshot && let Some((moment, last)) = self.moment.as_mut().zip(last) {
            moment.tail_to = Some(last.max(moment.at));
        }
        let told = escaped(&path.to_string_lossy());
        let sentence = in_zone(&escaped(&sentence));
        self.news = Some(Announced {
            tone: Tone::Frozen,
            sentence: format!("Saved {told}. {sentence}"),
            remedies: Vec::new(),
            file: Some(path.clone()),
            until: Until::Closed,
            stage: match snapshot {
                true => Stage::Alone,
                false => self.next_stage(),
            },
        });
        self.told_of &= snapshot;
        self.saved.push_back(SavedFile {
            path,
            sentence,
            snapshot,
        });
        if self.saved.len() > SAVED_MAX {
            self.saved.pop_front();
        }
    }

    fn tell(&mut self, at: Timestamp, tone: Tone, sentence: &str) {
        self.events.push_front(Told {
            at,
            tone,
            sentence: sentence.to_owned(),
        });
        self.events.truncate(EVENTS_MAX);
    }
}

/// Why what froze is not on disk, and that it is not lost.
pub(super) fn not_saved(why: &str) -> String {
    // What was being done is said already.
    let doing = why.strip_prefix("save the incident ");
    let (_, why) = doing
        .and_then(|rest| rest.split_once(": "))
        .unwrap_or(("", why));
    let why = escaped(why.trim_end_matches('.'));
    format!("Not saved: {why}. The incident is safe in memory.")
}
