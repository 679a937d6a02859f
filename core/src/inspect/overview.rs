//! What the page of an incident shows of its file: one pass over any capture.

use std::path::Path;

use super::conversations::Conversations;
use super::info::Told;
use super::last::LastPackets;
use super::timeline::Counting;
use super::{Control, Conversation, Info, LastPacket, PortShare, Timeline, Traffic};
use crate::incident::moment;
use crate::packet::{Flow, Protocol};
use crate::pcapng::{Beside, FileError, FilePacket, LinkType, first_comments, survey_beside};
use crate::units::{ByteCount, Timestamp};

/// A capture file at a glance.
#[derive(Debug)]
pub struct Overview {
    /// What the file says of itself, and its sums.
    pub info: Info,
    /// Traffic over its span. Packets without a time are not in it.
    pub timeline: Timeline,
    /// The conversations: of an incident those that had a packet last before its
    /// moment come first, of another file the busiest.
    pub conversations: Vec<Conversation>,
    /// Conversations that were counted and are not told.
    pub more_conversations: u64,
    /// Packets of conversations beyond those that can be counted each by
    /// itself; zero but for files of very many.
    pub others: Traffic,
    /// The servers' ports with the most bytes, the busiest first.
    pub ports: Vec<PortShare>,
    /// Ports that were counted and are not told.
    pub more_ports: u64,
    /// Of an incident the last packets with a payload before its moment, the last
    /// first; those that got no answer before others.
    pub last: Vec<LastPacket>,
}

/// Reads a pcap or pcapng file of any program from start to end.
///
/// # Errors
/// Nothing could be read, or `control` called it off ([`FileError::Stopped`]).
/// A file that breaks later is no error: what could be read is told, and where
/// it broke.
pub fn overview(path: &Path, control: &Control) -> Result<Overview, FileError> {
    let moment = moment_of(path);
    let mut look = Look {
        control,
        timeline: Counting::new(),
        conversations: Conversations::before(moment),
        last: LastPackets::before(moment),
    };
    let survey = survey_beside(path, &mut look)?;
    let told = look.conversations.finish();
    let last = look.last.finish(&told.conversations);
    Ok(Overview {
        info: Info::new(path, survey),
        timeline: look.timeline.finish(),
        conversations: told.conversations,
        more_conversations: told.more_conversations,
        others: told.others,
        ports: told.ports,
        more_ports: told.more_ports,
        last,
    })
}

/// The moment of an incident: it stands before the first packet.
fn moment_of(path: &Path) -> Option<Timestamp> {
    let told = Told::new(first_comments(path).ok()?);
    told.facts.map(|facts| moment(&facts.frozen_by))
}

struct Look<'a> {
    control: &'a Control,
    timeline: Counting,
    conversations: Conversations,
    last: LastPackets,
}

impl Beside for Look<'_> {
    fn packet(&mut self, link_type: Option<LinkType>, packet: &FilePacket<'_>) {
        let bytes = ByteCount(packet.original.into());
        if let Some(at) = packet.at {
            self.timeline.count(at, bytes);
        }
        let flow = link_type.map_or(Flow::without_ends(Protocol::NotUnderstood), |link_type| {
            Flow::of(link_type, packet.data)
        });
        self.conversations.count(&flow, packet.at, bytes);
        if let Some(link_type) = link_type {
            self.last.count(link_type, &flow, packet);
        }
    }

    fn goes_on(&mut self, read: ByteCount) -> bool {
        self.control.set_done(read);
        !self.control.is_called_off()
    }
}
