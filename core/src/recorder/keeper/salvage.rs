//! What can still be saved after the keeper itself failed.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Keeper, source_id};
use crate::clock::Now;
use crate::incident::{Facts, FrozenBy, Incident};

impl Keeper {
    /// Where incidents go, the preferred folder first.
    pub(in crate::recorder) fn folders(&self) -> [PathBuf; 2] {
        [self.settings.folder.clone(), self.settings.fallback.clone()]
    }

    /// Everything that is not on disk: the incident that waited, and what the
    /// ring and the open segments hold.
    pub(in crate::recorder) fn salvage(&mut self, reason: &str, now: Now) -> Vec<Incident> {
        let mut incidents = self.saving.take_unsaved();
        incidents.extend(self.pending.take().map(|pending| pending.incident));
        let mut segments: Vec<_> = self.ring.take().into();
        let freezing = self.freezing.take();
        let by = match freezing {
            Some(mut freezing) => {
                segments.extend(freezing.next.take());
                freezing.by
            }
            None => FrozenBy::Stopped {
                at: now.wall,
                reason: reason.into(),
            },
        };
        for index in 0..self.sources.len() {
            if let Some(open) = self.open_segment(index) {
                segments.push((source_id(index), open));
            }
        }
        let capture = self.frozen_capture(segments);
        let mut facts = Facts {
            frozen_by: by,
            ..self.snapshot_facts(&capture, now)
        };
        facts.notes.push(format!("{}: {reason}", now.wall));
        incidents.push(Incident {
            facts,
            capture: Arc::new(capture),
        });
        incidents
    }
}
