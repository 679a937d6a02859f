//! A world for the keeper without threads, devices, disks or clocks: sources
//! that behave as `capture::messages` says, a saver that answers when asked.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use super::{Effect, Input, Keeper, SavedFiles, SaverReply, Settings};
use crate::capture::{AfterCut, FromSource, SourceCommand, SourceEnd};
use crate::clock::{Monotonic, Now};
use crate::incident::Incident;
use crate::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution, blocks};
use crate::profile::{Then, WhenFull};
use crate::recorder::actor::ActorJob;
use crate::recorder::answers::Answer;
use crate::recorder::messages::{Command, Event, Outcome};
use crate::ring::{Append, Sealed, SegmentWriter, SourceId};
use crate::trigger::{FireWhen, ProcessEvent, Trigger, TriggerSet};
use crate::units::{ByteCount, Timestamp};

pub(super) const SEGMENT: usize = 4096;
/// The simulated wall clock starts here.
const EPOCH: u64 = 1_700_000_000_000_000_000;

/// A source as the keeper sees one.
#[derive(Debug, Default)]
struct FakeSource {
    empties: VecDeque<SegmentWriter>,
    open: Option<SegmentWriter>,
    command: Option<SourceCommand>,
    ended: bool,
    /// A source that does not look at its commands any more.
    hung: bool,
}

/// One packet of the model: which source gave it and when; the number is its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) source: usize,
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) length: usize,
}

impl Packet {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![(self.number % 251) as u8; self.length.max(16)];
        bytes[..8].copy_from_slice(&self.number.to_ne_bytes());
        bytes[8..16].copy_from_slice(&(self.source as u64).to_ne_bytes());
        bytes
    }
}

pub(super) struct World {
    pub(super) keeper: Keeper,
    sources: Vec<FakeSource>,
    pub(super) now: Now,
    pub(super) events: Vec<Event>,
    pub(super) to_save: VecDeque<(Incident, PathBuf)>,
    pub(super) saved: Vec<Incident>,
    pub(super) deleted: Vec<PathBuf>,
    /// Incidents whose actions are not done.
    pub(super) to_act: VecDeque<ActorJob>,
    /// Actions were told to be quick.
    pub(super) hurried: bool,
    /// What those who asked were told.
    pub(super) answers: Vec<Answer>,
    pub(super) ended: Option<Outcome>,
    /// Every packet that a source could write, per source in order.
    pub(super) written: Vec<Vec<Packet>>,
    /// Packets that a source had no room for.
    pub(super) dropped: usize,
    number: u64,
}

pub(super) fn settings() -> Settings {
    Settings {
        program: "crashcap test".into(),
        subject: "lo".into(),
        target: None,
        filter: None,
        profile_text: None,
        ring_size: ByteCount(8 * SEGMENT as u64),
        ring_segments: 8,
        age: None,
        spare_per_source: 2,
        reserve: 2,
        tail: Duration::from_millis(100),
        then: Then::Stop,
        folder: "incidents".into(),
        fallback: "fallback".into(),
        live: true,
        save_at_end: false,
        launched: false,
        acts: false,
        rehearsal: false,
    }
}

pub(super) fn rearm() -> Then {
    Then::Rearm {
        cool_down: Duration::ZERO,
        keep_count: None,
        keep_bytes: None,
        when_full: WhenFull::Stop,
    }
}

impl World {
    pub(super) fn new(settings: Settings, sources: usize) -> Self {
        let exit = vec![Trigger::on(ProcessEvent::Exit)];
        Self::with(exit, settings, sources)
    }

    pub(super) fn with(triggers: Vec<Trigger>, settings: Settings, sources: usize) -> Self {
        let now = Now {
            monotonic: Monotonic(1),
            wall: Timestamp(EPOCH),
        };
        let reserve = match settings.then {
            Then::Stop => 0,
            Then::Rearm { .. } => 2,
        };
        let count = settings.ring_segments + sources * (1 + settings.spare_per_source) + reserve;
        let pool = (0..count)
            .map(|_| SegmentWriter::allocate(SEGMENT).unwrap())
            .collect();
        let triggers = TriggerSet::new(triggers, FireWhen::Any, "the target", now);
        let names = (0..sources).map(|number| format!("if{number}")).collect();
        let keeper = Keeper::new(settings, triggers, names, pool, now);
        let mut world = Self {
            keeper,
            sources: (0..sources).map(|_| FakeSource::default()).collect(),
            now,
            events: Vec::new(),
            to_save: VecDeque::new(),
            saved: Vec::new(),
            deleted: Vec::new(),
            to_act: VecDeque::new(),
            hurried: false,
            answers: Vec::new(),
            ended: None,
            written: vec![Vec::new(); sources],
            dropped: 0,
            number: 0,
        };
        let effects = world.keeper.begin(ByteCount(0), now);
        world.carry_out(effects);
        for index in 0..sources {
            let source = SourceId(index as u16);
            world.step(Input::FromSource(FromSource::Opened {
                source,
                interface: InterfaceId(index as u32),
                description: description(index),
                at: now,
            }));
            world.open_next(index);
        }
        world
    }

    pub(super) fn step(&mut self, input: Input) {
        if self.ended.is_some() {
            return;
        }
        let effects = self.keeper.step(input, self.now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: VecDeque<Effect>) {
        for effect in effects {
            match effect {
                Effect::Supply { source, segment } => {
                    self.sources[usize::from(source.0)]
                        .empties
                        .push_back(segment);
                }
                Effect::Tell { source, command } => {
                    self.sources[usize::from(source.0)].command = Some(command);
                }
                Effect::Save { incident, folder } => self.to_save.push_back((*incident, folder)),
                Effect::Delete(paths) => {
                    self.deleted.extend(paths);
                    self.step(Input::Deleted(Vec::new()));
                }
                Effect::Act(job) => self.to_act.push_back(*job),
                Effect::HurryActions => self.hurried = true,
                Effect::Say(event) => self.events.push(*event),
                Effect::Answer { answer, .. } => self.answers.push(answer),
                Effect::End(outcome) => self.ended = Some(outcome),
            }
        }
    }

    /// Lets time pass; sources look at their commands, as after an empty read.
    pub(super) fn pass(&mut self, span: Duration) {
        self.now.monotonic = self.now.monotonic.after(span);
        self.now.wall = self.now.wall.after(span);
        self.step(Input::Tick);
        self.idle_sources();
    }

    pub(super) fn idle_sources(&mut self) {
        for index in 0..self.sources.len() {
            if self.sources[index].hung {
                continue;
            }
            match self.sources[index].command {
                Some(SourceCommand::Stop) => self.end(index, SourceEnd::Stopped),
                Some(SourceCommand::Cut { not_before, .. }) if self.now.monotonic >= not_before => {
                    self.cut(index);
                }
                _ => {}
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) {
        self.step(Input::Command(command));
    }

    pub(super) fn freeze(&mut self) {
        self.command(Command::Freeze { by: "test".into() });
    }

    /// A packet arrives now at a source.
    pub(super) fn packet(&mut self, index: usize, length: usize) {
        if self.sources[index].ended || self.sources[index].hung {
            return;
        }
        let at = self.now.wall;
        if let Some(SourceCommand::Cut { at: cut, .. }) = self.sources[index].command
            && at > cut
        {
            self.cut(index);
            if self.sources[index].ended {
                return;
            }
        }
        self.number += 1;
        let packet = Packet {
            source: index,
            number: self.number,
            at,
            length,
        };
        if self.write(index, &packet) {
            self.written[index].push(packet);
        } else {
            self.dropped += 1;
        }
    }

    fn write(&mut self, index: usize, packet: &Packet) -> bool {
        for _ in 0..2 {
            if self.sources[index].open.is_none() && !self.open_next(index) {
                return false;
            }
            let Some(open) = &mut self.sources[index].open else {
                return false;
            };
            let bytes = packet.bytes();
            let interface = InterfaceId(index as u32);
            let appended = open.append(
                interface,
                Resolution::Nanoseconds,
                packet.at,
                &bytes,
                bytes.len() as u32,
            );
            if appended == Append::Done {
                return true;
            }
            let segment = self.sources[index].open.take().unwrap().seal();
            let source = SourceId(index as u16);
            self.step(Input::FromSource(FromSource::Full { source, segment }));
        }
        false
    }

    fn open_next(&mut self, index: usize) -> bool {
        let Some(empty) = self.sources[index].empties.pop_front() else {
            return false;
        };
        let view = empty.view();
        self.sources[index].open = Some(empty);
        let source = SourceId(index as u16);
        self.step(Input::FromSource(FromSource::Took { source, view }));
        true
    }

    fn cut(&mut self, index: usize) {
        let Some(SourceCommand::Cut { id, then, .. }) = self.sources[index].command.take() else {
            return;
        };
        let segment = self.sources[index].open.take().map(SegmentWriter::seal);
        let source = SourceId(index as u16);
        self.step(Input::FromSource(FromSource::Cut {
            source,
            id,
            segment,
        }));
        if then == AfterCut::Stop {
            self.end(index, SourceEnd::Stopped);
        }
    }

    pub(super) fn end(&mut self, index: usize, end: SourceEnd) {
        if std::mem::replace(&mut self.sources[index].ended, true) {
            return;
        }
        let segment = self.sources[index].open.take().map(SegmentWriter::seal);
        let source = SourceId(index as u16);
        self.step(Input::FromSource(FromSource::Ended {
            source,
            segment,
            end,
        }));
    }

    pub(super) fn hang(&mut self, index: usize) {
        self.sources[index].hung = true;
    }

    pub(super) fn unhang_and_end(&mut self, index: usize) {
        self.sources[index].hung = false;
        self.end(index, SourceEnd::Stopped);
    }

    /// The saver finishes what it has in hand, if anything.
    pub(super) fn saver_answers(&mut self, result: Result<(), &str>) -> bool {
        let Some((incident, folder)) = self.to_save.pop_front() else {
            return false;
        };
        if result.is_ok() {
            // The world keeps a copy of the facts and of the packets' numbers only:
            // holding segments would keep them from being used again.
            self.saved.push(Incident {
                facts: incident.facts.clone(),
                capture: std::sync::Arc::new(crate::incident::FrozenCapture {
                    interfaces: incident.capture.interfaces.clone(),
                    sources: Vec::new(),
                }),
            });
        }
        let files = SavedFiles {
            paths: vec![folder.join(format!("{}.pcapng", self.saved.len()))],
            bytes: ByteCount(10_000),
            took: Duration::from_millis(1),
        };
        self.step(Input::Saver(Box::new(SaverReply {
            incident,
            folder,
            result: result.map(|()| files).map_err(ToOwned::to_owned),
        })));
        true
    }

    /// The packets of the incident that the saver has in hand, per source.
    pub(super) fn incident_packets(&self) -> Vec<Vec<u64>> {
        let (incident, _) = self.to_save.front().expect("an incident to save");
        incident
            .capture
            .sources
            .iter()
            .map(|source| source.segments.iter().flat_map(contents).collect())
            .collect()
    }

    /// The packets that the newest ring and the open segment of each source hold.
    pub(super) fn ring_packets(&mut self) -> Vec<Vec<u64>> {
        let mut held = vec![Vec::new(); self.sources.len()];
        let past_cut = |keeper: &Keeper, source: SourceId| {
            keeper.freezing.is_some() && keeper.sources[usize::from(source.0)].cut
        };
        for (source, segment) in self.keeper.ring.iter() {
            if !past_cut(&self.keeper, *source) {
                held[usize::from(source.0)].extend(contents(segment));
            }
        }
        if let Some(freezing) = &self.keeper.freezing {
            for (source, segment) in freezing.next.iter() {
                held[usize::from(source.0)].extend(contents(segment));
            }
        }
        for (index, list) in held.iter_mut().enumerate() {
            if let Some(open) = self.keeper.open_segment(index) {
                list.extend(contents(&open));
            }
        }
        held
    }
}

/// The numbers of a segment's packets, each checked byte for byte.
fn contents(segment: &Sealed) -> Vec<u64> {
    let number = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().unwrap());
    blocks(segment.bytes())
        .map(|block| {
            let packet = Packet {
                number: number(&block.packet[..8]),
                source: number(&block.packet[8..16]) as usize,
                at: Timestamp(block.ticks),
                length: block.packet.len(),
            };
            assert_eq!(block.packet, packet.bytes());
            packet.number
        })
        .collect()
}

pub(super) fn numbers(packets: &[Packet]) -> Vec<u64> {
    packets.iter().map(|packet| packet.number).collect()
}

fn description(index: usize) -> InterfaceDescription {
    InterfaceDescription {
        name: format!("if{index}"),
        description: None,
        link_type: LinkType::ETHERNET,
        snaplen: 2048,
        resolution: Resolution::Nanoseconds,
        filter: None,
    }
}
