//! One block after another into the survey.

use std::io;

use pcap_parser::pcapng::{Block, OptionCode, PcapNGOption, UnknownBlock};
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{
    InterfaceDescriptionBlock, InterfaceStatisticsBlock, PcapBlockOwned, PcapError, PcapHeader,
    SectionHeaderBlock,
};

use super::super::LinkType;
use super::super::head::InterfaceStatistics;
use super::time::Ticks;
use super::{Broken, FileFormat, PacketComment, Survey, SurveyedInterface};
use crate::limits::{INTERFACES_MAX, READ_BLOCK_MAX, READ_COMMENTS_MAX, READ_TEXT_BYTES_MAX};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// The Packet Block of older files (appendix of the draft), unknown to the parser.
const OBSOLETE_PACKET: u32 = 2;
const OBSOLETE_TICKS: usize = 4;
const OBSOLETE_ORIGINAL: usize = 16;

/// A walk under way.
pub(super) struct Walk {
    survey: Survey,
    big_endian: bool,
    /// How the ticks of each of this section's interfaces become times.
    ticks: Vec<Ticks>,
    /// Where this section's interfaces begin among those of the survey.
    section: usize,
}

/// One packet, as far as it matters here.
struct Packet {
    interface: usize,
    ticks: Option<u64>,
    original: u32,
}

impl Walk {
    pub(super) fn new(size: ByteCount) -> Self {
        let survey = Survey {
            format: FileFormat::Pcapng,
            size,
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
        };
        Self {
            survey,
            big_endian: false,
            ticks: Vec::new(),
            section: 0,
        }
    }

    pub(super) fn finish(self, broken: Option<Broken>) -> Survey {
        Survey {
            broken,
            ..self.survey
        }
    }

    /// Reads to the end, or to where the file breaks. `capacity` is that of the
    /// reader's buffer; `told` gives what the system said, if it was the system.
    pub(super) fn read(
        &mut self,
        reader: &mut dyn PcapReaderIterator,
        mut capacity: usize,
        told: impl Fn() -> Option<io::Error>,
    ) -> Option<Broken> {
        loop {
            let offset = reader.consumed() as u64;
            let result = match reader.next() {
                // A block of no length would be read for ever.
                Ok((0, _)) => return Some(Broken::Corrupt { offset }),
                Ok((length, block)) => {
                    self.take(block);
                    Ok(length)
                }
                Err(PcapError::Eof) => return None,
                Err(PcapError::Incomplete(_)) => Err(Want::Refill),
                Err(PcapError::BufferTooSmall) => Err(Want::Room),
                Err(PcapError::UnexpectedEof) => return Some(Broken::CutOff { offset }),
                Err(_) => return Some(Broken::Corrupt { offset }),
            };
            match result {
                Ok(length) => {
                    reader.consume(length);
                    continue;
                }
                Err(Want::Refill) => {}
                Err(Want::Room) if capacity >= READ_BLOCK_MAX => {
                    return Some(Broken::TooLarge { offset });
                }
                Err(Want::Room) => {
                    capacity = (capacity * 2).min(READ_BLOCK_MAX);
                    reader.grow(capacity);
                }
            }
            if reader.refill().is_err() {
                let source = told().unwrap_or_else(|| io::ErrorKind::Other.into());
                return Some(Broken::Read { offset, source });
            }
        }
    }

    fn take(&mut self, block: PcapBlockOwned<'_>) {
        match block {
            PcapBlockOwned::LegacyHeader(header) => self.take_pcap_header(&header),
            PcapBlockOwned::Legacy(record) => {
                let fraction = u64::from(record.ts_usec);
                let per_second = match self.ticks.first() {
                    Some(ticks) if *ticks == Ticks::NANOSECONDS => 1_000_000_000,
                    _ => 1_000_000,
                };
                let packet = Packet {
                    interface: 0,
                    ticks: Some(u64::from(record.ts_sec) * per_second + fraction),
                    original: record.origlen,
                };
                self.count(&packet, &[]);
            }
            PcapBlockOwned::NG(block) => self.take_block(&block),
        }
    }

    fn take_pcap_header(&mut self, header: &PcapHeader) {
        self.survey.format = FileFormat::Pcap;
        self.ticks = vec![if header.is_nanosecond_precision() {
            Ticks::NANOSECONDS
        } else {
            Ticks::MICROSECONDS
        }];
        self.survey.interfaces.push(SurveyedInterface {
            name: None,
            description: None,
            // The upper bits say how frames end (FCS), not what they are.
            link_type: LinkType((header.network.0 & 0xffff) as u16),
            snaplen: header.snaplen,
            filter: None,
            packets: PacketCount(0),
            statistics: None,
        });
    }

    fn take_block(&mut self, block: &Block<'_>) {
        match block {
            Block::SectionHeader(section) => self.take_section(section),
            Block::InterfaceDescription(interface) => self.take_interface(interface),
            Block::EnhancedPacket(packet) => {
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let packet_seen = Packet {
                    interface: packet.if_id as usize,
                    ticks: Some(ticks),
                    original: packet.origlen,
                };
                self.count(&packet_seen, &packet.options);
            }
            Block::SimplePacket(packet) => {
                let packet = Packet {
                    interface: 0,
                    ticks: None,
                    original: packet.origlen,
                };
                self.count(&packet, &[]);
            }
            Block::Unknown(unknown) if unknown.block_type == OBSOLETE_PACKET => {
                if let Some(packet) = self.obsolete_packet(unknown) {
                    self.count(&packet, &[]);
                }
            }
            Block::InterfaceStatistics(statistics) => self.take_statistics(statistics),
            _ => {}
        }
    }

    fn take_section(&mut self, section: &SectionHeaderBlock<'_>) {
        self.big_endian = section.big_endian();
        self.section = self.survey.interfaces.len();
        self.ticks.clear();
        let survey = &mut self.survey;
        if survey.application.is_none() {
            survey.application = text(&section.options, OptionCode::ShbUserAppl);
        }
        if survey.os.is_none() {
            survey.os = text(&section.options, OptionCode::ShbOs);
        }
        let room = READ_COMMENTS_MAX - survey.comments.len();
        survey
            .comments
            .extend(comments(&section.options).take(room));
    }

    fn take_interface(&mut self, block: &InterfaceDescriptionBlock<'_>) {
        if self.survey.interfaces.len() >= INTERFACES_MAX {
            return;
        }
        let options = &block.options;
        let offset = value(options, OptionCode::IfTsoffset)
            .and_then(|bytes| self.u64(bytes, 0))
            .unwrap_or(0);
        self.ticks
            .push(Ticks::new(block.if_tsresol, offset.cast_signed()));
        let filter = text(options, OptionCode::IfFilter);
        self.survey.interfaces.push(SurveyedInterface {
            name: text(options, OptionCode::IfName),
            description: text(options, OptionCode::IfDescription),
            link_type: LinkType((block.linktype.0 & 0xffff) as u16),
            snaplen: block.snaplen,
            // Its first byte says in which language it is: 0 for libpcap's.
            filter: filter.map(|text| text.trim_start_matches('\0').to_owned()),
            packets: PacketCount(0),
            statistics: None,
        });
    }

    fn take_statistics(&mut self, block: &InterfaceStatisticsBlock<'_>) {
        let index = block.if_id as usize;
        let ticks = self.ticks.get(index).copied();
        let options = &block.options;
        let count = |code| {
            let bytes = value(options, code)?;
            self.u64(bytes, 0).map(PacketCount)
        };
        let time = |code| {
            let ticks_seen = self.halves(value(options, code)?, 0)?;
            Some(ticks?.timestamp(ticks_seen))
        };
        let statistics = InterfaceStatistics {
            start: time(OptionCode::IsbStartTime),
            end: time(OptionCode::IsbEndTime),
            received: count(OptionCode::IsbIfRecv),
            interface_drops: count(OptionCode::IsbIfDrop),
            filter_accepted: count(OptionCode::IsbFilterAccept),
            os_drops: count(OptionCode::IsbOsDrop),
            delivered: count(OptionCode::IsbUsrDeliv),
            comments: comments(options).take(READ_COMMENTS_MAX).collect(),
        };
        if let Some(interface) = self.interface(index) {
            interface.statistics = Some(statistics);
        }
    }

    /// One of this section's interfaces.
    fn interface(&mut self, index: usize) -> Option<&mut SurveyedInterface> {
        let index = self.section.checked_add(index)?;
        self.survey.interfaces.get_mut(index)
    }

    fn count(&mut self, packet: &Packet, options: &[PcapNGOption<'_>]) {
        let ticks = self.ticks.get(packet.interface).copied();
        let at = packet.ticks.map(|seen| {
            // A packet of an interface that was never described still has a time.
            ticks.unwrap_or(Ticks::MICROSECONDS).timestamp(seen)
        });
        if let Some(interface) = self.interface(packet.interface) {
            interface.packets.0 += 1;
        }
        let survey = &mut self.survey;
        survey.packets.0 += 1;
        survey.wire_bytes = survey.wire_bytes.plus(ByteCount(packet.original.into()));
        survey.first = earlier(survey.first, at);
        survey.last = survey.last.max(at);
        let room = READ_COMMENTS_MAX - survey.marks.len();
        let number = survey.packets;
        let marks = comments(options).map(|comment| PacketComment {
            number,
            at,
            comment,
        });
        survey.marks.extend(marks.take(room));
    }

    fn obsolete_packet(&self, block: &UnknownBlock<'_>) -> Option<Packet> {
        let interface = block.data.first_chunk::<2>()?;
        Some(Packet {
            interface: usize::from(if self.big_endian {
                u16::from_be_bytes(*interface)
            } else {
                u16::from_le_bytes(*interface)
            }),
            ticks: Some(self.halves(block.data, OBSOLETE_TICKS)?),
            original: self.u32(block.data, OBSOLETE_ORIGINAL)?,
        })
    }

    fn u32(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn u64(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = *bytes.get(at..)?.first_chunk::<8>()?;
        Some(if self.big_endian {
            u64::from_be_bytes(bytes)
        } else {
            u64::from_le_bytes(bytes)
        })
    }

    /// Ticks as the draft splits them: the upper half first, whatever the byte order.
    fn halves(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let (high, low) = (self.u32(bytes, at)?, self.u32(bytes, at + 4)?);
        Some(u64::from(high) << 32 | u64::from(low))
    }
}

/// What the parser wants before it can go on.
enum Want {
    Refill,
    Room,
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}

/// An option's value, without its padding.
fn value<'a>(options: &'a [PcapNGOption<'_>], code: OptionCode) -> Option<&'a [u8]> {
    let option = options.iter().find(|option| option.code == code)?;
    option.as_bytes().ok()
}

/// An option's text, as far as it is text and not longer than it should be.
fn text(options: &[PcapNGOption<'_>], code: OptionCode) -> Option<String> {
    let bytes = value(options, code)?;
    let bytes = &bytes[..bytes.len().min(READ_TEXT_BYTES_MAX)];
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn comments<'a>(options: &'a [PcapNGOption<'_>]) -> impl Iterator<Item = String> + 'a {
    options
        .iter()
        .filter(|option| option.code == OptionCode::Comment)
        .filter_map(|option| option.as_bytes().ok())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}
