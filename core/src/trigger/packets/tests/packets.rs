//! Packets and times for tests.

use std::time::Duration;

use etherparse::PacketBuilder;

use crate::clock::{Monotonic, Now};
use crate::packet::Tcp;
use crate::pcapng::{InterfaceId, LinkType};
use crate::trigger::packets::{Noticed, PacketCondition, PacketKind, PacketWatch, Seen};
use crate::trigger::rules::{LeafId, What};
use crate::units::Timestamp;

pub(super) const CLIENT: u16 = 40_000;
pub(super) const SERVER: u16 = 9_973;
const EPOCH: u64 = 1_700_000_000_000_000_000;

/// A moment so many milliseconds after the first.
pub(super) fn at(millis: u64) -> Now {
    let nanos = millis * 1_000_000;
    Now {
        monotonic: Monotonic(nanos),
        wall: Timestamp(EPOCH + nanos),
    }
}

/// A TCP segment, as bare IP, of a peer that has sent nothing yet.
pub(super) fn tcp(from: u16, to: u16, sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    segment(from, to, (sequence, 1), flags, payload)
}

/// A TCP segment, as bare IP, with its number and the one that is awaited.
pub(super) fn segment(
    from: u16,
    to: u16,
    (sequence, awaited): (u32, u32),
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let mut builder =
        PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64).tcp(from, to, sequence, 1_000);
    if flags & Tcp::SYN != 0 {
        builder = builder.syn();
    }
    if flags & Tcp::FIN != 0 {
        builder = builder.fin();
    }
    if flags & Tcp::RST != 0 {
        builder = builder.rst();
    }
    if flags & Tcp::ACK != 0 {
        builder = builder.ack(awaited);
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

pub(super) fn udp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .udp(CLIENT, SERVER)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

/// A watch of one condition, and what it told so far.
pub(super) struct Watched {
    pub(super) watch: PacketWatch,
    pub(super) told: Vec<Noticed>,
}

impl Watched {
    pub(super) fn new(kind: PacketKind) -> Self {
        let leaf = LeafId(7);
        let mut watched = Self {
            watch: PacketWatch::new(&[PacketCondition { leaf, kind }]).unwrap(),
            told: Vec::new(),
        };
        watched.tick(0);
        watched
    }

    pub(super) fn packet(&mut self, millis: u64, bytes: &[u8]) {
        let original = u32::try_from(bytes.len()).unwrap();
        self.cut_packet(millis, bytes, original);
    }

    pub(super) fn cut_packet(&mut self, millis: u64, captured: &[u8], original: u32) {
        let seen = Seen {
            interface: InterfaceId(0),
            link_type: LinkType::RAW,
            original,
            captured,
        };
        self.watch.packet(&seen, at(millis), &mut self.told);
    }

    pub(super) fn tick(&mut self, millis: u64) {
        self.watch.tick(at(millis), &mut self.told);
    }

    /// The next bytes of one side, in one segment.
    pub(super) fn say(&mut self, millis: u64, from_client: bool, sequence: u32, payload: &[u8]) {
        let (from, to) = if from_client {
            (CLIENT, SERVER)
        } else {
            (SERVER, CLIENT)
        };
        self.packet(millis, &tcp(from, to, sequence, Tcp::ACK, payload));
    }

    /// When each was told, in milliseconds, since this was asked last.
    pub(super) fn moments(&mut self) -> Vec<u64> {
        let millis = |noticed: Noticed| noticed.at.monotonic.0 / 1_000_000;
        self.told.drain(..).map(millis).collect()
    }

    /// The numbers told since this was asked last; unknown ones are negative.
    pub(super) fn numbers(&mut self) -> Vec<(u64, f64)> {
        let number = |noticed: Noticed| {
            let millis = noticed.at.monotonic.0 / 1_000_000;
            match noticed.what {
                What::Measured(number) => (millis, number),
                _ => (millis, -1.0),
            }
        };
        self.told.drain(..).map(number).collect()
    }
}

pub(super) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
