//! One block after another, as another program wrote it.

use std::io;

use pcap_parser::pcapng::{Block, OptionCode, PcapNGOption, UnknownBlock};
use pcap_parser::{
    InterfaceDescriptionBlock, InterfaceStatisticsBlock, PcapBlockOwned, PcapError, PcapHeader,
};

use super::super::LinkType;
use super::super::head::InterfaceStatistics;
use super::{Broken, CaptureFile, Ticks};
use crate::limits::{INTERFACES_MAX, READ_BLOCK_MAX, READ_COMMENTS_MAX, READ_TEXT_BYTES_MAX};
use crate::units::{PacketCount, Timestamp};

/// The Packet Block of older files (appendix of the draft), unknown to the parser.
const OBSOLETE_PACKET: u32 = 2;
const OBSOLETE_TICKS: usize = 4;
const OBSOLETE_CAPTURED: usize = 12;
const OBSOLETE_ORIGINAL: usize = 16;
const OBSOLETE_DATA: usize = 20;

/// Takes what a file holds, in its order.
pub(crate) trait Visitor {
    /// A section begins; interfaces are numbered from 0 again.
    fn section(&mut self, _section: FileSection<'_>) {}
    /// The section's next interface.
    fn interface(&mut self, interface: FileInterface);
    /// A packet.
    fn packet(&mut self, packet: FilePacket<'_>);
    /// What one of the section's interfaces counted.
    fn statistics(&mut self, _interface: usize, _statistics: InterfaceStatistics) {}
}

/// The head of a section.
pub(crate) struct FileSection<'a> {
    pub(crate) application: Option<String>,
    pub(crate) os: Option<String>,
    pub(crate) options: &'a [PcapNGOption<'a>],
}

/// An interface as the file describes it.
pub(crate) struct FileInterface {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) link_type: LinkType,
    /// 0 is no limit.
    pub(crate) snaplen: u32,
    pub(crate) filter: Option<String>,
}

/// A packet as the file holds it.
pub(crate) struct FilePacket<'a> {
    /// The number of its interface within the section; it may never have been described.
    pub(crate) interface: usize,
    /// Simple Packet Blocks have none.
    pub(crate) at: Option<Timestamp>,
    /// Bytes on the wire.
    pub(crate) original: u32,
    pub(crate) data: &'a [u8],
    pub(crate) options: &'a [PcapNGOption<'a>],
}

impl CaptureFile {
    /// Reads one block and hands what it holds to the visitor. `false` is the
    /// end of the file.
    ///
    /// # Errors
    /// The file breaks here; nothing after it can be read.
    pub(crate) fn next(&mut self, visitor: &mut impl Visitor) -> Result<bool, Broken> {
        loop {
            let reader = self.reader.as_iterator();
            let offset = reader.consumed() as u64;
            let length = match reader.next() {
                // A block of no length would be read for ever.
                Ok((0, _)) => return Err(Broken::Corrupt { offset }),
                Ok((length, block)) => {
                    take(&mut self.big_endian, &mut self.ticks, block, visitor);
                    length
                }
                Err(PcapError::Eof) => return Ok(false),
                Err(PcapError::Incomplete(_)) => {
                    self.refill(offset)?;
                    continue;
                }
                Err(PcapError::BufferTooSmall) => {
                    self.grow(offset)?;
                    continue;
                }
                Err(PcapError::UnexpectedEof) => return Err(Broken::CutOff { offset }),
                Err(_) => return Err(Broken::Corrupt { offset }),
            };
            self.reader.as_iterator().consume(length);
            return Ok(true);
        }
    }

    fn grow(&mut self, offset: u64) -> Result<(), Broken> {
        if self.capacity >= READ_BLOCK_MAX {
            return Err(Broken::TooLarge { offset });
        }
        self.capacity = (self.capacity * 2).min(READ_BLOCK_MAX);
        self.reader.as_iterator().grow(self.capacity);
        self.refill(offset)
    }

    fn refill(&mut self, offset: u64) -> Result<(), Broken> {
        self.reader.as_iterator().refill().map_err(|_| {
            let source = self.trouble.take();
            Broken::Read {
                offset,
                source: source.unwrap_or_else(|| io::ErrorKind::Other.into()),
            }
        })
    }
}

fn take(
    big_endian: &mut bool,
    ticks: &mut Vec<Ticks>,
    block: PcapBlockOwned<'_>,
    visitor: &mut impl Visitor,
) {
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            ticks.clear();
            ticks.push(if header.is_nanosecond_precision() {
                Ticks::NANOSECONDS
            } else {
                Ticks::MICROSECONDS
            });
            visitor.interface(pcap_interface(&header));
        }
        PcapBlockOwned::Legacy(record) => {
            let resolution = ticks.first().copied().unwrap_or(Ticks::MICROSECONDS);
            visitor.packet(FilePacket {
                interface: 0,
                at: Some(resolution.split(record.ts_sec, record.ts_usec)),
                original: record.origlen,
                data: record.data,
                options: &[],
            });
        }
        PcapBlockOwned::NG(Block::SectionHeader(section)) => {
            *big_endian = section.big_endian();
            ticks.clear();
            visitor.section(FileSection {
                application: text(&section.options, OptionCode::ShbUserAppl),
                os: text(&section.options, OptionCode::ShbOs),
                options: &section.options,
            });
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
            if ticks.len() < INTERFACES_MAX {
                let offset = value(&interface.options, OptionCode::IfTsoffset)
                    .and_then(|bytes| Order(*big_endian).u64(bytes, 0));
                let offset = offset.unwrap_or(0).cast_signed();
                ticks.push(Ticks::new(interface.if_tsresol, offset));
                visitor.interface(pcapng_interface(&interface));
            }
        }
        PcapBlockOwned::NG(Block::InterfaceStatistics(statistics)) => {
            let index = statistics.if_id as usize;
            let ticks = ticks.get(index).copied();
            visitor.statistics(index, counted(&statistics, Order(*big_endian), ticks));
        }
        PcapBlockOwned::NG(block) => {
            take_packet(&block, Order(*big_endian), ticks, visitor);
        }
    }
}

fn take_packet(block: &Block<'_>, order: Order, ticks: &[Ticks], visitor: &mut impl Visitor) {
    // A packet of an interface that was never described still has a time.
    let time = |interface: usize, seen: u64| {
        let ticks = ticks.get(interface).copied();
        Some(ticks.unwrap_or(Ticks::MICROSECONDS).timestamp(seen))
    };
    let packet = match block {
        Block::EnhancedPacket(packet) => {
            let seen = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            Some(FilePacket {
                interface: packet.if_id as usize,
                at: time(packet.if_id as usize, seen),
                original: packet.origlen,
                data: head(packet.data, packet.caplen),
                options: &packet.options,
            })
        }
        Block::SimplePacket(packet) => Some(FilePacket {
            interface: 0,
            at: None,
            original: packet.origlen,
            data: head(packet.data, packet.origlen),
            options: &[],
        }),
        Block::Unknown(block) if block.block_type == OBSOLETE_PACKET => {
            obsolete_packet(block, order).map(|(interface, seen, packet)| FilePacket {
                at: time(interface, seen),
                ..packet
            })
        }
        _ => None,
    };
    if let Some(packet) = packet {
        visitor.packet(packet);
    }
}

/// The first bytes of a block's data, without its padding.
fn head(data: &[u8], length: u32) -> &[u8] {
    &data[..data.len().min(length as usize)]
}

fn obsolete_packet<'a>(
    block: &'a UnknownBlock<'_>,
    order: Order,
) -> Option<(usize, u64, FilePacket<'a>)> {
    let interface = usize::from(order.u16(block.data)?);
    let captured = order.u32(block.data, OBSOLETE_CAPTURED)?;
    let packet = FilePacket {
        interface,
        at: None,
        original: order.u32(block.data, OBSOLETE_ORIGINAL)?,
        data: head(block.data.get(OBSOLETE_DATA..)?, captured),
        options: &[],
    };
    Some((interface, order.halves(block.data, OBSOLETE_TICKS)?, packet))
}

fn pcap_interface(header: &PcapHeader) -> FileInterface {
    FileInterface {
        name: None,
        description: None,
        // The upper bits say how frames end (FCS), not what they are.
        link_type: LinkType((header.network.0 & 0xffff) as u16),
        snaplen: header.snaplen,
        filter: None,
    }
}

fn pcapng_interface(block: &InterfaceDescriptionBlock<'_>) -> FileInterface {
    let options = &block.options;
    let filter = text(options, OptionCode::IfFilter);
    FileInterface {
        name: text(options, OptionCode::IfName),
        description: text(options, OptionCode::IfDescription),
        link_type: LinkType((block.linktype.0 & 0xffff) as u16),
        snaplen: block.snaplen,
        // Its first byte says in which language it is: 0 for libpcap's.
        filter: filter.map(|text| text.trim_start_matches('\0').to_owned()),
    }
}

fn counted(
    block: &InterfaceStatisticsBlock<'_>,
    order: Order,
    ticks: Option<Ticks>,
) -> InterfaceStatistics {
    let options = &block.options;
    let count = |code| order.u64(value(options, code)?, 0).map(PacketCount);
    let time = |code| {
        let seen = order.halves(value(options, code)?, 0)?;
        Some(ticks?.timestamp(seen))
    };
    InterfaceStatistics {
        start: time(OptionCode::IsbStartTime),
        end: time(OptionCode::IsbEndTime),
        received: count(OptionCode::IsbIfRecv),
        interface_drops: count(OptionCode::IsbIfDrop),
        filter_accepted: count(OptionCode::IsbFilterAccept),
        os_drops: count(OptionCode::IsbOsDrop),
        delivered: count(OptionCode::IsbUsrDeliv),
        comments: comments(options).take(READ_COMMENTS_MAX).collect(),
    }
}

/// The byte order of a section; `true` is big endian.
#[derive(Clone, Copy)]
struct Order(bool);

impl Order {
    fn u16(self, bytes: &[u8]) -> Option<u16> {
        let bytes = *bytes.first_chunk::<2>()?;
        Some(if self.0 {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.0 {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = *bytes.get(at..)?.first_chunk::<8>()?;
        Some(if self.0 {
            u64::from_be_bytes(bytes)
        } else {
            u64::from_le_bytes(bytes)
        })
    }

    /// Ticks as the draft splits them: the upper half first, whatever the byte order.
    fn halves(self, bytes: &[u8], at: usize) -> Option<u64> {
        let (high, low) = (self.u32(bytes, at)?, self.u32(bytes, at + 4)?);
        Some(u64::from(high) << 32 | u64::from(low))
    }
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

/// The comments among the options of a section, packet or interface.
pub(in crate::pcapng) fn comments<'a>(
    options: &'a [PcapNGOption<'_>],
) -> impl Iterator<Item = String> + 'a {
    options
        .iter()
        .filter(|option| option.code == OptionCode::Comment)
        .filter_map(|option| option.as_bytes().ok())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}
