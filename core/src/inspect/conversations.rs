//! Who talked with whom in a file.
//!
//! A bounded number of conversations is counted each by itself; packets of
//! those that come later are counted together, and their ports still each.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::Traffic;
use crate::limits::{CONVERSATIONS_TOLD_MAX, CONVERSATIONS_TRACKED_MAX, PORTS_TOLD_MAX};
use crate::packet::{End, Flow, Protocol, Side};
use crate::units::{ByteCount, Timestamp};

/// What went between two ends, both ways. A packet captured on two interfaces
/// counts twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// What it is.
    pub protocol: Protocol,
    /// Client and server, where it is IP: who opened it and whom, else who has
    /// the higher port and who the lower, else who sent first and to whom.
    pub ends: Option<(End, End)>,
    /// From the first end to the second; everything where there are no ends.
    pub there: Traffic,
    /// From the second end to the first.
    pub back: Traffic,
    /// Its earliest packet's time, where packets have times.
    pub first: Option<Timestamp>,
    /// Its latest packet's time.
    pub last: Option<Timestamp>,
    /// Of an incident: its latest packet's time that is not after the moment.
    pub last_before: Option<Timestamp>,
}

impl Conversation {
    /// Both ways together.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.there.plus(self.back)
    }
}

/// What went to and from one port of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortShare {
    /// Whose port.
    pub protocol: Protocol,
    /// The port: of two that at which the connection was opened, else the lower.
    pub port: u16,
    /// Both ways together.
    pub traffic: Traffic,
}

/// A conversation whichever way a packet went: the smaller end first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    protocol: Protocol,
    ends: Option<(End, End)>,
}

/// One of a key's two ends, or a way: from that end to the other.
type Which = usize;

struct Tracked {
    /// By who sent it.
    sent: [Traffic; 2],
    first_sender: Which,
    opener: Option<Which>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    last_before: Option<Timestamp>,
}

/// Conversations that are being counted.
#[derive(Default)]
pub(super) struct Conversations {
    moment: Option<Timestamp>,
    /// Hashed quickly: this is done for every packet. Who makes keys that collide
    /// can't make more of them than are tracked.
    tracked: HashMap<Key, Tracked, RandomState>,
    /// Those that came too late to be tracked.
    others: Traffic,
    others_ports: HashMap<(Protocol, u16), Traffic>,
}

/// What they came to.
pub(super) struct Told {
    pub(super) conversations: Vec<Conversation>,
    pub(super) more_conversations: u64,
    pub(super) others: Traffic,
    pub(super) ports: Vec<PortShare>,
    pub(super) more_ports: u64,
}

impl Conversations {
    /// Of an incident with this moment.
    pub(super) fn before(moment: Option<Timestamp>) -> Self {
        Self {
            moment,
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, flow: &Flow, at: Option<Timestamp>, bytes: ByteCount) {
        let (key, sender) = Key::of(flow);
        if self.tracked.len() >= CONVERSATIONS_TRACKED_MAX && !self.tracked.contains_key(&key) {
            self.count_beside(&key, sender, flow, bytes);
            return;
        }
        let tracked = self.tracked.entry(key).or_insert_with(|| Tracked {
            sent: [Traffic::default(); 2],
            first_sender: sender,
            opener: None,
            first: None,
            last: None,
            last_before: None,
        });
        tracked.sent[sender].count(bytes);
        if let Some(opener) = opener(flow, sender) {
            tracked.opener = Some(opener);
        }
        tracked.first = [tracked.first, at].into_iter().flatten().min();
        tracked.last = tracked.last.max(at);
        if at <= self.moment {
            tracked.last_before = tracked.last_before.max(at);
        }
    }

    fn count_beside(&mut self, key: &Key, sender: Which, flow: &Flow, bytes: ByteCount) {
        self.others.count(bytes);
        if let Some(port) = key.port(key.server(opener(flow, sender), sender)) {
            // No more than there are ports.
            let port = self.others_ports.entry((key.protocol, port));
            port.or_default().count(bytes);
        }
    }

    pub(super) fn finish(self) -> Told {
        let mut by_port = self.others_ports;
        let mut all: Vec<Conversation> = Vec::with_capacity(self.tracked.len());
        for (key, tracked) in self.tracked {
            let server = key.server(tracked.opener, tracked.first_sender);
            let conversation = conversation(&key, &tracked, server);
            if let Some(port) = key.port(server) {
                let share = by_port.entry((key.protocol, port)).or_default();
                *share = share.plus(conversation.traffic());
            }
            all.push(conversation);
        }
        let ports = by_port.into_iter();
        let ports = ports.map(|((protocol, port), traffic)| PortShare {
            protocol,
            port,
            traffic,
        });
        let (conversations, more_conversations) = busiest(all, CONVERSATIONS_TOLD_MAX, |one| {
            let last = Reverse(one.last_before);
            (last, Reverse(one.traffic().bytes), one.protocol, one.ends)
        });
        let (ports, more_ports) = busiest(ports.collect(), PORTS_TOLD_MAX, |one| {
            (Reverse(one.traffic.bytes), one.protocol, one.port)
        });
        Told {
            conversations,
            more_conversations,
            others: self.others,
            ports,
            more_ports,
        }
    }
}

/// The first of all in this order, and how many more there are.
fn busiest<T, K: Ord>(mut all: Vec<T>, most: usize, order: impl Fn(&T) -> K) -> (Vec<T>, u64) {
    all.sort_unstable_by_key(order);
    let more = all.len().saturating_sub(most) as u64;
    all.truncate(most);
    (all, more)
}

fn conversation(key: &Key, tracked: &Tracked, server: Which) -> Conversation {
    let client = 1 - server;
    Conversation {
        protocol: key.protocol,
        ends: key.ends.map(|(smaller, larger)| match server {
            1 => (smaller, larger),
            _ => (larger, smaller),
        }),
        there: tracked.sent[client],
        back: tracked.sent[server],
        first: tracked.first,
        last: tracked.last,
        last_before: tracked.last_before,
    }
}

fn opener(flow: &Flow, sender: Which) -> Option<Which> {
    flow.opener.map(|side| match side {
        Side::From => sender,
        Side::To => 1 - sender,
    })
}

/// One long word, or three: what is derived would feed the hasher many short
/// ones, which takes longer than all the rest.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let protocol = match self.protocol {
            Protocol::Ip(number) => u64::from(number),
            Protocol::Ether(number) => 1 << 16 | u64::from(number),
            Protocol::Llc => 2 << 16,
            Protocol::NotUnderstood => 3 << 16,
        };
        let Some((smaller, larger)) = self.ends else {
            return state.write_u64(protocol);
        };
        let port = |end: End| u64::from(end.port.unwrap_or(0));
        let rest = protocol << 32 | port(smaller) << 16 | port(larger);
        match (smaller.address, larger.address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let both = u64::from(one.to_bits()) << 32 | u64::from(other.to_bits());
                state.write_u128(u128::from(both) << 64 | u128::from(rest));
            }
            (one, other) => {
                for address in [one, other] {
                    if let IpAddr::V6(address) = address {
                        state.write_u128(address.to_bits());
                    }
                }
                state.write_u64(rest);
            }
        }
    }
}

impl Key {
    /// The key, and which of its ends sent the packet.
    fn of(flow: &Flow) -> (Self, Which) {
        let protocol = flow.protocol;
        let (ends, sender) = match flow.ends {
            Some((from, to)) if from > to => (Some((to, from)), 1),
            ends => (ends, 0),
        };
        (Self { protocol, ends }, sender)
    }

    fn server(&self, opener: Option<Which>, first_sender: Which) -> Which {
        let by_port = || match (self.port(0)?, self.port(1)?) {
            (one, other) if one == other => None,
            (one, other) => Some(Which::from(other < one)),
        };
        let by_opener = opener.map(|opener| 1 - opener);
        by_opener.or_else(by_port).unwrap_or(1 - first_sender)
    }

    fn port(&self, which: Which) -> Option<u16> {
        let (smaller, larger) = self.ends?;
        [smaller, larger][which].port
    }
}
