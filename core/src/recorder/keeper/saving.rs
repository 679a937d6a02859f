//! Incidents on their way to the disk. What cannot be saved stays here.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::asked::Awaited;
use super::{Effect, Keeper, SavedFiles, SaverReply, source_id};
use crate::capture::SourceCommand;
use crate::clock::Now;
use crate::incident::{self, FrozenBy, Incident, Keep, Kept};
use crate::profile::{Then, WhenFull};
use crate::recorder::messages::{Event, Outcome, Phase};
use crate::units::{ByteCount, PacketCount, nanoseconds};

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Saving {
    /// What the saver has in hand.
    current: Option<Kind>,
    /// What waits for the saver: more than one only when a recording is ended
    /// while an incident is being written.
    queue: VecDeque<Incident>,
    /// What could be saved nowhere, with why; the oldest first.
    refused: VecDeque<(Incident, String)>,
    /// Incidents on disk, the oldest first.
    saved: Vec<Kept>,
    saved_count: u32,
    /// How often the saver was told to delete and has not yet answered.
    deleting: usize,
    cuts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Incident,
    Snapshot,
}

impl Kind {
    fn of(by: &FrozenBy) -> Self {
        match by {
            FrozenBy::Snapshot { .. } => Self::Snapshot,
            _ => Self::Incident,
        }
    }
}

impl Saving {
    /// Something is being saved, waits to be, or could not be.
    pub(super) fn is_busy(&self) -> bool {
        self.current.is_some()
            || !self.queue.is_empty()
            || !self.refused.is_empty()
            || self.deleting > 0
    }

    /// An incident (not a snapshot) is not on disk yet.
    pub(super) fn has_unsaved_incident(&self) -> bool {
        self.current == Some(Kind::Incident) || !self.queue.is_empty() || !self.refused.is_empty()
    }

    /// Everything that waits to be saved or was refused.
    pub(super) fn take_unsaved(&mut self) -> Vec<Incident> {
        let refused = self.refused.drain(..).map(|(incident, _)| incident);
        refused.chain(self.queue.drain(..)).collect()
    }

    /// Why an incident could be saved nowhere, if one could not.
    pub(super) fn why_refused(&self) -> Option<&str> {
        self.refused.front().map(|(_, why)| why.as_str())
    }

    pub(super) fn saved_count(&self) -> u32 {
        self.saved_count
    }

    /// A cut id that was never used: each freeze may use the 2^8 that follow.
    pub(super) fn next_cut(&mut self) -> u32 {
        self.cuts = self.cuts.wrapping_add(1 << 8);
        self.cuts
    }

    /// How a recording ends that is stopped with nothing in the ring to save.
    pub(super) fn outcome_of_stop(&self, save: bool) -> Outcome {
        if save && self.saved_count > 0 {
            Outcome::FrozenAndSaved
        } else {
            Outcome::Stopped
        }
    }
}

impl Keeper {
    /// Gives an incident to the saver, or lets it wait for its turn.
    pub(super) fn save(&mut self, incident: Incident) {
        if self.saving.current.is_some() {
            self.saving.queue.push_back(incident);
            return;
        }
        let folder = self.settings.folder.clone();
        self.hand_to_saver(incident, folder);
    }

    fn hand_to_saver(&mut self, incident: Incident, folder: PathBuf) {
        self.saving.current = Some(Kind::of(&incident.facts.frozen_by));
        let incident = Box::new(incident);
        self.effects.push_back(Effect::Save { incident, folder });
    }

    /// Saves the ring as it is; recording goes on. An error says why not, which
    /// was told too.
    pub(super) fn snapshot(&mut self, by: &str, now: Now) -> Result<(), &'static str> {
        let taken = self.take_snapshot(now);
        if let Err(why) = taken {
            self.notice(format!("no snapshot was taken for {by}: {why}"), now.wall);
        }
        taken
    }

    fn take_snapshot(&mut self, now: Now) -> Result<(), &'static str> {
        if self.phase != Phase::Recording {
            return Err("recording does not go on");
        }
        if self.saving.is_busy() {
            return Err("something is still being saved; ask again when it is done");
        }
        let mut segments: Vec<_> = self.ring.iter().cloned().collect();
        for index in 0..self.sources.len() {
            if let Some(open) = self.open_segment(index) {
                segments.push((source_id(index), open));
            }
        }
        if segments.is_empty() {
            return Err("nothing has been captured yet");
        }
        let capture = self.frozen_capture(segments);
        let facts = self.snapshot_facts(&capture, now);
        self.save(Incident {
            facts,
            capture: Arc::new(capture),
        });
        Ok(())
    }

    pub(super) fn saver_answered(&mut self, reply: SaverReply, now: Now) {
        let kind = self.saving.current.take();
        let SaverReply {
            incident,
            result,
            folder,
        } = reply;
        match result {
            Ok(files) => self.saved(incident, files, kind == Some(Kind::Incident), now),
            Err(sentence) => self.refused(incident, sentence, &folder, now),
        }
        if self.saving.current.is_none()
            && let Some(next) = self.saving.queue.pop_front()
        {
            self.save(next);
        }
    }

    fn saved(&mut self, incident: Incident, files: SavedFiles, counts: bool, now: Now) {
        let Incident { facts, capture } = incident;
        let lost = facts
            .interfaces
            .iter()
            .map(|interface| interface.counters.lost().0)
            .sum();
        self.say(Event::Saved {
            path: files.paths.first().cloned().unwrap_or_default(),
            paths: files.paths.clone(),
            incident: incident::sentence(&facts),
            frozen_by: facts.frozen_by.clone(),
            packets: facts.packets,
            bytes: files.bytes,
            first_ns: facts.first,
            last_ns: facts.last,
            lost: PacketCount(lost),
            took_ns: nanoseconds(files.took),
        });
        let awaited = if counts {
            Awaited::Incident
        } else {
            Awaited::Snapshot
        };
        self.answer_saved(awaited, facts.packets, &files);
        // A snapshot only shared its segments: whoever else holds them gives them
        // back. An incident owns them, and the saver gave its share back.
        if counts && let Some(capture) = Arc::into_inner(capture) {
            for segment in capture
                .sources
                .into_iter()
                .flat_map(|source| source.segments)
            {
                // One that another copy still holds is that copy's, and comes back with it.
                self.pool.extend(segment.recycle().ok());
            }
        }
        self.reclaim_shared();
        if counts {
            self.saving.saved_count += 1;
            if let Some(first) = files.paths.first() {
                self.act(facts, first, now);
            }
            self.saving.saved.push(Kept {
                paths: files.paths,
                bytes: files.bytes,
            });
            self.keep_within_bounds();
        }
    }

    /// An incident on disk has grown, or got files beside it. Where it was deleted
    /// meanwhile these go too.
    pub(super) fn grown(&mut self, incident: &Path, beside: Vec<PathBuf>, bytes: ByteCount) {
        let mut kept = self.saving.saved.iter_mut();
        match kept.find(|kept| kept.paths.iter().any(|path| path == incident)) {
            Some(kept) => {
                kept.paths.extend(beside);
                kept.bytes = kept.bytes.plus(bytes);
                self.keep_within_bounds();
            }
            None if beside.is_empty() => {}
            None => self.delete(beside),
        }
    }

    /// The saver deleted an incident's files, as it was told.
    pub(super) fn deleted(&mut self, sentences: Vec<String>, now: Now) {
        self.saving.deleting = self.saving.deleting.saturating_sub(1);
        for sentence in sentences {
            self.say(Event::Notice {
                at_ns: now.wall,
                sentence,
            });
        }
    }

    fn refused(&mut self, incident: Incident, sentence: String, folder: &Path, now: Now) {
        let fallback_follows = folder != self.settings.fallback;
        self.say(Event::SaveFailed {
            sentence: sentence.clone(),
            fallback_follows,
        });
        if fallback_follows {
            let fallback = self.settings.fallback.clone();
            self.hand_to_saver(incident, fallback);
        } else if Kind::of(&incident.facts.frozen_by) == Kind::Snapshot {
            // To keep it would keep its memory from the ring, and what comes is worth more.
            let kept = if self.shared.is_empty() {
                "the ring still holds what it would have held"
            } else {
                "the ring went on meanwhile and has given up the oldest part of it"
            };
            let told = format!("the snapshot was given up: {sentence}; {kept}");
            self.answer_refused(Awaited::Snapshot, told.clone());
            self.notice(told, now.wall);
        } else {
            let told = format!(
                "{sentence}; the incident stays in memory and is tried again: make room, or name another folder with `crashcap save-to FOLDER`"
            );
            self.answer_refused(Awaited::Incident, told);
            self.saving.refused.push_back((incident, sentence));
        }
    }

    /// Tries another place for the oldest incident that could not be saved.
    pub(super) fn save_to(&mut self, folder: PathBuf) -> Result<(), &'static str> {
        if self.saving.current.is_some() {
            return Err("something is being written just now; ask again when it is done");
        }
        let Some((incident, _)) = self.saving.refused.pop_front() else {
            return Err("nothing waits for another folder");
        };
        self.hand_to_saver(incident, folder);
        Ok(())
    }

    /// A second stop, without saving, after saving failed everywhere: the user
    /// gives the evidence up.
    pub(super) fn give_up_if_unsavable(&mut self, save: bool, by: &str) {
        if save {
            return;
        }
        let given_up = std::mem::take(&mut self.saving.refused);
        if let Some((_, why)) = given_up.into_iter().next() {
            self.ending = Some(Outcome::NotSaved {
                reason: format!("{why}; given up by {by}"),
            });
        }
    }

    fn delete(&mut self, paths: Vec<PathBuf>) {
        self.saving.deleting += 1;
        self.effects.push_back(Effect::Delete(paths));
    }

    /// Keeps the incidents of this recording within what the profile allows.
    fn keep_within_bounds(&mut self) {
        let Then::Rearm {
            keep_count,
            keep_bytes,
            when_full,
            ..
        } = self.settings.then
        else {
            return;
        };
        let keep = Keep {
            count: keep_count,
            bytes: keep_bytes,
        };
        match when_full {
            WhenFull::DropOldest => {
                let surplus = keep.surplus(&self.saving.saved);
                if surplus > 0 {
                    let oldest = self.saving.saved.drain(..surplus);
                    let paths = oldest.flat_map(|kept| kept.paths).collect();
                    self.delete(paths);
                }
            }
            WhenFull::Stop => {
                // The next incident may be as large as the ring.
                let full = keep.full(&self.saving.saved, self.settings.ring_size);
                if let Some(reason) = full.filter(|_| self.ending.is_none()) {
                    self.phase = Phase::Frozen;
                    self.ending = Some(Outcome::Full { reason });
                    self.tell_all(SourceCommand::Stop);
                }
            }
        }
    }
}
