//! Commands of somebody who waits to hear what became of them.

use super::{Effect, Keeper, SavedFiles};
use crate::clock::Now;
use crate::recorder::answers::{Answer, Ticket};
use crate::recorder::messages::{Command, Phase};
use crate::units::PacketCount;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Incident,
    Snapshot,
}

impl Keeper {
    /// Carries a command out; it is answered when its file is on disk, or as
    /// soon as it is clear that there will be none.
    pub(super) fn asked(&mut self, ticket: Ticket, command: Command, now: Now) {
        let done = match command {
            Command::Freeze { by } => {
                let frozen = self.may_freeze().map_err(ToOwned::to_owned);
                self.freeze_by_hand(&by, now);
                frozen.map(|()| Awaited::Incident)
            }
            Command::Snapshot { by } => {
                let taken = self.snapshot(&by, now).map_err(ToOwned::to_owned);
                taken.map(|()| Awaited::Snapshot)
            }
            Command::SaveTo { folder } => {
                let tried = self.save_to(folder).map_err(ToOwned::to_owned);
                tried.map(|()| Awaited::Incident)
            }
            // Its end is its answer.
            Command::Stop { save, reason } => {
                self.stop(save, reason, now);
                return;
            }
            Command::Happened { .. } | Command::Remark { .. } | Command::Asked { .. } => {
                Err("nobody waits for an answer to this".to_owned())
            }
        };
        match done {
            Ok(awaited) => self.waiting.push((ticket, awaited)),
            Err(reason) => self.answer(ticket, Answer::NotDone { reason }),
        }
    }

    /// Why asking for a freeze would freeze nothing now.
    pub(super) fn may_freeze(&self) -> Result<(), &'static str> {
        match self.phase {
            Phase::Opening => Err("recording has not begun"),
            Phase::Tail => Err("it is frozen already and records its tail; it is saved after it"),
            Phase::Frozen | Phase::Failed => Err("recording has ended: it is frozen already"),
            Phase::Recording if self.ending.is_some() => Err("the recording is being ended"),
            Phase::Recording if self.pending.is_some() || self.saving.has_unsaved_incident() => {
                Err(
                    "the incident before is not on disk yet, and at most one waits in memory; `crashcap status` tells of it",
                )
            }
            Phase::Recording => Ok(()),
        }
    }

    pub(super) fn answer_saved(&mut self, what: Awaited, packets: PacketCount, files: &SavedFiles) {
        let answer = Answer::Saved {
            paths: files.paths.clone(),
            packets,
            bytes: files.bytes,
        };
        self.answer_all(what, &answer);
    }

    pub(super) fn answer_refused(&mut self, what: Awaited, reason: String) {
        self.answer_all(what, &Answer::NotDone { reason });
    }

    fn answer_all(&mut self, what: Awaited, answer: &Answer) {
        let all = std::mem::take(&mut self.waiting);
        let (answered, rest) = all.into_iter().partition(|(_, awaited)| *awaited == what);
        self.waiting = rest;
        let answered: Vec<_> = answered;
        for (ticket, _) in answered {
            self.answer(ticket, answer.clone());
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        self.effects.push_back(Effect::Answer { ticket, answer });
    }
}
