//! The recording as the window follows it.

use std::collections::VecDeque;
use std::path::PathBuf;

use crashcap_core::clock::Now;
use crashcap_core::incident::FrozenBy;
use crashcap_core::recorder::{Event, Outcome, Phase, Status};
use crashcap_core::units::Timestamp;

use super::lanes::Lanes;
use super::set_up::SetUp;
use super::traffic::Traffic;
use super::{Tone, told};
use crate::command::Command;

/// Events shown; the oldest go.
const EVENTS_MAX: usize = 500;

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

/// What is told above every screen.
pub(crate) type News = (Tone, String, Vec<Command>);

/// The recording, if there is or was one.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    /// Start was pressed and nothing is known yet.
    pub(crate) opening: bool,
    /// What it says of itself last.
    pub(crate) status: Option<Status>,
    /// What is recorded, in words.
    pub(crate) what: String,
    /// What freezes it, in words.
    pub(crate) target: Option<String>,
    /// Traffic over time.
    pub(crate) traffic: Traffic,
    /// The target's processes over time.
    pub(crate) lanes: Lanes,
    /// What happened, the newest first.
    pub(crate) events: VecDeque<Told>,
    /// When it fired, and what.
    pub(crate) moment: Option<(Timestamp, String)>,
    /// What was saved, the newest last.
    pub(crate) saved: Vec<SavedFile>,
    /// Why what froze is not on disk.
    pub(crate) unsaved: Option<String>,
    /// How it ended.
    pub(crate) outcome: Option<Outcome>,
    /// When a packet came last.
    pub(crate) packet_at: Option<Timestamp>,
    /// When the first packet came.
    pub(crate) first_packet: Option<Timestamp>,
    /// The part of the timeline that is looked at; `None` follows now.
    pub(crate) zoom: Option<(u64, u64)>,
    news: Option<News>,
}

impl Recording {
    /// Whether a recorder runs.
    pub(crate) fn runs(&self) -> bool {
        self.opening || (self.status.is_some() && self.outcome.is_none())
    }

    /// Start was pressed.
    pub(crate) fn begin(&mut self, set_up: &SetUp, now: Now) {
        *self = Self {
            opening: true,
            what: told::what(set_up),
            target: told::target(set_up),
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

    /// What is to be told above every screen, once.
    pub(crate) fn news(&mut self) -> Option<News> {
        self.news.take()
    }

    /// Takes in an event.
    pub(crate) fn heard(&mut self, event: Event, now: Now) {
        if let Some(told) = told::event(&event, now.wall) {
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
            }
            Event::TargetStatus { pid, status } => self.lanes.status(pid, &status),
            Event::Fired {
                at_ns,
                sentence,
                freezes: true,
                ..
            } => self.moment = Some((at_ns, sentence)),
            Event::Saved {
                path,
                frozen_by,
                incident,
                ..
            } => self.saved(path, &frozen_by, incident),
            Event::SaveFailed {
                sentence,
                fallback_follows: false,
            } => {
                let told = format!("{sentence}. The incident is safe in memory.");
                self.news = Some((Tone::Danger, told, vec![Command::SaveElsewhere]));
                self.unsaved = Some(sentence);
            }
            Event::Finished { outcome } => {
                self.opening = false;
                self.lanes.close(now.wall);
                self.outcome = Some(outcome);
            }
            Event::Fired { .. }
            | Event::Frozen { .. }
            | Event::SaveFailed { .. }
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
        }
        self.unsaved.clone_from(&status.unsaved);
        let mut status = Status {
            traffic: Vec::new(),
            ..status
        };
        // What froze has left the ring; the readings go on telling of it.
        if let Some(before) = &self.status
            && status.phase == Phase::Frozen
            && status.oldest.is_none()
        {
            (status.held, status.oldest, status.newest) =
                (before.held, before.oldest, before.newest);
        }
        self.status = Some(status);
    }

    fn saved(&mut self, path: PathBuf, frozen_by: &FrozenBy, sentence: String) {
        let snapshot = matches!(frozen_by, FrozenBy::Snapshot { .. });
        self.news = Some((
            Tone::Frozen,
            format!("Saved {}. {sentence}", path.display()),
            vec![Command::ShowIncidents],
        ));
        self.saved.push(SavedFile {
            path,
            sentence,
            snapshot,
        });
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
