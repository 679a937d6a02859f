//! What the tests of the follower share.

use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use etherparse::PacketBuilder;

use crate::packet::Tcp;
use crate::recorder::follow::{Followed, Follower, FromFollower};
use crate::trigger::packets::{Noticed, PacketCondition, PacketKind, PacketWatch};
use crate::trigger::rules::LeafId;

/// The longest that anything here is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const CLIENT: u16 = 40_000;
pub(super) const SERVER: u16 = 9_973;

/// A follower of conditions whose leaves are numbered from 0.
pub(super) fn follow(
    kinds: &[PacketKind],
    sources: Vec<Followed>,
    room: usize,
) -> (Follower, Receiver<FromFollower>) {
    let numbered = kinds.iter().cloned().zip(0..);
    let conditions: Vec<_> = numbered
        .map(|(kind, leaf)| PacketCondition {
            leaf: LeafId(leaf),
            kind,
        })
        .collect();
    let (out, told) = bounded(room);
    let watch = PacketWatch::new(&conditions).unwrap();
    (Follower::start(watch, sources, out).unwrap(), told)
}

/// A TCP segment, as bare IP.
pub(super) fn tcp(from_client: bool, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if from_client {
        (CLIENT, SERVER)
    } else {
        (SERVER, CLIENT)
    };
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .tcp(from, to, sequence, 1_000)
        .ack(1)
        .write(&mut bytes, payload)
        .unwrap();
    debug_assert!(bytes[20 + 13] & Tcp::ACK != 0);
    bytes
}

/// The next signal, whatever else is told.
pub(super) fn next(told: &Receiver<FromFollower>) -> Noticed {
    loop {
        match told.recv_timeout(PATIENCE).unwrap() {
            FromFollower::Noticed(noticed) => return noticed,
            FromFollower::Problem(problem) => panic!("{problem}"),
            FromFollower::Near(..) | FromFollower::Finished(_) => {}
        }
    }
}
