//! The last packets with a payload before the moment that an incident stands
//! for: among them is the request that did it.
//!
//! A request that the target died of got no answer. Of many packets those
//! without one are kept before others.

use std::collections::VecDeque;
use std::time::Duration;

use super::Conversation;
use crate::limits::{LAST_PACKETS_LOOKED_AT, LAST_PACKETS_MAX, LAST_PAYLOAD_BYTES};
use crate::packet::{End, Flow, Protocol, header_length};
use crate::pcapng::{FilePacket, LinkType};
use crate::units::{ByteCount, Timestamp};

/// A packet shortly before the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPacket {
    /// How long before the moment.
    pub before: Duration,
    /// What it is.
    pub protocol: Protocol,
    /// Who sent it.
    pub from: End,
    /// To whom.
    pub to: End,
    /// Bytes of its payload on the wire.
    pub payload: ByteCount,
    /// The beginning of the payload, as far as the file has it; bounded.
    pub start: Vec<u8>,
    /// It went to a server that never sent a payload back.
    pub unanswered: bool,
}

/// Those that were seen so far.
pub(super) struct LastPackets {
    moment: Option<Timestamp>,
    /// In the file's order, which is that of time but for packets of several interfaces.
    seen: VecDeque<Seen>,
}

struct Seen {
    at: Timestamp,
    /// The other end sent a payload later.
    answered: bool,
    packet: LastPacket,
}

impl LastPackets {
    /// Before no moment there is nothing.
    pub(super) fn before(moment: Option<Timestamp>) -> Self {
        Self {
            moment,
            seen: VecDeque::new(),
        }
    }

    pub(super) fn count(&mut self, link_type: LinkType, flow: &Flow, packet: &FilePacket<'_>) {
        let (Some(moment), Some(at), Some((from, to))) = (self.moment, packet.at, flow.ends) else {
            return;
        };
        if at > moment && self.seen.iter().all(|seen| seen.answered) {
            return;
        }
        let headers = header_length(link_type, packet.data);
        let payload = u64::from(packet.original).saturating_sub(headers as u64);
        if payload == 0 || from.port.is_none() {
            return;
        }
        for seen in &mut self.seen {
            let one = &seen.packet;
            seen.answered |=
                at >= seen.at && (one.from, one.to) == (to, from) && one.protocol == flow.protocol;
        }
        if at > moment {
            return;
        }
        let start = packet.data.get(headers..).unwrap_or_default();
        let start = start.get(..LAST_PAYLOAD_BYTES).unwrap_or(start).to_vec();
        self.seen.push_back(Seen {
            at,
            answered: false,
            packet: LastPacket {
                before: moment.since(at),
                protocol: flow.protocol,
                from,
                to,
                payload: ByteCount(payload),
                start,
                unanswered: false,
            },
        });
        if self.seen.len() > LAST_PACKETS_LOOKED_AT {
            self.seen.pop_front();
        }
    }

    /// The last ones, the last first; where there are too many, those without an
    /// answer. The conversations tell who is a server.
    pub(super) fn finish(self, conversations: &[Conversation]) -> Vec<LastPacket> {
        let asks = |one: &LastPacket| {
            conversations
                .iter()
                .any(|of| of.protocol == one.protocol && of.ends == Some((one.from, one.to)))
        };
        let told = self.seen.into_iter().rev().map(|seen| LastPacket {
            unanswered: !seen.answered && asks(&seen.packet),
            ..seen.packet
        });
        let mut all: Vec<LastPacket> = told.collect();
        // Stable: of one time, the later in the file comes first.
        all.sort_by_key(|one| (!one.unanswered, one.before));
        all.truncate(LAST_PACKETS_MAX);
        all.sort_by_key(|one| one.before);
        all
    }
}
