//! What happens in packets: those that match a filter, bytes in payloads,
//! requests without an answer, silence, traffic, retransmissions.
//!
//! - Pure: [`PacketWatch`] is told packets one after another and that time
//!   passes, and answers with signals for the leaves of rules.
//! - A packet's time counts, not that of its arrival here. Time never goes back:
//!   an earlier packet counts as of the latest moment told.
//! - Its memory is taken at the start: per packet nothing is allocated but
//!   the sentence of a signal.
//! - No packet makes it panic.

mod choice;
mod connections;
mod evidence;
mod filter;
mod no_answer;
mod often;
mod order;
mod pattern;
mod payload;
mod retransmissions;
mod silence;
#[cfg(test)]
mod tests;
mod traffic;

pub use choice::{Often, PacketCondition, PacketError, PacketKind, PayloadText, TrafficUnit};

use self::connections::{Connections, Step};
use self::filter::Filter;
use self::no_answer::NoAnswer;
use self::pattern::Pattern;
use self::payload::Payload;
use self::retransmissions::Retransmissions;
use self::silence::Silence;
use self::traffic::Traffic;
use super::rules::{LeafId, What};
use crate::clock::{Monotonic, Now};
use crate::limits;
use crate::packet::{Transport, device_index};
use crate::pcapng::{InterfaceId, LinkType};

/// One packet as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Under which description it came.
    pub interface: InterfaceId,
    /// How its bytes begin.
    pub link_type: LinkType,
    /// Its length on the wire in bytes.
    pub original: u32,
    /// What was captured of it.
    pub captured: &'a [u8],
}

/// Something for the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Noticed {
    /// Which leaf.
    pub leaf: LeafId,
    /// What is to be signalled of it.
    pub what: What,
    /// When it happened, on the packets' clock.
    pub at: Now,
    /// A sentence for people: "no answer for 5 s: 127.0.0.1:51234 → 127.0.0.1:80".
    pub evidence: String,
}

/// What was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Packets were not looked at.
    Skipped,
    /// Connections were given up, and what they carried before with them.
    GivenUp,
}

/// Conditions over packets that remember what they have seen.
pub struct PacketWatch {
    /// Until the first moment is told, nothing has begun.
    waiting: Vec<(LeafId, Waiting)>,
    leaves: Vec<(LeafId, Kind)>,
    connections: Option<Connections>,
    follows_transport: bool,
    now: Now,
    /// Nothing happens by itself before this.
    due: Monotonic,
    problems: Vec<String>,
}

/// A condition before the first moment.
enum Waiting {
    Ready(Kind),
    Silence(std::time::Duration),
    Traffic(TrafficUnit),
    Retransmissions(std::time::Duration),
}

enum Kind {
    Filter(Filter),
    Payload(Box<Payload>),
    NoAnswer(NoAnswer),
    Silence(Silence),
    Traffic(Traffic),
    Retransmissions(Retransmissions),
}

impl PacketWatch {
    /// Conditions that have seen nothing. Time begins with the first that is told.
    ///
    /// # Errors
    /// One of them cannot be, or there are too many.
    pub fn new(conditions: &[PacketCondition]) -> Result<Self, PacketError> {
        let payloads = conditions.iter().filter(|one| one.kind.needs_payload());
        let too_many = |count, what, most| PacketError::TooMany { count, what, most };
        let (all, payloads) = (conditions.len(), payloads.count());
        if all > limits::PACKET_CONDITIONS_MAX {
            let most = limits::PACKET_CONDITIONS_MAX;
            return Err(too_many(all, "packets", most));
        }
        if payloads > limits::PAYLOAD_CONDITIONS_MAX {
            let most = limits::PAYLOAD_CONDITIONS_MAX;
            return Err(too_many(payloads, "payloads", most));
        }
        let mut waiting = Vec::with_capacity(all);
        let mut ports = Vec::new();
        for (index, PacketCondition { leaf, kind }) in conditions.iter().enumerate() {
            kind.check(&[])?;
            if let PacketKind::NoAnswer { ports: named, .. } = kind {
                ports.extend_from_slice(named);
            }
            waiting.push((*leaf, Waiting::new(kind, index)?));
        }
        let follows = |one: &PacketCondition| one.kind.follows_connections();
        let follows_transport = conditions.iter().any(follows);
        Ok(Self {
            waiting,
            leaves: Vec::with_capacity(all),
            connections: follows_transport.then(|| Connections::new(ports)),
            follows_transport,
            now: Now::default(),
            due: Monotonic(u64::MAX),
            problems: Vec::new(),
        })
    }

    /// Takes in a packet.
    pub fn packet(&mut self, seen: &Seen<'_>, at: Now, out: &mut Vec<Noticed>) {
        self.tick(at, out);
        let at = self.now;
        let transport = if self.follows_transport {
            Transport::of(seen.link_type, seen.captured, seen.original)
        } else {
            None
        };
        let step = transport.as_ref().and_then(|segment| {
            let tcp = segment.tcp?;
            let connections = self.connections.as_mut()?;
            connections.segment(segment, tcp, place_of(seen), at.monotonic)
        });
        for (leaf, kind) in &mut self.leaves {
            let told = match kind {
                Kind::Filter(filter) => {
                    if let Err(error) = filter.prepare(seen.link_type) {
                        self.problems.push(error.to_string());
                    }
                    filter.packet(seen, at.monotonic)
                }
                Kind::Payload(payload) => transport
                    .as_ref()
                    .and_then(|carried| look_into(payload, carried, step.as_ref(), at.monotonic)),
                Kind::NoAnswer(no_answer) => {
                    if step.is_some_and(|step| step.asks) {
                        no_answer.asked(at.monotonic);
                    }
                    None
                }
                Kind::Silence(silence) => {
                    silence.packet(at.monotonic);
                    None
                }
                Kind::Traffic(traffic) => {
                    traffic.packet(seen.original);
                    None
                }
                Kind::Retransmissions(retransmissions) => {
                    if let Some(step) = step {
                        retransmissions.segment(step.place);
                    }
                    None
                }
            };
            if let Some(due) = kind.due() {
                self.due = self.due.min(due);
            }
            if let Some(evidence) = told {
                out.push(Noticed {
                    leaf: *leaf,
                    what: What::Happened,
                    at,
                    evidence,
                });
            }
        }
    }

    /// Time has passed: no packet of before this moment follows.
    pub fn tick(&mut self, at: Now, out: &mut Vec<Noticed>) {
        if !self.waiting.is_empty() {
            self.begin(at);
        }
        while self.due <= at.monotonic {
            self.pass(at, out);
        }
        if at.monotonic >= self.now.monotonic {
            self.now = at;
        }
    }

    /// Packets went by that nobody looked at, until this moment: requests may have been
    /// answered, windows are short. Silence it was not.
    pub fn missed(&mut self, at: Now, out: &mut Vec<Noticed>) {
        if !self.waiting.is_empty() {
            self.begin(at);
        }
        // Before time goes on: what becomes due until then may be untrue.
        if let Some(connections) = &mut self.connections {
            connections.forget();
        }
        self.tell_missed(at.monotonic.max(self.now.monotonic));
        self.tick(at, out);
        self.tell_missed(self.now.monotonic);
        self.find_due();
    }

    /// Packets were lost before they could be seen: answers may have been among
    /// them, so no request of before this moment is told as unanswered.
    pub fn lost(&mut self, at: Now, out: &mut Vec<Noticed>) {
        if let Some(connections) = &mut self.connections {
            connections.forget_requests();
        }
        self.tick(at, out);
    }

    fn tell_missed(&mut self, at: Monotonic) {
        for (_, kind) in &mut self.leaves {
            match kind {
                Kind::Silence(silence) => silence.packet(at),
                Kind::Traffic(traffic) => traffic.missed(),
                Kind::Retransmissions(retransmissions) => retransmissions.missed(),
                Kind::Filter(_) | Kind::Payload(_) | Kind::NoAnswer(_) => {}
            }
        }
    }

    /// The latest moment told.
    #[must_use]
    pub fn now(&self) -> Now {
        self.now
    }

    /// TCP connections that were given up because more than
    /// [`limits::CONNECTIONS_FOLLOWED_MAX`] were open.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.connections.as_ref().map_or(0, Connections::given_up)
    }

    /// Says of each condition that happens and may have missed it that something was
    /// not seen. Those that are measured tell of it with their numbers.
    pub fn note(&self, gap: Gap, sentence: &str, out: &mut Vec<Noticed>) {
        for (leaf, kind) in &self.leaves {
            let may_miss = match kind {
                Kind::Payload(_) | Kind::NoAnswer(_) => true,
                Kind::Filter(_) => gap == Gap::Skipped,
                Kind::Silence(_) | Kind::Traffic(_) | Kind::Retransmissions(_) => false,
            };
            if may_miss {
                out.push(Noticed {
                    leaf: *leaf,
                    what: What::Unknown,
                    at: self.now,
                    evidence: sentence.to_owned(),
                });
            }
        }
    }

    /// How near conditions are to happening, as of the latest moment told: how often
    /// one was seen within its span where it must be several times, else for how many
    /// seconds an answer or a packet has been waited for.
    #[must_use]
    pub fn near(&self) -> Vec<(LeafId, f64)> {
        let now = self.now.monotonic;
        let near = |kind: &Kind| match kind {
            Kind::Filter(filter) => filter.counter().near(now),
            Kind::Payload(payload) => payload.counter().near(now),
            Kind::NoAnswer(no_answer) => {
                let connections = self.connections.as_ref()?;
                Some(no_answer.near(connections, now))
            }
            Kind::Silence(silence) => Some(silence.near(now)),
            Kind::Traffic(_) | Kind::Retransmissions(_) => None,
        };
        let leaves = self.leaves.iter();
        leaves
            .filter_map(|(leaf, kind)| Some((*leaf, near(kind)?)))
            .collect()
    }

    /// Sentences on what cannot be looked for, each once: a filter that does not
    /// compile for a link type that came.
    pub fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    fn begin(&mut self, at: Now) {
        self.now = at;
        for (leaf, waiting) in self.waiting.drain(..) {
            self.leaves.push((leaf, waiting.begin(at.monotonic)));
        }
        self.find_due();
    }

    fn find_due(&mut self) {
        let due = self.leaves.iter().filter_map(|(_, kind)| kind.due()).min();
        self.due = due.unwrap_or(Monotonic(u64::MAX));
    }

    /// Goes on to the next moment at which something happens by itself.
    fn pass(&mut self, until: Now, out: &mut Vec<Noticed>) {
        let due = self.due;
        let before = until.monotonic.since(due);
        let at = Now {
            monotonic: due,
            wall: until.wall.before(before),
        };
        for (leaf, kind) in &mut self.leaves {
            if kind.due().is_none_or(|own| own > due) {
                continue;
            }
            let happened = |evidence| (What::Happened, evidence);
            let told = match kind {
                Kind::NoAnswer(no_answer) => self
                    .connections
                    .as_mut()
                    .and_then(|connections| no_answer.pass(connections, due))
                    .map(happened),
                Kind::Silence(silence) => silence.pass(due).map(happened),
                Kind::Traffic(traffic) => Some(traffic.pass(until.monotonic)),
                Kind::Retransmissions(shares) => Some(shares.pass(until.monotonic)),
                Kind::Filter(_) | Kind::Payload(_) => None,
            };
            if let Some((what, evidence)) = told {
                out.push(Noticed {
                    leaf: *leaf,
                    what,
                    at,
                    evidence,
                });
            }
        }
        self.find_due();
    }
}

impl Waiting {
    fn new(kind: &PacketKind, index: usize) -> Result<Self, PacketError> {
        Ok(match kind {
            PacketKind::Filter { filter, often } => {
                Self::Ready(Kind::Filter(Filter::new(filter.clone(), *often)))
            }
            PacketKind::Payload { text, often } => {
                let payload = Payload::new(Pattern::compile(text)?, *often);
                Self::Ready(Kind::Payload(Box::new(payload)))
            }
            PacketKind::NoAnswer {
                after,
                ports,
                often,
            } => {
                // There are no more conditions than bits.
                let bit = 1 << index;
                let no_answer = NoAnswer::new(*after, ports.clone(), *often, bit);
                Self::Ready(Kind::NoAnswer(no_answer))
            }
            PacketKind::Silence { after } => Self::Silence(*after),
            PacketKind::Traffic(unit) => Self::Traffic(*unit),
            PacketKind::Retransmissions { within } => Self::Retransmissions(*within),
        })
    }

    fn begin(self, at: Monotonic) -> Kind {
        match self {
            Self::Ready(kind) => kind,
            Self::Silence(after) => Kind::Silence(Silence::new(after, at)),
            Self::Traffic(unit) => Kind::Traffic(Traffic::new(unit, at)),
            Self::Retransmissions(within) => {
                Kind::Retransmissions(Retransmissions::new(within, at))
            }
        }
    }
}

impl Kind {
    fn due(&self) -> Option<Monotonic> {
        match self {
            Self::Filter(_) | Self::Payload(_) => None,
            Self::NoAnswer(no_answer) => no_answer.due(),
            Self::Silence(silence) => silence.due(),
            Self::Traffic(traffic) => Some(traffic.due()),
            Self::Retransmissions(retransmissions) => Some(retransmissions.due()),
        }
    }
}

/// Where a packet was seen: the same one is often seen in several places.
fn place_of(seen: &Seen<'_>) -> u64 {
    let device = device_index(seen.link_type, seen.captured).unwrap_or(0);
    u64::from(seen.interface.0) << 32 | u64::from(device)
}

fn look_into(
    payload: &mut Payload,
    carried: &Transport<'_>,
    step: Option<&Step>,
    at: Monotonic,
) -> Option<String> {
    match (carried.tcp, step) {
        (None, _) => payload.datagram(carried, at),
        (Some(_), Some(step)) => payload.segment(step, carried, at),
        (Some(_), None) => None,
    }
}
