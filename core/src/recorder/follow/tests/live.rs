//! Segments of a live source, written by the test.

use std::time::Duration;

use crossbeam_channel::{after, tick};

use super::stage::{CLIENT, PATIENCE, SERVER, follow, next, tcp};
use crate::capture::{CutId, FromSource, SourceEnd};
use crate::clock;
use crate::limits;
use crate::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution};
use crate::recorder::follow::{Followed, Follower, FromFollower};
use crate::ring::{Append, Sealed, SegmentWriter, SourceId};
use crate::trigger::packets::{Often, PacketKind, PayloadText, TrafficUnit};
use crate::trigger::rules::{LeafId, What};
use crate::units::PacketCount;

const SEGMENT: usize = 16 << 10;
const SOURCE: SourceId = SourceId(0);

/// A source that the test plays.
struct Played<'a> {
    follower: &'a Follower,
    source: SourceId,
    interface: InterfaceId,
    open: Option<SegmentWriter>,
    written: u64,
}

impl<'a> Played<'a> {
    fn new(follower: &'a Follower, source: SourceId) -> Self {
        Self {
            follower,
            source,
            interface: InterfaceId(u32::from(source.0)),
            open: None,
            written: 0,
        }
    }

    fn describe(&self) {
        self.follower.heard(&FromSource::Opened {
            source: self.source,
            interface: self.interface,
            description: InterfaceDescription {
                name: "played".into(),
                description: None,
                link_type: LinkType::RAW,
                snaplen: 65_535,
                resolution: Resolution::Nanoseconds,
                filter: None,
            },
            at: clock::now(),
        });
    }

    fn take(&mut self, empty: SegmentWriter) {
        self.follower.heard(&FromSource::Took {
            source: self.source,
            view: empty.view(),
        });
        self.open = Some(empty);
    }

    /// Writes one packet; into a new segment where the open one is full, whose
    /// memory may be reused at once.
    fn write(&mut self, packet: &[u8]) -> Option<Sealed> {
        let mut full = None;
        loop {
            if self.open.is_none() {
                self.take(SegmentWriter::allocate(SEGMENT).unwrap());
            }
            let Some(open) = &mut self.open else {
                unreachable!("it was just taken");
            };
            let (at, length) = (clock::now().wall, u32::try_from(packet.len()).unwrap());
            if open.append(self.interface, Resolution::Nanoseconds, at, packet, length)
                == Append::Done
            {
                self.written += 1;
                return full;
            }
            let segment = self.open.take().unwrap().seal();
            self.follower.heard(&FromSource::Full {
                source: self.source,
                segment: segment.clone(),
            });
            full = Some(segment);
        }
    }

    fn end(&mut self) {
        self.follower.heard(&FromSource::Ended {
            source: self.source,
            segment: self.open.take().map(SegmentWriter::seal),
            end: SourceEnd::Stopped,
        });
    }
}

fn payload(text: &str) -> PacketKind {
    PacketKind::Payload {
        text: PayloadText::Regex(text.into()),
        often: Often::ONCE,
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let (again, enough) = (tick(Duration::from_millis(2)), after(PATIENCE));
    while !is_so() {
        again.recv().unwrap();
        assert!(enough.try_recv().is_err(), "waited in vain for {what}");
    }
}

#[test]
fn a_packet_is_seen_soon_after_it_is_published() {
    let (follower, told) = follow(&[payload("needle")], vec![Followed::Live], 64);
    let mut source = Played::new(&follower, SOURCE);
    source.describe();
    let mut slowest = Duration::ZERO;
    let mut sequence = 1;
    for turn in 0..20 {
        // Closer ones are told once.
        after(2 * limits::PULSE_SPACING).recv().unwrap();
        // The needle lies across two segments of the stream.
        let written = clock::now();
        for part in [&b"....nee"[..], b"dle...."] {
            source.write(&tcp(false, sequence, part));
            sequence += u32::try_from(part.len()).unwrap();
        }
        let noticed = next(&told);
        let seen = clock::now();
        assert_eq!((noticed.leaf, noticed.what), (LeafId(0), What::Happened));
        // When it was captured, and not when it was looked at; the clocks are
        // read one after the other.
        let slack = Duration::from_millis(2);
        assert!(
            noticed.at.monotonic.after(slack) >= written.monotonic,
            "{turn}"
        );
        assert!(noticed.at.monotonic <= seen.monotonic);
        slowest = slowest.max(seen.monotonic.since(written.monotonic));
    }
    println!("from publishing to the signal: at most {slowest:?} of 20");
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
}

#[test]
fn a_description_that_comes_late_is_waited_for() {
    let (follower, told) = follow(&[payload("needle")], vec![Followed::Live], 64);
    let mut source = Played::new(&follower, SOURCE);
    source.write(&tcp(false, 1, b"a needle"));
    // Several looks see a packet of which nobody knows what it is.
    let nothing = told.recv_timeout(limits::FOLLOW_INTERVAL * 4);
    assert!(nothing.is_err(), "{nothing:?}");
    source.describe();
    assert_eq!(next(&told).leaf, LeafId(0));
    assert_eq!(follower.not_looked_at(), PacketCount(0));
}

#[test]
fn nothing_is_lost_between_segments_cuts_and_sources() {
    let kinds = [payload("needle"), payload("pin")];
    let sources = vec![Followed::Live, Followed::Live];
    let (follower, told) = follow(&kinds, sources, 64);
    let mut first = Played::new(&follower, SourceId(0));
    let mut second = Played::new(&follower, SourceId(1));
    first.describe();
    second.describe();
    // What is kept like a ring's segments is not reused.
    let mut ring = Vec::new();
    for index in 0..50_u32 {
        ring.extend(first.write(&tcp(false, 1 + 1_000 * index, &[b'x'; 1_000])));
        let written = first.written + second.written;
        until("the look", || follower.looked_at().0 == written);
    }
    follower.heard(&FromSource::Cut {
        source: SourceId(0),
        id: CutId(1),
        segment: first.open.take().map(SegmentWriter::seal),
    });
    ring.extend(first.write(&tcp(false, 50_001, b"a needle")));
    ring.extend(second.write(&tcp(true, 1, b"a pin")));
    let mut leaves = [next(&told).leaf, next(&told).leaf];
    leaves.sort();
    assert_eq!(leaves, [LeafId(0), LeafId(1)]);
    first.end();
    second.end();
    let mut finished = Vec::new();
    while finished.len() < 2 {
        if let FromFollower::Finished(source) = told.recv_timeout(PATIENCE).unwrap() {
            finished.push(source);
        }
    }
    assert_eq!(follower.looked_at(), PacketCount(52));
    assert_eq!(follower.not_looked_at(), PacketCount(0));
}

/// A keeper that does not listen, and segments that are reused at once: what was
/// not looked at is counted, and no segment is held.
#[test]
fn a_follower_that_falls_behind_holds_nothing_and_counts_what_it_skips() {
    let (follower, told) = follow(&[payload("needle")], vec![Followed::Live], 1);
    let mut source = Played::new(&follower, SOURCE);
    source.describe();
    let mut sequence = 1;
    let mut kept = std::collections::VecDeque::new();
    let mut reused = 0;
    for round in 0..40 {
        // Each round makes the follower tell something, for which there is no room.
        let (looked, again) = (follower.looked_at(), tick(limits::PULSE_SPACING));
        again.recv().unwrap();
        for _ in 0..60 {
            let packet = tcp(false, sequence, b"a needle, and more than that");
            sequence += 28;
            kept.extend(source.write(&packet));
        }
        if round == 0 {
            until("the first look", || {
                follower.looked_at() > looked || !told.is_empty()
            });
        }
        // The keeper's ring is two segments long.
        while kept.len() > 2 {
            // It is held for no longer than a look takes.
            let mut oldest = kept.pop_front();
            until("the segment", || match oldest.take().map(Sealed::recycle) {
                Some(Err(held)) => {
                    oldest = Some(held);
                    false
                }
                _ => true,
            });
            reused += 1;
        }
    }
    assert!(reused > 2, "{reused}");
    source.end();
    // From here on somebody listens.
    let (mut sentences, mut noted) = (Vec::new(), 0);
    loop {
        match told.recv_timeout(PATIENCE).unwrap() {
            FromFollower::Finished(_) => break,
            FromFollower::Problem(sentence) => sentences.push(sentence),
            FromFollower::Noticed(one) => noted += usize::from(one.what == What::Unknown),
            FromFollower::Near(..) => {}
        }
    }
    // Not for each segment, and not again within a minute.
    assert_eq!((sentences.len(), noted), (1, 1), "{sentences:?}");
    assert!(sentences[0].contains("not looked at"), "{sentences:?}");
    let (looked, skipped) = (follower.looked_at().0, follower.not_looked_at().0);
    assert_eq!(looked + skipped, source.written, "{skipped} skipped");
    assert!(skipped > 0);
}

#[test]
fn time_passes_without_a_packet() {
    let kinds = [
        PacketKind::Silence {
            after: Duration::from_millis(200),
        },
        PacketKind::NoAnswer {
            after: Duration::from_millis(300),
            ports: vec![SERVER],
            often: Often::ONCE,
        },
        PacketKind::Traffic(TrafficUnit::PacketsPerSecond),
    ];
    let (follower, told) = follow(&kinds, vec![Followed::Live], 64);
    let mut source = Played::new(&follower, SOURCE);
    source.describe();
    let asked = clock::now();
    source.write(&tcp(true, 1, b"GET /hang HTTP/1.1\r\n\r\n"));
    let (mut silent, mut unanswered, mut seconds) = (0, 0, Vec::new());
    while seconds.len() < 2 {
        let noticed = next(&told);
        let later = noticed.at.monotonic.since(asked.monotonic);
        match noticed.leaf {
            LeafId(0) => {
                silent += 1;
                assert!(later >= Duration::from_millis(190), "{later:?}");
            }
            LeafId(1) => {
                unanswered += 1;
                assert!(later >= Duration::from_millis(290), "{later:?}");
                assert!(noticed.evidence.contains(&CLIENT.to_string()));
            }
            _ => seconds.push(noticed.what),
        }
    }
    assert_eq!((silent, unanswered), (1, 1));
    assert_eq!(seconds, [What::Measured(1.0), What::Measured(0.0)]);
}

#[test]
fn how_near_conditions_are_and_what_looking_takes_is_told() {
    let kinds = [PacketKind::Silence {
        after: Duration::from_secs(600),
    }];
    let (follower, told) = follow(&kinds, vec![Followed::Live], 64);
    let mut waited = 0.0;
    while waited < 0.4 {
        match told.recv_timeout(PATIENCE).unwrap() {
            FromFollower::Near(LeafId(0), near) => {
                assert!(near >= waited, "{near} after {waited}");
                waited = near;
            }
            other => panic!("{other:?}"),
        }
    }
    if cfg!(target_os = "linux") {
        assert!(follower.cost() > Duration::ZERO);
    }
}

#[test]
fn a_follower_ends_also_while_nobody_listens() {
    let kinds = [PacketKind::Traffic(TrafficUnit::BitsPerSecond)];
    let (follower, told) = follow(&kinds, vec![Followed::Live], 0);
    // Nobody takes the first number: the thread waits for that.
    let waits = told.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(waits, FromFollower::Noticed(_)));
    drop(follower);
    assert!(told.recv_timeout(PATIENCE).is_err());
}
