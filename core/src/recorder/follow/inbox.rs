//! What the keeper's thread hands over: which segments there are to look at.
//!
//! Bounded by itself: per source a few segments, the oldest skipped when there
//! are more. The lock is held for a few instructions by either side.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Followed;
use crate::capture::FromSource;
use crate::limits;
use crate::pcapng::{InterfaceId, LinkType, Resolution};
use crate::ring::{Contents, OpenView, Sealed, SegmentWriter, SourceId, WeakView};
use crate::units::PacketCount;

/// What packets of an interface are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) link_type: LinkType,
    pub(super) resolution: Resolution,
}

#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    feeds: Vec<Feed>,
    /// By their ids.
    interfaces: Vec<Option<Known>>,
    looked_at: PacketCount,
    skipped: PacketCount,
    /// Some were skipped since the reader looked.
    has_skipped: bool,
    has_lost: bool,
    /// Nobody looks any more.
    is_closed: bool,
}

/// What there is to look at of one source.
#[derive(Debug)]
struct Feed {
    followed: Followed,
    pieces: VecDeque<Piece>,
    /// Number of the next piece.
    next: u64,
    /// The piece that is being read.
    reading: Option<u64>,
    empties: VecDeque<SegmentWriter>,
    /// Empty segments that the source got and that were not read to their end.
    ahead: u64,
    has_ended: bool,
    is_finished: bool,
}

/// A segment, and how far it was looked at.
#[derive(Debug)]
struct Piece {
    number: u64,
    segment: Segment,
    sealed: Option<Contents>,
    read: Read,
}

#[derive(Debug)]
enum Segment {
    Remembered(WeakView),
    Held(OpenView),
}

/// How far a segment was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) bytes: usize,
    pub(super) packets: u64,
}

/// A segment to be read.
pub(super) struct Job {
    pub(super) view: OpenView,
    number: u64,
    /// What it holds, when nothing more will come.
    pub(super) sealed: Option<Contents>,
    pub(super) read: Read,
}

impl Inbox {
    pub(super) fn new(sources: Vec<Followed>) -> Self {
        let feed = |followed| Feed {
            followed,
            pieces: VecDeque::with_capacity(limits::FOLLOW_BEHIND_MAX + 2),
            next: 0,
            reading: None,
            empties: VecDeque::new(),
            ahead: 0,
            has_ended: false,
            is_finished: false,
        };
        Self {
            state: Mutex::new(State {
                feeds: sources.into_iter().map(feed).collect(),
                ..State::default()
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is something new to look at.
    pub(super) fn heard(&self, message: &FromSource) -> bool {
        let mut state = self.state();
        match message {
            FromSource::Opened {
                interface,
                description,
                ..
            } => {
                state.describe(
                    *interface,
                    Known {
                        link_type: description.link_type,
                        resolution: description.resolution,
                    },
                );
                false
            }
            FromSource::Took { source, view } => {
                state.took(*source, view);
                false
            }
            FromSource::Full { source, segment } => {
                state.sealed(*source, Some(segment));
                true
            }
            FromSource::Cut {
                source, segment, ..
            } => {
                state.sealed(*source, segment.as_ref());
                true
            }
            FromSource::Ended {
                source, segment, ..
            } => {
                state.sealed(*source, segment.as_ref());
                if let Some(feed) = state.feed(*source) {
                    feed.has_ended = true;
                }
                true
            }
            FromSource::Link { .. } => false,
        }
    }

    pub(super) fn supply(
        &self,
        source: SourceId,
        empty: SegmentWriter,
    ) -> Result<(), SegmentWriter> {
        let mut state = self.state();
        let is_closed = state.is_closed;
        match state.feed(source) {
            Some(feed) if !matches!(feed.followed, Followed::Live) => {
                feed.empties.push_back(empty);
                feed.pass_empties(is_closed);
                Ok(())
            }
            _ => Err(empty),
        }
    }

    pub(super) fn lost(&self) {
        self.state().has_lost = true;
    }

    pub(super) fn take_lost(&self) -> bool {
        std::mem::take(&mut self.state().has_lost)
    }

    pub(super) fn take_skipped(&self) -> bool {
        std::mem::take(&mut self.state().has_skipped)
    }

    pub(super) fn not_looked_at(&self) -> PacketCount {
        self.state().skipped
    }

    pub(super) fn looked_at(&self) -> PacketCount {
        self.state().looked_at
    }

    pub(super) fn sources(&self) -> usize {
        self.state().feeds.len()
    }

    /// Whether all sources are live.
    pub(super) fn is_live(&self) -> bool {
        let state = self.state();
        let live = |feed: &Feed| matches!(feed.followed, Followed::Live);
        state.feeds.iter().all(live)
    }

    /// The oldest segment of a source that is not read to its end, and what is
    /// known of interfaces. Segments that are gone are skipped.
    pub(super) fn begin(&self, source: usize, interfaces: &mut Vec<Option<Known>>) -> Option<Job> {
        let mut state = self.state();
        if *interfaces != state.interfaces {
            interfaces.clone_from(&state.interfaces);
        }
        loop {
            let feed = state.feeds.get_mut(source)?;
            let piece = feed.pieces.front()?;
            let Some(view) = piece.segment.view() else {
                let skipped = feed.drop_piece(0);
                state.skip(skipped);
                continue;
            };
            feed.reading = Some(piece.number);
            return Some(Job {
                view,
                number: piece.number,
                sealed: piece.sealed,
                read: piece.read,
            });
        }
    }

    /// A segment was read so far; it is not held any more. Whether it is done with.
    pub(super) fn end(&self, source: usize, job: Job, read: Read) -> bool {
        let (number, before) = (job.number, job.read.packets);
        drop(job);
        let mut state = self.state();
        state.looked_at.0 += read.packets.saturating_sub(before);
        let is_closed = state.is_closed;
        let Some(feed) = state.feeds.get_mut(source) else {
            return false;
        };
        feed.reading = None;
        let Some(piece) = feed.pieces.front_mut() else {
            return false;
        };
        if piece.number != number {
            return false;
        }
        piece.read = read;
        let is_done = piece
            .sealed
            .is_some_and(|contents| read.bytes >= contents.bytes.as_usize());
        if is_done {
            feed.drop_piece(0);
            feed.pass_empties(is_closed);
        }
        is_done
    }

    /// Packets of a segment that make no sense are not looked at.
    pub(super) fn skip(&self, packets: PacketCount) {
        self.state().skip(packets);
    }

    /// The sources that have ended and were read to their end since this was asked.
    pub(super) fn take_finished(&self) -> Vec<SourceId> {
        let mut finished = Vec::new();
        for (feed, index) in self.state().feeds.iter_mut().zip(0..) {
            if feed.has_ended && feed.pieces.is_empty() && !feed.is_finished {
                feed.is_finished = true;
                finished.push(SourceId(index));
            }
        }
        finished
    }

    /// Nobody looks any more: files get their room at once.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        for feed in &mut state.feeds {
            feed.pieces.clear();
            feed.pass_empties(true);
        }
    }
}

impl State {
    fn feed(&mut self, source: SourceId) -> Option<&mut Feed> {
        self.feeds.get_mut(usize::from(source.0))
    }

    fn describe(&mut self, interface: InterfaceId, known: Known) {
        let index = interface.0 as usize;
        if index >= limits::INTERFACES_MAX {
            return;
        }
        if self.interfaces.len() <= index {
            self.interfaces.resize(index + 1, None);
        }
        self.interfaces[index] = Some(known);
    }

    fn took(&mut self, source: SourceId, view: &OpenView) {
        if self.is_closed {
            return;
        }
        let Some(feed) = self.feed(source) else {
            return;
        };
        let segment = match feed.followed {
            Followed::Live => Segment::Remembered(view.remember()),
            Followed::File { .. } => Segment::Held(view.clone()),
        };
        let number = feed.next;
        feed.next += 1;
        feed.pieces.push_back(Piece {
            number,
            segment,
            sealed: None,
            read: Read::default(),
        });
    }

    /// The newest segment of a source is complete.
    fn sealed(&mut self, source: SourceId, segment: Option<&Sealed>) {
        let Some(feed) = self.feed(source) else {
            return;
        };
        let Some(segment) = segment else {
            return;
        };
        let Some(piece) = feed.pieces.back_mut() else {
            return;
        };
        piece.sealed = Some(segment.contents());
        let is_live = matches!(feed.followed, Followed::Live);
        if is_live && feed.pieces.len() > limits::FOLLOW_BEHIND_MAX {
            let oldest = feed.pieces.front().map(|piece| piece.number);
            // The one that is being read is not taken away.
            let which = usize::from(oldest == feed.reading);
            let skipped = feed.drop_piece(which);
            self.skip(skipped);
        }
    }

    fn skip(&mut self, packets: PacketCount) {
        self.skipped.0 += packets.0;
        self.has_skipped |= packets.0 > 0;
    }
}

impl Feed {
    /// Forgets a segment; answers with its packets that were not looked at.
    fn drop_piece(&mut self, index: usize) -> PacketCount {
        let Some(piece) = self.pieces.remove(index) else {
            return PacketCount(0);
        };
        self.ahead = self.ahead.saturating_sub(1);
        let all = piece.sealed.map_or(0, |contents| contents.packets.0);
        PacketCount(all.saturating_sub(piece.read.packets))
    }

    /// Gives the source of a file its room.
    fn pass_empties(&mut self, at_once: bool) {
        let Followed::File { empties } = &self.followed else {
            return;
        };
        while at_once || self.ahead < limits::FOLLOW_AHEAD_MAX {
            let Some(empty) = self.empties.pop_front() else {
                return;
            };
            self.ahead += 1;
            // There is room: the keeper counts what lies ready. A source that has
            // ended needs none.
            let _ = empties.try_send(empty);
        }
    }
}

impl Segment {
    fn view(&self) -> Option<OpenView> {
        match self {
            Self::Remembered(view) => view.hold(),
            Self::Held(view) => Some(view.clone()),
        }
    }
}
