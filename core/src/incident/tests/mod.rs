//! Saving, seen from outside: incidents made of real segments, files read
//! back by another parser and by tshark.

mod facts_comment;
mod failures;
mod in_words;
mod naming;
mod reading;
mod round_trip;
mod tshark;

use std::sync::Arc;

use super::{Facts, FrozenBy, FrozenCapture, FrozenSource, Incident, InterfaceFacts};
use crate::capture::Counters;
use crate::clock::{Monotonic, Now};
use crate::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution};
use crate::ring::{Append, Sealed, SegmentWriter, SourceId};
use crate::trigger::{Firing, TriggerKind};
use crate::units::{ByteCount, PacketCount, Timestamp};
use crate::watch::{ExitStatus, ProcessIdentity, ProcessInfo};

/// 2026-11-23 05:12:33.123 UTC.
const DEATH: Timestamp = Timestamp(1_795_410_753_123_000_000);

/// One packet of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Packet {
    interface: u32,
    at: Timestamp,
    bytes: Vec<u8>,
    original: u32,
}

fn packet(interface: u32, at: u64, bytes: &[u8]) -> Packet {
    Packet {
        interface,
        at: Timestamp(at),
        bytes: bytes.to_vec(),
        original: u32::try_from(bytes.len()).unwrap(),
    }
}

fn interface(name: &str, link_type: LinkType, resolution: Resolution) -> InterfaceDescription {
    InterfaceDescription {
        name: name.into(),
        description: None,
        link_type,
        snaplen: 262_144,
        resolution,
        filter: Some("tcp port 9973".into()),
    }
}

fn ethernet(name: &str) -> InterfaceDescription {
    interface(name, LinkType::ETHERNET, Resolution::Nanoseconds)
}

/// Segments of `length` bytes with these packets in this order.
fn segments(packets: &[Packet], interfaces: &[InterfaceDescription], length: usize) -> Vec<Sealed> {
    let mut out = Vec::new();
    let mut open = SegmentWriter::allocate(length).unwrap();
    for packet in packets {
        let resolution = interfaces[packet.interface as usize].resolution;
        let append = |open: &mut SegmentWriter| {
            let id = InterfaceId(packet.interface);
            open.append(id, resolution, packet.at, &packet.bytes, packet.original)
        };
        if append(&mut open) == Append::Full {
            let next = SegmentWriter::allocate(length).unwrap();
            out.push(std::mem::replace(&mut open, next).seal());
            assert_eq!(append(&mut open), Append::Done);
        }
    }
    out.push(open.seal());
    out
}

/// An incident of these interfaces and sources, frozen by a crash at [`DEATH`].
fn incident(
    interfaces: &[InterfaceDescription],
    sources: &[Vec<Packet>],
    segment: usize,
) -> Incident {
    let counters = |packets: &[Packet]| Counters {
        packets: PacketCount(packets.len() as u64),
        kernel_drops: Some(PacketCount(0)),
        received: Some(PacketCount(packets.len() as u64)),
        ..Counters::default()
    };
    let frozen = sources
        .iter()
        .enumerate()
        .map(|(index, packets)| FrozenSource {
            source: SourceId(u16::try_from(index).unwrap()),
            interface: InterfaceId(packets.last().map_or(0, |last| last.interface)),
            segments: segments(packets, interfaces, segment),
            counters: counters(packets),
        });
    let capture = FrozenCapture {
        interfaces: interfaces.to_vec(),
        sources: frozen.collect(),
    };
    let times = || sources.iter().flatten().map(|packet| packet.at);
    let mut facts = facts();
    facts.packets = PacketCount(times().count() as u64);
    facts.first = times().min();
    facts.last = times().max();
    facts.interfaces = interfaces
        .iter()
        .zip(sources)
        .map(|(interface, packets)| InterfaceFacts {
            name: interface.name.clone(),
            counters: counters(packets),
            link_events: Vec::new(),
        })
        .collect();
    Incident {
        facts,
        capture: Arc::new(capture),
    }
}

fn now_at(wall: Timestamp) -> Now {
    Now {
        monotonic: Monotonic(wall.0 - 1_000_000_000_000_000_000),
        wall,
    }
}

fn firing(kind: TriggerKind) -> Firing {
    Firing {
        kind,
        at: now_at(DEATH),
        process: Some(ProcessInfo {
            identity: ProcessIdentity {
                pid: 4121,
                started: 77,
            },
            name: "router_runner".into(),
            executable: Some("/opt/router/router_runner".into()),
            command_line: "router_runner --port 9973".into(),
            user: Some("web".into()),
        }),
        status: Some(ExitStatus::Signal {
            number: 11,
            core_dumped: Some(false),
        }),
        seen: None,
        fault: None,
        end: Some(now_at(DEATH)),
        note: None,
    }
}

fn facts() -> Facts {
    Facts {
        version: super::FACTS_VERSION,
        program: "crashcap 0.1.0".into(),
        subject: "router_runner".into(),
        frozen_by: FrozenBy::Firing(Box::new(firing(TriggerKind::Crash))),
        recording_since: Timestamp(DEATH.0 - 60_000_000_000),
        frozen_at: Timestamp(DEATH.0 + 200_000),
        freeze_took_ns: 200_000,
        saved_at: None,
        cut: Timestamp(DEATH.0 + 1_000_000_000),
        tail_cut_short: None,
        exit_method: None,
        target: Some("processes named router_runner".into()),
        filter: Some("tcp port 9973".into()),
        ring: ByteCount::mebibytes(64),
        packets: PacketCount(0),
        bytes: ByteCount(0),
        first: None,
        last: None,
        interfaces: Vec::new(),
        noted: Vec::new(),
        notes: Vec::new(),
        profile: None,
        watched: Vec::new(),
        truncated: false,
    }
}
