//! What stands before and after a file's packets: the Section Header Block
//! (section 4.1 of the draft), Interface Description Blocks (4.2) and
//! Interface Statistics Blocks (4.6).

use super::writing::{BlockWriter, halves};
use super::{InterfaceDescription, InterfaceId, Resolution};
use crate::units::{PacketCount, Timestamp};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const VERSION_MAJOR: u16 = 1;
const VERSION_MINOR: u16 = 0;
/// The section's length is not said: readers go on to the next block.
const LENGTH_NOT_SAID: i64 = -1;
const SHB_HARDWARE: u16 = 2;
const SHB_OS: u16 = 3;
const SHB_USERAPPL: u16 = 4;

const INTERFACE_DESCRIPTION: u32 = 1;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const IF_FILTER: u16 = 11;
const IF_OS: u16 = 12;
/// The first byte of if_filter: what follows is libpcap's filter language.
const FILTER_IS_LIBPCAP_TEXT: u8 = 0;

const INTERFACE_STATISTICS: u32 = 5;
const ISB_STARTTIME: u16 = 2;
const ISB_ENDTIME: u16 = 3;
const ISB_IFRECV: u16 = 4;
const ISB_IFDROP: u16 = 5;
const ISB_FILTERACCEPT: u16 = 6;
const ISB_OSDROP: u16 = 7;
const ISB_USRDELIV: u16 = 8;

/// What the section's header says. Texts are cut to what one option holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionHeader {
    /// The machine (shb_hardware).
    pub hardware: Option<String>,
    /// Its operating system (shb_os).
    pub os: Option<String>,
    /// The program that writes (shb_userappl).
    pub application: Option<String>,
    /// Comments, in this order.
    pub comments: Vec<String>,
}

/// What is known of an interface's counters. What is not known is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// When counting began (isb_starttime).
    pub start: Option<Timestamp>,
    /// When it ended (isb_endtime).
    pub end: Option<Timestamp>,
    /// Packets received from the interface (isb_ifrecv).
    pub received: Option<PacketCount>,
    /// Packets that the interface dropped for lack of resources (isb_ifdrop).
    pub interface_drops: Option<PacketCount>,
    /// Packets that the filter accepted (isb_filteraccept).
    pub filter_accepted: Option<PacketCount>,
    /// Packets that the system dropped, its buffer being full (isb_osdrop).
    pub os_drops: Option<PacketCount>,
    /// Packets delivered to the capturing program (isb_usrdeliv).
    pub delivered: Option<PacketCount>,
    /// Comments, in this order.
    pub comments: Vec<String>,
}

/// Appends a Section Header Block.
pub fn write_section_header(out: &mut Vec<u8>, header: &SectionHeader) {
    let mut block = BlockWriter::begin(out, SECTION_HEADER);
    block.u32(BYTE_ORDER_MAGIC);
    block.u16(VERSION_MAJOR);
    block.u16(VERSION_MINOR);
    block.i64(LENGTH_NOT_SAID);
    for comment in &header.comments {
        block.comment(comment);
    }
    for (code, text) in [
        (SHB_HARDWARE, &header.hardware),
        (SHB_OS, &header.os),
        (SHB_USERAPPL, &header.application),
    ] {
        if let Some(text) = text {
            block.text(code, text);
        }
    }
    block.finish();
}

/// Appends an Interface Description Block. The first one in a section is
/// interface 0, and so on; `os` is the operating system (if_os).
pub fn write_interface_description(
    out: &mut Vec<u8>,
    description: &InterfaceDescription,
    os: Option<&str>,
) {
    let mut block = BlockWriter::begin(out, INTERFACE_DESCRIPTION);
    block.u16(description.link_type.0);
    block.u16(0);
    block.u32(description.snaplen);
    block.text(IF_NAME, &description.name);
    if let Some(text) = &description.description {
        block.text(IF_DESCRIPTION, text);
    }
    block.option(IF_TSRESOL, &[description.resolution.option_value()]);
    if let Some(filter) = &description.filter {
        let mut value = vec![FILTER_IS_LIBPCAP_TEXT];
        value.extend_from_slice(filter.as_bytes());
        block.option(IF_FILTER, &value);
    }
    if let Some(os) = os {
        block.text(IF_OS, os);
    }
    block.finish();
}

/// Appends an Interface Statistics Block: its times are in the interface's
/// `resolution`, and `at` is when the numbers were read.
pub fn write_interface_statistics(
    out: &mut Vec<u8>,
    interface: InterfaceId,
    resolution: Resolution,
    at: Timestamp,
    statistics: &InterfaceStatistics,
) {
    let mut block = BlockWriter::begin(out, INTERFACE_STATISTICS);
    block.u32(interface.0);
    block.ticks(resolution.ticks(at));
    for comment in &statistics.comments {
        block.comment(comment);
    }
    for (code, time) in [
        (ISB_STARTTIME, statistics.start),
        (ISB_ENDTIME, statistics.end),
    ] {
        if let Some(time) = time {
            block.option(code, &halves(resolution.ticks(time)));
        }
    }
    for (code, count) in [
        (ISB_IFRECV, statistics.received),
        (ISB_IFDROP, statistics.interface_drops),
        (ISB_FILTERACCEPT, statistics.filter_accepted),
        (ISB_OSDROP, statistics.os_drops),
        (ISB_USRDELIV, statistics.delivered),
    ] {
        if let Some(count) = count {
            block.option(code, &count.0.to_ne_bytes());
        }
    }
    block.finish();
}

#[cfg(test)]
mod tests {
    use super::super::LinkType;
    use super::*;
    use pcap_parser::pcapng::{Block, OptionCode, parse_block_le};

    fn parsed(bytes: &[u8]) -> Block<'_> {
        let (rest, block) = parse_block_le(bytes).unwrap();
        assert!(rest.is_empty());
        block
    }

    #[test]
    fn a_section_header_is_read_back() {
        let mut out = Vec::new();
        let header = SectionHeader {
            hardware: Some("x86_64".into()),
            os: Some("Linux".into()),
            application: Some("crashcap 0.1.0".into()),
            comments: vec!["first".into(), "second".into()],
        };
        write_section_header(&mut out, &header);
        let Block::SectionHeader(section) = parsed(&out) else {
            panic!("not a section header");
        };
        assert_eq!(section.shb_hardware(), Some(Ok("x86_64")));
        assert_eq!(section.shb_os(), Some(Ok("Linux")));
        assert_eq!(section.shb_userappl(), Some(Ok("crashcap 0.1.0")));
        let comments: Vec<_> = section
            .options
            .iter()
            .filter(|option| option.code == OptionCode::Comment)
            .map(|option| option.as_str().unwrap())
            .collect();
        assert_eq!(comments, ["first", "second"]);
    }

    #[test]
    fn an_interface_description_is_read_back() {
        let mut out = Vec::new();
        let description = InterfaceDescription {
            name: "eth0".into(),
            description: Some("the uplink".into()),
            link_type: LinkType::ETHERNET,
            snaplen: 65_535,
            resolution: Resolution::Nanoseconds,
            filter: Some("tcp port 9973".into()),
        };
        write_interface_description(&mut out, &description, Some("Linux 6"));
        let Block::InterfaceDescription(block) = parsed(&out) else {
            panic!("not an interface description");
        };
        assert_eq!((block.linktype.0, block.snaplen), (1, 65_535));
        assert_eq!(block.if_name(), Some(Ok("eth0")));
        assert_eq!(block.if_description(), Some(Ok("the uplink")));
        assert_eq!(block.if_filter(), Some(Ok("\0tcp port 9973")));
        assert_eq!(block.if_os(), Some(Ok("Linux 6")));
        assert_eq!(block.if_tsresol, 9);
    }

    #[test]
    fn statistics_hold_what_is_known_and_nothing_else() {
        let mut out = Vec::new();
        let statistics = InterfaceStatistics {
            start: Some(Timestamp(0x0001_0000_0002_0000)),
            os_drops: Some(PacketCount(7)),
            ..InterfaceStatistics::default()
        };
        write_interface_statistics(
            &mut out,
            InterfaceId(2),
            Resolution::Nanoseconds,
            Timestamp(0x0003_0000_0004_0000),
            &statistics,
        );
        let Block::InterfaceStatistics(block) = parsed(&out) else {
            panic!("not statistics");
        };
        assert_eq!(
            (block.if_id, block.ts_high, block.ts_low),
            (2, 0x0003_0000, 0x0004_0000)
        );
        let options: Vec<_> = block.options.iter().map(|option| option.code.0).collect();
        assert_eq!(options, [ISB_STARTTIME, ISB_OSDROP, 0]);
        assert_eq!(block.isb_osdrop(), Some(Ok(7)));
        assert_eq!(block.isb_starttime(), Some(Ok((0x0001_0000, 0x0002_0000))));
    }
}
