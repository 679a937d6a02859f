//! The TCP connections that are followed: a bounded table, its memory taken at
//! the start. When it is full, the connection silent for longest is given up.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use foldhash::fast::FixedState;

use super::order::{Direction, Place, distance};
use crate::clock::Monotonic;
use crate::limits;
use crate::packet::{Tcp, Transport};

/// No slot.
const NONE: u32 = u32::MAX;

/// Both ends, the lower first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    low: (u128, u16),
    high: (u128, u16),
}

/// A connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    key: Key,
    sides: [Half; 2],
    /// Which side asks; the other answers.
    client: usize,
    /// The addresses, the client's first.
    ends: (SocketAddr, SocketAddr),
    /// The request that waits for its answer.
    request: Option<Request>,
    /// Who sent a payload last.
    spoke: Option<usize>,
    newer: u32,
    older: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Half {
    order: Direction,
    /// The number of its SYN.
    opened: Option<u32>,
    has_ended: bool,
    /// Where its packets are seen, and when the last was.
    seen: Option<(u64, Monotonic)>,
}

/// A request without an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// When its last new byte was sent.
    pub(super) since: Monotonic,
    /// The answer's first byte.
    answer: Option<u32>,
    /// Which conditions have told it, one bit each.
    pub(super) told: u32,
}

/// What a segment is to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Which connection, below [`limits::CONNECTIONS_FOLLOWED_MAX`].
    pub(super) slot: usize,
    /// Which of its two directions.
    pub(super) side: usize,
    /// The connection was not known before: nothing of it was seen.
    pub(super) is_new: bool,
    /// The other side spoke before this one.
    pub(super) takes_turn: bool,
    pub(super) place: Place,
    /// It is part of a request that now waits.
    pub(super) asks: bool,
}

pub(super) struct Connections {
    slots: Vec<Connection>,
    by_key: HashMap<Key, u32, FixedState>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
    /// Ports of servers, where they are known.
    ports: Vec<u16>,
    given_up: u64,
}

impl Connections {
    pub(super) fn new(ports: Vec<u16>) -> Self {
        let most = limits::CONNECTIONS_FOLLOWED_MAX;
        Self {
            slots: Vec::with_capacity(most),
            // Twice the room: taking out and putting in never makes it grow.
            by_key: HashMap::with_capacity_and_hasher(2 * most, FixedState::default()),
            free: Vec::with_capacity(most),
            newest: NONE,
            oldest: NONE,
            ports,
            given_up: 0,
        }
    }

    /// Connections given up because there were too many.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Takes in a segment seen at a place: an interface, or a device of `any`.
    /// `None` where it belongs to no connection or is a copy from another place.
    pub(super) fn segment(
        &mut self,
        segment: &Transport<'_>,
        tcp: Tcp,
        seen_at: u64,
        at: Monotonic,
    ) -> Option<Step> {
        let (key, side) = key_of(segment);
        let known = self.by_key.get(&key).copied();
        let known = known.filter(|slot| {
            let connection = &self.slots[*slot as usize];
            connection.is_copy(side, seen_at, at) || !connection.is_reopened(side, tcp)
        });
        let slot = match known {
            Some(slot) => slot,
            None => self.open(key, side, segment, tcp)?,
        };
        let connection = &mut self.slots[slot as usize];
        if connection.is_copy(side, seen_at, at) {
            return None;
        }
        let is_new = known.is_none();
        let step = connection.step(side, segment, tcp, (seen_at, at));
        let is_over = tcp.has(Tcp::RST) || connection.sides.iter().all(|half| half.has_ended);
        if is_over {
            self.close(slot);
        } else if self.newest != slot {
            self.unlink(slot);
            self.link_newest(slot);
        }
        Some(Step {
            slot: slot as usize,
            is_new,
            asks: step.asks && !is_over,
            ..step
        })
    }

    /// Each connection with a request that waits.
    pub(super) fn waiting(
        &mut self,
    ) -> impl Iterator<Item = (&mut Request, (SocketAddr, SocketAddr))> {
        let slots = &mut self.slots;
        slots.iter_mut().filter_map(|connection| {
            let ends = connection.ends;
            connection.request.as_mut().map(|request| (request, ends))
        })
    }

    /// How long the oldest request to such a port has been waiting.
    pub(super) fn longest_wait(&self, is_meant: impl Fn(u16) -> bool, now: Monotonic) -> Duration {
        let waiting = self.slots.iter().filter_map(|connection| {
            let (_, server) = connection.ends;
            let request = connection.request.as_ref()?;
            is_meant(server.port()).then(|| now.since(request.since))
        });
        waiting.max().unwrap_or_default()
    }

    /// Packets were not seen: what waits may have been answered, and what
    /// follows has no place.
    pub(super) fn forget(&mut self) {
        self.slots.clear();
        self.by_key.clear();
        self.free.clear();
        (self.newest, self.oldest) = (NONE, NONE);
    }

    /// Answers may have been lost.
    pub(super) fn forget_requests(&mut self) {
        for connection in &mut self.slots {
            connection.request = None;
        }
    }

    /// A slot for a connection that was not known, where a segment begins one.
    fn open(&mut self, key: Key, side: usize, segment: &Transport<'_>, tcp: Tcp) -> Option<u32> {
        let begins = tcp.has(Tcp::SYN) || segment.payload_on_wire > 0;
        if !begins || tcp.has(Tcp::RST) {
            return None;
        }
        if let Some(reopened) = self.by_key.get(&key) {
            self.close(*reopened);
        }
        let slot = self.slot();
        let is_client = self.is_client(segment, tcp);
        let connection = Connection {
            key,
            sides: [Half::default(); 2],
            client: if is_client { side } else { 1 - side },
            ends: if is_client {
                (segment.from, segment.to)
            } else {
                (segment.to, segment.from)
            },
            request: None,
            spoke: None,
            newer: NONE,
            older: NONE,
        };
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = connection,
            None => self.slots.push(connection),
        }
        self.by_key.insert(key, slot);
        self.link_newest(slot);
        Some(slot)
    }

    fn slot(&mut self) -> u32 {
        if self.free.is_empty() && self.slots.len() == limits::CONNECTIONS_FOLLOWED_MAX {
            self.given_up += 1;
            self.close(self.oldest);
        }
        // The table has at most so many slots that 32 bits count them.
        let unused = u32::try_from(self.slots.len()).unwrap_or(NONE);
        self.free.pop().unwrap_or(unused)
    }

    /// Whether the sender is who asks.
    fn is_client(&self, segment: &Transport<'_>, tcp: Tcp) -> bool {
        if tcp.has(Tcp::SYN) {
            return !tcp.has(Tcp::ACK);
        }
        let (from, to) = (segment.from.port(), segment.to.port());
        let is_server = |port| self.ports.contains(&port);
        match (is_server(from), is_server(to)) {
            (false, true) => true,
            (true, false) => false,
            _ => to <= from,
        }
    }

    fn close(&mut self, slot: u32) {
        self.unlink(slot);
        let Some(connection) = self.slots.get_mut(slot as usize) else {
            return;
        };
        connection.request = None;
        self.by_key.remove(&connection.key);
        self.free.push(slot);
    }

    fn link_newest(&mut self, slot: u32) {
        let before = std::mem::replace(&mut self.newest, slot);
        self.slots[slot as usize].older = before;
        self.slots[slot as usize].newer = NONE;
        match self.slots.get_mut(before as usize) {
            Some(before) => before.newer = slot,
            None => self.oldest = slot,
        }
    }

    fn unlink(&mut self, slot: u32) {
        let Some(&Connection { newer, older, .. }) = self.slots.get(slot as usize) else {
            return;
        };
        match self.slots.get_mut(newer as usize) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
    }
}

impl Connection {
    fn is_copy(&self, side: usize, seen_at: u64, at: Monotonic) -> bool {
        self.sides[side]
            .seen
            .is_some_and(|(place, last)| place != seen_at && at.since(last) < limits::COPIES_SPAN)
    }

    /// A SYN of another connection between the same ends.
    fn is_reopened(&self, side: usize, tcp: Tcp) -> bool {
        tcp.has(Tcp::SYN)
            && self.sides[side].order.next().is_some()
            && self.sides[side].opened != Some(tcp.sequence)
    }

    fn step(
        &mut self,
        side: usize,
        segment: &Transport<'_>,
        tcp: Tcp,
        seen: (u64, Monotonic),
    ) -> Step {
        let payload = segment.payload_on_wire;
        let flags = u32::from(tcp.has(Tcp::SYN)) + u32::from(tcp.has(Tcp::FIN));
        let numbers = payload.saturating_add(flags);
        let half = &mut self.sides[side];
        half.seen = Some(seen);
        if tcp.has(Tcp::SYN) {
            half.opened = Some(tcp.sequence);
        }
        half.has_ended |= tcp.has(Tcp::FIN);
        let place = half.order.place(tcp.sequence, numbers, payload, seen.1);
        let is_news = payload > 0 && matches!(place, Place::Next { .. } | Place::AfterGap);
        let takes_turn = is_news && self.spoke != Some(side);
        if is_news {
            self.spoke = Some(side);
        }
        // Who has ended answers nothing any more.
        let asks = is_news && side == self.client && !self.sides[1 - side].has_ended;
        if asks {
            self.request = Some(Request {
                since: seen.1,
                answer: tcp.acknowledged,
                told: 0,
            });
        } else if let Some(request) = self.request
            && self.is_answered(request, side, tcp, numbers)
        {
            self.request = None;
        }
        Step {
            slot: 0,
            side,
            is_new: false,
            takes_turn,
            place,
            asks,
        }
    }

    /// By bytes of the answer; by an acknowledgement of some that were not seen;
    /// or never, because the server ends the connection.
    fn is_answered(&self, request: Request, side: usize, tcp: Tcp, numbers: u32) -> bool {
        let beyond = |sequence| {
            request
                .answer
                .is_none_or(|answer| distance(answer, sequence) > 0)
        };
        if side == self.client {
            tcp.acknowledged
                .is_some_and(|until| request.answer.is_some() && beyond(until))
        } else {
            let answers = numbers > 0 && beyond(tcp.sequence.wrapping_add(numbers));
            answers || tcp.has(Tcp::FIN)
        }
    }
}

fn key_of(segment: &Transport<'_>) -> (Key, usize) {
    let number = |end: SocketAddr| {
        let address = match end.ip() {
            std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            std::net::IpAddr::V6(v6) => v6,
        };
        (address.to_bits(), end.port())
    };
    let (from, to) = (number(segment.from), number(segment.to));
    if from <= to {
        (
            Key {
                low: from,
                high: to,
            },
            0,
        )
    } else {
        (
            Key {
                low: to,
                high: from,
            },
            1,
        )
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
