//! What a whole capture file holds, without its packets: one walk from start
//! to end, with bounded memory.
//!
//! Reads pcap and pcapng of any program. A file that is cut off or corrupt
//! gives what could be read, and the sentence where it broke.

use std::path::Path;

use super::LinkType;
use super::file::{
    Broken, CaptureFile, FileError, FileFormat, FileInterface, FilePacket, FileSection, Visitor,
    comments,
};
use super::head::InterfaceStatistics;
use crate::limits::{INTERFACES_MAX, READ_COMMENTS_MAX};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// What a file holds.
#[derive(Debug)]
pub struct Survey {
    /// Which kind of file.
    pub format: FileFormat,
    /// Bytes of the file.
    pub size: ByteCount,
    /// Packets that could be read.
    pub packets: PacketCount,
    /// Bytes of these packets on the wire.
    pub wire_bytes: ByteCount,
    /// The earliest packet's time.
    pub first: Option<Timestamp>,
    /// The latest packet's time.
    pub last: Option<Timestamp>,
    /// The interfaces of all sections, in order; bounded.
    pub interfaces: Vec<SurveyedInterface>,
    /// The program that wrote the first section (shb_userappl).
    pub application: Option<String>,
    /// The system that it ran on (shb_os).
    pub os: Option<String>,
    /// The sections' comments, in order; bounded.
    pub comments: Vec<String>,
    /// Comments on packets, in order; bounded.
    pub marks: Vec<PacketComment>,
    /// Where reading ended early, if it did.
    pub broken: Option<Broken>,
}

/// One interface of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedInterface {
    /// Its name, where the file says it.
    pub name: Option<String>,
    /// Its description, where the file says it.
    pub description: Option<String>,
    /// Its link type.
    pub link_type: LinkType,
    /// The most bytes kept of a packet; 0 is no limit.
    pub snaplen: u32,
    /// The filter, as written.
    pub filter: Option<String>,
    /// Packets that could be read.
    pub packets: PacketCount,
    /// The last statistics block's numbers.
    pub statistics: Option<InterfaceStatistics>,
}

impl SurveyedInterface {
    /// Packets that interface and system dropped, where the file says it.
    #[must_use]
    pub fn drops(&self) -> Option<PacketCount> {
        let statistics = self.statistics.as_ref()?;
        match (statistics.interface_drops, statistics.os_drops) {
            (None, None) => None,
            (one, other) => Some(PacketCount(
                one.map_or(0, |count| count.0)
                    .saturating_add(other.map_or(0, |count| count.0)),
            )),
        }
    }
}

/// A comment on a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketComment {
    /// The packet's number in the file, from 1, as Wireshark counts.
    pub number: PacketCount,
    /// The packet's time.
    pub at: Option<Timestamp>,
    /// The comment.
    pub comment: String,
}

/// Looks at what a survey passes.
pub(crate) trait Beside {
    /// A packet, with its interface's link type where the file describes it.
    fn packet(&mut self, _link_type: Option<LinkType>, _packet: &FilePacket<'_>) {}
    /// Asked after each block, with the bytes read so far; `false` ends the survey.
    fn goes_on(&mut self, _read: ByteCount) -> bool {
        true
    }
}

impl Beside for () {}

/// Walks a capture file.
///
/// # Errors
/// Nothing could be read: the file is missing, empty or no capture. A file
/// that breaks later is no error: see [`Survey::broken`].
pub fn survey(path: &Path) -> Result<Survey, FileError> {
    survey_beside(path, &mut ())
}

/// Walks a capture file, and shows it to another.
///
/// # Errors
/// As [`survey`], and [`FileError::Stopped`] when the other does not go on.
pub(crate) fn survey_beside(path: &Path, beside: &mut impl Beside) -> Result<Survey, FileError> {
    let mut file = CaptureFile::open(path)?;
    let mut walk = Walk {
        survey: Survey {
            format: file.format(),
            size: file.size(),
            packets: PacketCount(0),
            wire_bytes: ByteCount(0),
            first: None,
            last: None,
            interfaces: Vec::new(),
            application: None,
            os: None,
            comments: Vec::new(),
            marks: Vec::new(),
            broken: None,
        },
        section: 0,
        beside,
    };
    loop {
        match file.next(&mut walk) {
            Ok(true) if walk.beside.goes_on(file.read_so_far()) => {}
            Ok(true) => {
                return Err(FileError::Stopped {
                    path: path.to_owned(),
                });
            }
            Ok(false) => return Ok(walk.survey),
            Err(broken) => {
                walk.survey.broken = Some(broken);
                return Ok(walk.survey);
            }
        }
    }
}

/// A walk under way.
struct Walk<'a, B> {
    survey: Survey,
    /// Where this section's interfaces begin among those of the survey.
    section: usize,
    beside: &'a mut B,
}

impl<B> Walk<'_, B> {
    /// One of this section's interfaces.
    fn of_section(&mut self, index: usize) -> Option<&mut SurveyedInterface> {
        let index = self.section.checked_add(index)?;
        self.survey.interfaces.get_mut(index)
    }
}

impl<B: Beside> Visitor for Walk<'_, B> {
    fn section(&mut self, section: FileSection<'_>) {
        let survey = &mut self.survey;
        self.section = survey.interfaces.len();
        if survey.application.is_none() {
            survey.application = section.application;
        }
        if survey.os.is_none() {
            survey.os = section.os;
        }
        let room = READ_COMMENTS_MAX - survey.comments.len();
        survey.comments.extend(comments(section.options).take(room));
    }

    fn interface(&mut self, interface: FileInterface) {
        if self.survey.interfaces.len() >= INTERFACES_MAX {
            return;
        }
        self.survey.interfaces.push(SurveyedInterface {
            name: interface.name,
            description: interface.description,
            link_type: interface.link_type,
            snaplen: interface.snaplen,
            filter: interface.filter,
            packets: PacketCount(0),
            statistics: None,
        });
    }

    fn packet(&mut self, packet: FilePacket<'_>) {
        let link_type = self.of_section(packet.interface).map(|interface| {
            interface.packets.0 += 1;
            interface.link_type
        });
        self.beside.packet(link_type, &packet);
        let at = packet.at;
        let survey = &mut self.survey;
        survey.packets.0 += 1;
        survey.wire_bytes = survey.wire_bytes.plus(ByteCount(packet.original.into()));
        survey.first = [survey.first, at].into_iter().flatten().min();
        survey.last = survey.last.max(at);
        let room = READ_COMMENTS_MAX - survey.marks.len();
        let number = survey.packets;
        let marks = comments(packet.options).map(|comment| PacketComment {
            number,
            at,
            comment,
        });
        survey.marks.extend(marks.take(room));
    }

    fn statistics(&mut self, interface: usize, statistics: InterfaceStatistics) {
        if let Some(interface) = self.of_section(interface) {
            interface.statistics = Some(statistics);
        }
    }
}
