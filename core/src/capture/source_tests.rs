//! The loop of a source thread, on a real thread, with packets from a script.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::messages::{AfterCut, Counters, CutId, FromSource, LinkState, SourceCommand, SourceEnd};
use super::registry::InterfaceRegistry;
use super::source::{self, Packet, Packets, Read, SourceConfig, SourceHandle};
use super::wait::Waker;
use crate::clock::{self, Monotonic};
use crate::pcapng::{InterfaceId, LinkType, Resolution, blocks};
use crate::ring::{Sealed, SegmentWriter, SourceId};
use crate::units::{PacketCount, Timestamp};

const SEGMENT: usize = 4096;
/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

enum Step {
    /// Packets with these times.
    Packets(Vec<u64>),
    Panic,
}

/// Gives what the test sends; without anything it gives nothing.
struct Script {
    steps: Receiver<Step>,
}

impl Packets for Script {
    const PATIENT: bool = false;

    fn read(&mut self, _: usize, mut take: impl FnMut(Packet<'_>)) -> Result<Read, SourceEnd> {
        let Ok(step) = self.steps.try_recv() else {
            return Ok(Read::Packets(0));
        };
        let Step::Packets(times) = step else {
            panic!("this driver is broken");
        };
        for at in &times {
            take(Packet {
                interface: InterfaceId(0),
                resolution: Resolution::Nanoseconds,
                link_type: LinkType::ETHERNET,
                at: Timestamp(*at),
                captured: &[7; 1000],
                original: 1000,
            });
        }
        Ok(Read::Packets(times.len()))
    }

    fn wait(&mut self, most: Duration) {
        let mut select = crossbeam_channel::Select::new();
        select.recv(&self.steps);
        let _ = select.ready_timeout(most.min(Duration::from_millis(20)));
    }

    fn count(&mut self, counters: &mut Counters) {
        counters.kernel_drops = Some(PacketCount(3));
    }

    fn link(&mut self) -> Option<LinkState> {
        None
    }
}

struct Stage {
    handle: SourceHandle,
    steps: Sender<Step>,
    empties: Sender<SegmentWriter>,
    heard: Receiver<FromSource>,
}

fn stage(segments: usize) -> Stage {
    let (steps, script) = bounded(16);
    let (empties, ready) = bounded(16);
    let (out, heard) = bounded(64);
    for _ in 0..segments {
        empties
            .send(SegmentWriter::allocate(SEGMENT).unwrap())
            .unwrap();
    }
    let config = SourceConfig {
        id: SourceId(0),
        name: "script".into(),
        headers_only: false,
        interfaces: Arc::new(InterfaceRegistry::default()),
    };
    let script = Script { steps: script };
    let handle = source::spawn(&config, script, Waker::new().unwrap(), ready, out).unwrap();
    Stage {
        handle,
        steps,
        empties,
        heard,
    }
}

impl Stage {
    fn give(&self, times: &[u64]) {
        self.steps.send(Step::Packets(times.to_vec())).unwrap();
    }

    fn cut(&self, at: u64, not_before: Monotonic, then: AfterCut) {
        self.handle.send(SourceCommand::Cut {
            id: CutId(1),
            at: Timestamp(at),
            not_before,
            not_after: not_before.after(PATIENCE),
            then,
        });
    }

    /// What is told next beside segments that were taken.
    fn next(&self) -> FromSource {
        loop {
            match self.heard.recv_timeout(PATIENCE).unwrap() {
                FromSource::Took { .. } => {}
                message => return message,
            }
        }
    }

    fn next_cut(&self) -> Vec<u64> {
        match self.next() {
            FromSource::Cut { segment, .. } => times(segment.as_ref()),
            other => panic!("{other:?}"),
        }
    }

    fn next_end(&self) -> (Vec<u64>, SourceEnd) {
        match self.next() {
            FromSource::Ended { segment, end, .. } => (times(segment.as_ref()), end),
            other => panic!("{other:?}"),
        }
    }
}

fn times(segment: Option<&Sealed>) -> Vec<u64> {
    let Some(segment) = segment else {
        return Vec::new();
    };
    blocks(segment.bytes()).map(|block| block.ticks).collect()
}

#[test]
fn a_thread_that_panics_hands_over_all_it_had_written() {
    let stage = stage(2);
    stage.give(&[1, 2, 3]);
    stage.steps.send(Step::Panic).unwrap();
    let (held, end) = stage.next_end();
    assert_eq!(held, [1, 2, 3]);
    assert_eq!(end, SourceEnd::Panicked("this driver is broken".into()));
    assert_eq!(stage.handle.counters().packets, PacketCount(3));
}

#[test]
fn a_later_packet_reaches_the_cut_and_belongs_to_what_follows() {
    let stage = stage(3);
    let far = clock::now().monotonic.after(PATIENCE);
    stage.cut(20, far, AfterCut::Continue);
    stage.give(&[10, 20, 21, 22]);
    assert_eq!(stage.next_cut(), [10, 20]);
    stage.handle.send(SourceCommand::Stop);
    assert_eq!(stage.next_end(), (vec![21, 22], SourceEnd::Stopped));
}

#[test]
fn a_cut_that_ends_the_recording_takes_nothing_later() {
    let stage = stage(2);
    let far = clock::now().monotonic.after(PATIENCE);
    stage.cut(20, far, AfterCut::Stop);
    stage.give(&[10, 21, 15]);
    assert_eq!(stage.next_cut(), [10]);
    assert_eq!(stage.next_end(), (vec![], SourceEnd::Stopped));
}

#[test]
fn without_a_later_packet_an_empty_read_in_time_reaches_the_cut() {
    let stage = stage(2);
    stage.give(&[10]);
    let soon = clock::now().monotonic.after(Duration::from_millis(100));
    stage.cut(20, soon, AfterCut::Stop);
    // Not before: it may be late, as another one is under way.
    stage.give(&[12]);
    assert_eq!(stage.next_cut(), [10, 12]);
    assert!(clock::now().monotonic >= soon);
}

#[test]
fn without_an_empty_segment_packets_are_counted_and_nothing_waits() {
    let stage = stage(1);
    // Three packets of 1000 bytes fill a segment.
    stage.give(&[1, 2, 3, 4, 5]);
    match stage.next() {
        FromSource::Full { segment, .. } => assert_eq!(times(Some(&segment)), [1, 2, 3]),
        other => panic!("{other:?}"),
    }
    stage.handle.send(SourceCommand::Stop);
    assert_eq!(stage.next_end(), (vec![], SourceEnd::Stopped));
    let counters = stage.handle.counters();
    assert_eq!(counters.packets, PacketCount(3));
    assert_eq!(counters.ring_drops, PacketCount(2));
    assert!(stage.empties.is_empty());
}

#[test]
fn whatever_ends_a_source_its_counters_are_known() {
    for end in [0, 1] {
        let stage = stage(1);
        if end == 0 {
            stage.handle.send(SourceCommand::Stop);
            stage.next_end();
        } else {
            stage.cut(0, clock::now().monotonic, AfterCut::Continue);
            stage.next_cut();
        }
        let dropped = stage.handle.counters().kernel_drops;
        assert_eq!(dropped, Some(PacketCount(3)));
    }
}
