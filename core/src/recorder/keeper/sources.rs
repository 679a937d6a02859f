//! What sources tell.

use super::{Effect, Keeper, keep_newest, source_id};
use crate::capture::{Counters, CutId, FromSource, LinkState, SourceEnd};
use crate::clock::Now;
use crate::pcapng::{InterfaceDescription, InterfaceId};
use crate::recorder::messages::{Event, Outcome, Phase};
use crate::ring::{Contents, OpenView, Sealed, SourceId};
use crate::units::Timestamp;

/// One source, as the keeper knows it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    /// The description that its packets carry now.
    pub(super) interface: InterfaceId,
    pub(super) link: LinkState,
    pub(super) link_events: Vec<String>,
    pub(super) counters: Counters,
    /// Reads the segment that it is writing.
    pub(super) view: Option<OpenView>,
    /// What of that segment has been looked at.
    pub(super) seen: Contents,
    /// Empty segments that lie ready for it.
    pub(super) ready: usize,
    /// It has answered the present cut.
    pub(super) cut: bool,
    pub(super) ended: bool,
}

impl Source {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            interface: InterfaceId::default(),
            link: LinkState::Up,
            link_events: Vec::new(),
            counters: Counters::default(),
            view: None,
            seen: Contents::default(),
            ready: 0,
            cut: false,
            ended: false,
        }
    }
}

impl Keeper {
    pub(super) fn heard(&mut self, message: FromSource, now: Now) {
        match message {
            FromSource::Opened {
                source,
                interface,
                description,
                at,
            } => self.opened(source, interface, description, at),
            FromSource::Took { source, view } => self.took(source, view, now),
            FromSource::Full { source, segment } => {
                self.forget_view(source);
                self.keep(source, segment, now);
            }
            FromSource::Cut {
                source,
                id,
                segment,
            } => self.source_cut(source, id, segment, now),
            FromSource::Link { source, state, at } => self.link_changed(source, state, at.wall),
            FromSource::Ended {
                source,
                segment,
                end,
            } => self.source_ended(source, segment, end, now),
        }
    }

    fn source(&mut self, source: SourceId) -> Option<&mut Source> {
        self.sources.get_mut(usize::from(source.0))
    }

    fn opened(
        &mut self,
        source: SourceId,
        interface: InterfaceId,
        description: InterfaceDescription,
        at: Now,
    ) {
        self.remember_interface(interface, description);
        let gone = self.source(source).is_some_and(|source| {
            source.interface = interface;
            matches!(source.link, LinkState::Gone { .. })
        });
        if gone {
            self.link_changed(source, LinkState::Up, at.wall);
        }
    }

    fn took(&mut self, source: SourceId, view: OpenView, now: Now) {
        let Some(source) = self.source(source) else {
            return;
        };
        source.view = Some(view);
        source.seen = Contents::default();
        source.ready = source.ready.saturating_sub(1);
        self.cut_if_starved(now);
    }

    fn forget_view(&mut self, source: SourceId) {
        if let Some(source) = self.source(source) {
            source.view = None;
        }
    }

    fn source_cut(&mut self, id: SourceId, cut: CutId, segment: Option<Sealed>, now: Now) {
        self.forget_view(id);
        if let Some(segment) = segment {
            self.keep(id, segment, now);
        }
        let answers = self.freezing.as_ref().is_some_and(|f| cut >= f.first_id);
        if answers {
            if let Some(source) = self.source(id) {
                source.cut = true;
            }
            self.assemble_if_cut(now);
        }
    }

    fn link_changed(&mut self, source: SourceId, state: LinkState, at: Timestamp) {
        let Some(source) = self.source(source) else {
            return;
        };
        if source.link == state {
            return;
        }
        source.link = state.clone();
        let told = match &state {
            LinkState::Up => format!("{at}: up again"),
            LinkState::Down => format!("{at}: went down"),
            LinkState::Gone { reason } => format!("{at}: gone: {reason}"),
        };
        keep_newest(&mut source.link_events, told);
        let name = source.name.clone();
        self.say(Event::Link {
            at_ns: at,
            name,
            link: state,
        });
    }

    fn source_ended(&mut self, id: SourceId, segment: Option<Sealed>, end: SourceEnd, now: Now) {
        self.forget_view(id);
        if let Some(segment) = segment {
            self.keep(id, segment, now);
        }
        let Some(source) = self.source(id) else {
            return;
        };
        source.ended = true;
        source.cut = true;
        let name = source.name.clone();
        self.assemble_if_cut(now);
        match end {
            SourceEnd::Stopped => {}
            SourceEnd::EndOfFile => self.end_of_file(now),
            SourceEnd::Failed(why) => self.source_failed(format!("{name}: {why}"), now),
            SourceEnd::Panicked(why) => self.source_failed(
                format!("the thread that reads {name} failed: {why}; please report this"),
                now,
            ),
        }
    }

    fn end_of_file(&mut self, now: Now) {
        let all_ended = self.sources.iter().all(|source| source.ended);
        if all_ended && self.settings.save_at_end && self.saving.saved_count() == 0 {
            self.stop(true, "the capture file was played to its end".into(), now);
            return;
        }
        if all_ended && self.ending.is_none() && self.phase == Phase::Recording {
            self.phase = Phase::Frozen;
            let frozen = self.pending.is_some() || self.saving.has_unsaved_incident();
            self.ending = Some(if frozen || self.saving.saved_count() > 0 {
                Outcome::FrozenAndSaved
            } else {
                Outcome::EndOfFile
            });
        }
    }

    /// A source cannot go on: what the ring holds is kept, frozen and saved.
    fn source_failed(&mut self, reason: String, now: Now) {
        if matches!(self.phase, Phase::Frozen | Phase::Failed) && self.freezing.is_none() {
            return;
        }
        self.stop(true, reason.clone(), now);
        self.phase = Phase::Failed;
        self.ending = Some(Outcome::Failed {
            reason,
            saved: true,
        });
    }

    /// Puts a segment where it belongs: into the ring, or, after its source's
    /// cut, into the next one. One without packets goes back to the pool.
    fn keep(&mut self, source: SourceId, segment: Sealed, now: Now) {
        if segment.contents().packets.0 == 0 {
            self.reuse(segment);
            return;
        }
        let after_cut = self
            .sources
            .get(usize::from(source.0))
            .is_some_and(|source| source.cut);
        let sealed_at = self.sealed_at(&segment, now);
        match &mut self.freezing {
            Some(freezing) if after_cut => freezing.next.push(source, segment, sealed_at),
            _ => self.ring.push(source, segment, sealed_at),
        }
    }

    /// In the tail the reserve is not touched: it is what recording goes on in
    /// after the cut, until the incident is on disk.
    fn needs_reserve(&self, source: usize) -> bool {
        let in_tail = self.freezing.is_some() && !self.sources[source].cut;
        in_tail && self.rearms().is_some() && self.pool.len() <= self.settings.reserve
    }

    /// Hands each source what it is owed.
    pub(super) fn supply_all(&mut self) {
        for index in 0..self.sources.len() {
            while self.sources[index].ready < self.settings.spare_per_source
                && !self.sources[index].ended
            {
                if self.needs_reserve(index) {
                    break;
                }
                let Some(segment) = self.empty_segment() else {
                    return;
                };
                self.sources[index].ready += 1;
                self.effects.push_back(Effect::Supply {
                    source: source_id(index),
                    segment,
                });
            }
        }
    }
}
