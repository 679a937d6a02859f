//! What an incident knows beside its packets.

use super::Keeper;
use super::freeze::Freezing;
use crate::clock::Now;
use crate::incident::{Facts, FrozenBy, FrozenCapture, InterfaceFacts, NotedFiring};
use crate::units::{ByteCount, PacketCount, nanoseconds};

impl Keeper {
    pub(super) fn facts(
        &self,
        freezing: &Freezing,
        capture: &FrozenCapture,
        noted: Vec<NotedFiring>,
    ) -> Facts {
        Facts {
            subject: self.subject(&freezing.by),
            frozen_by: freezing.by.clone(),
            frozen_at: freezing.frozen_at,
            freeze_took_ns: nanoseconds(freezing.freeze_took),
            cut: freezing.cut,
            tail_cut_short: freezing.tail_cut_short.clone(),
            noted,
            notes: self.all_notes(),
            ..self.facts_of(capture)
        }
    }

    pub(super) fn snapshot_facts(&self, capture: &FrozenCapture, now: Now) -> Facts {
        Facts {
            frozen_by: FrozenBy::Snapshot { at: now.wall },
            frozen_at: now.wall,
            cut: now.wall,
            noted: self.noted.clone(),
            notes: self.all_notes(),
            ..self.facts_of(capture)
        }
    }

    fn all_notes(&self) -> Vec<String> {
        self.warnings.iter().chain(&self.notes).cloned().collect()
    }

    /// The facts that do not depend on why it was frozen.
    fn facts_of(&self, capture: &FrozenCapture) -> Facts {
        let contents: Vec<_> = capture
            .sources
            .iter()
            .flat_map(|source| &source.segments)
            .map(crate::ring::Sealed::contents)
            .collect();
        Facts {
            version: 1,
            program: self.settings.program.clone(),
            subject: self.subject_of_target(),
            frozen_by: FrozenBy::Snapshot {
                at: self.since.wall,
            },
            recording_since: self.since.wall,
            frozen_at: self.since.wall,
            freeze_took_ns: 0,
            saved_at: None,
            cut: self.since.wall,
            tail_cut_short: None,
            exit_method: self.exit_method,
            target: self.settings.target.clone(),
            filter: self.settings.filter.clone(),
            ring: self.settings.ring_size,
            packets: PacketCount(contents.iter().map(|part| part.packets.0).sum()),
            bytes: ByteCount(contents.iter().map(|part| part.bytes.0).sum()),
            first: contents.iter().map(|part| part.earliest).min(),
            last: contents.iter().map(|part| part.latest).max(),
            interfaces: self.interface_facts(),
            noted: Vec::new(),
            notes: Vec::new(),
            profile: self.settings.profile_text.clone(),
            watched: self.watched.clone(),
            truncated: false,
        }
    }

    fn interface_facts(&self) -> Vec<InterfaceFacts> {
        self.sources
            .iter()
            .map(|source| InterfaceFacts {
                name: source.name.clone(),
                counters: source.counters,
                link_events: source.link_events.clone(),
            })
            .collect()
    }

    /// The process that fired, else what the recording is about.
    fn subject(&self, by: &FrozenBy) -> String {
        match by {
            FrozenBy::Firing(firing) => firing
                .process
                .as_ref()
                .map_or_else(|| self.subject_of_target(), |p| p.name.clone()),
            _ => self.subject_of_target(),
        }
    }

    /// The target process that was found last, else what was asked for.
    fn subject_of_target(&self) -> String {
        self.watched.last().map_or_else(
            || self.settings.subject.clone(),
            |watched| watched.process.name.clone(),
        )
    }
}
