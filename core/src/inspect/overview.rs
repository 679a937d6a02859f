//! What the page of an incident shows of its file: one pass over any capture.

use std::path::Path;

use super::conversations::Conversations;
use super::timeline::Counting;
use super::{Control, Conversation, Info, PortShare, Timeline, Traffic};
use crate::packet::{Flow, Protocol};
use crate::pcapng::{Beside, FileError, FilePacket, LinkType, survey_beside};
use crate::units::ByteCount;

/// A capture file at a glance.
#[derive(Debug)]
pub struct Overview {
    /// What the file says of itself, and its sums.
    pub info: Info,
    /// Traffic over its span. Packets without a time are not in it.
    pub timeline: Timeline,
    /// The conversations with the most bytes, the busiest first.
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
}

/// Reads a pcap or pcapng file of any program from start to end.
///
/// # Errors
/// Nothing could be read, or `control` called it off ([`FileError::Stopped`]).
/// A file that breaks later is no error: what could be read is told, and where
/// it broke.
pub fn overview(path: &Path, control: &Control) -> Result<Overview, FileError> {
    let mut look = Look {
        control,
        timeline: Counting::new(),
        conversations: Conversations::default(),
    };
    let survey = survey_beside(path, &mut look)?;
    let told = look.conversations.finish();
    Ok(Overview {
        info: Info::new(path, survey),
        timeline: look.timeline.finish(),
        conversations: told.conversations,
        more_conversations: told.more_conversations,
        others: told.others,
        ports: told.ports,
        more_ports: told.more_ports,
    })
}

struct Look<'a> {
    control: &'a Control,
    timeline: Counting,
    conversations: Conversations,
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
    }

    fn goes_on(&mut self, read: ByteCount) -> bool {
        self.control.set_done(read);
        !self.control.is_called_off()
    }
}
