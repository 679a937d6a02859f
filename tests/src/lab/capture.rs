//! A look into a saved capture that shares no code with Crashcap: blocks through the crate
//! pcap-parser, headers through etherparse.

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use etherparse::{NetSlice, SlicedPacket, TransportSlice, ether_type};
use pcap_parser::pcapng::{
    Block, EnhancedPacketBlock, InterfaceDescriptionBlock, OptionCode, PcapNGOption,
};
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Linktype, PcapBlockOwned, PcapError, PcapNGReader};

/// More than the largest block that libpcap's largest snaplen allows.
const READ_BUFFER: usize = 1 << 20;

/// One packet of a capture.
#[derive(Clone, Copy, Debug)]
pub struct CapturedPacket<'a> {
    /// Its number in the file, from 1, as Wireshark counts.
    pub number: u64,
    /// Nanoseconds since the epoch.
    pub at_ns: u64,
    /// What its bytes begin with.
    pub link_type: Linktype,
    /// The bytes captured.
    pub data: &'a [u8],
}

/// What a capture says about itself, and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The comments of the section's header.
    pub section_comments: Vec<String>,
    /// Comments on packets: number and text.
    pub packet_comments: Vec<(u64, String)>,
    /// Packets in it.
    pub packets: u64,
    /// The earliest packet's time, in nanoseconds since the epoch.
    pub first_ns: u64,
    /// The latest packet's time, in nanoseconds since the epoch.
    pub last_ns: u64,
    /// Packets whose time is before that of the packet in front of them.
    pub out_of_order: u64,
    /// The drops stated in the interface statistics, summed; `None` when none are stated.
    pub drops: Option<u64>,
}

/// Why a capture could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file could not be opened.
    #[error("open the capture {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not whole or not pcapng.
    #[error("read the capture {path}: {reason}, after {packets} packets")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
        /// How far it came.
        packets: u64,
    },
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSegment<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Reads the capture from its beginning to its end and shows every packet to `each`.
///
/// # Errors
/// When the file cannot be opened, is not pcapng, or breaks off within a block.
pub fn read(
    path: &Path,
    mut each: impl FnMut(CapturedPacket<'_>),
) -> Result<Summary, CaptureError> {
    let file = File::open(path).map_err(|source| CaptureError::Open {
        path: path.to_owned(),
        source,
    })?;
    let mut walk = Walk::default();
    let broken = |walk: &Walk, reason: String| CaptureError::Broken {
        path: path.to_owned(),
        reason,
        packets: walk.summary.packets,
    };
    let mut reader = PcapNGReader::new(READ_BUFFER, file)
        .map_err(|error| broken(&walk, format!("{error:?}")))?;
    loop {
        match reader.next() {
            Ok((length, block)) => {
                walk.block(&block, &mut each)
                    .map_err(|reason| broken(&walk, reason))?;
                reader.consume(length);
            }
            Err(PcapError::Eof) => return Ok(walk.summary),
            Err(PcapError::Incomplete(_)) => reader
                .refill()
                .map_err(|error| format!("{error:?}"))
                .map_err(|reason| broken(&walk, reason))?,
            Err(error) => {
                let reason = format!("{error:?}");
                return Err(broken(&walk, reason));
            }
        }
    }
}

/// The TCP segment in `packet`; `None` when it holds none that is whole.
pub fn tcp_segment<'a>(packet: &CapturedPacket<'a>) -> Option<TcpSegment<'a>> {
    let sliced = slice(packet)?;
    let (source, destination) = match sliced.net? {
        NetSlice::Ipv4(ip) => (
            IpAddr::V4(ip.header().source_addr()),
            IpAddr::V4(ip.header().destination_addr()),
        ),
        NetSlice::Ipv6(ip) => (
            IpAddr::V6(ip.header().source_addr()),
            IpAddr::V6(ip.header().destination_addr()),
        ),
        NetSlice::Arp(_) => return None,
    };
    let TransportSlice::Tcp(tcp) = sliced.transport? else {
        return None;
    };
    Some(TcpSegment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        payload: tcp.payload(),
    })
}

/// The headers of a packet, for the link types that a loopback capture has anywhere
/// (tcpdump.org/linktypes.html).
fn slice<'a>(packet: &CapturedPacket<'a>) -> Option<SlicedPacket<'a>> {
    const NULL_HEADER: usize = 4;
    const SLL2_HEADER: usize = 20;
    match packet.link_type {
        Linktype::ETHERNET => SlicedPacket::from_ethernet(packet.data).ok(),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => SlicedPacket::from_ip(packet.data).ok(),
        Linktype::NULL | Linktype::LOOP => {
            SlicedPacket::from_ip(packet.data.get(NULL_HEADER..)?).ok()
        }
        Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(packet.data).ok(),
        Linktype::LINUX_SLL2 => {
            let protocol = u16::from_be_bytes(*packet.data.first_chunk::<2>()?);
            let rest = packet.data.get(SLL2_HEADER..)?;
            match etherparse::EtherType(protocol) {
                ether_type::IPV4 | ether_type::IPV6 => SlicedPacket::from_ip(rest).ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: Linktype,
    units_per_second: u64,
    offset_seconds: i64,
}

#[derive(Debug, Default)]
struct Walk {
    interfaces: Vec<Interface>,
    summary: Summary,
    previous_ns: u64,
}

impl Walk {
    fn block(
        &mut self,
        block: &PcapBlockOwned<'_>,
        each: &mut impl FnMut(CapturedPacket<'_>),
    ) -> Result<(), String> {
        let PcapBlockOwned::NG(block) = block else {
            return Err("it is a classic pcap".to_owned());
        };
        match block {
            Block::SectionHeader(header) => {
                // Interface ids count from 0 in each section.
                self.interfaces.clear();
                self.summary
                    .section_comments
                    .extend(comments(&header.options));
            }
            Block::InterfaceDescription(description) => self.interface(description)?,
            Block::InterfaceStatistics(statistics) => {
                let stated = statistics
                    .options
                    .iter()
                    .find(|option| option.code == OptionCode::IsbIfDrop)
                    .and_then(|option| option.as_u64_le().ok());
                if let Some(drops) = stated {
                    *self.summary.drops.get_or_insert(0) += drops;
                }
            }
            Block::EnhancedPacket(packet) => self.packet(packet, each)?,
            _ => {}
        }
        Ok(())
    }

    fn interface(&mut self, description: &InterfaceDescriptionBlock<'_>) -> Result<(), String> {
        let units_per_second = description
            .ts_resolution()
            .filter(|units| *units > 0)
            .ok_or_else(|| format!("if_tsresol {} has no meaning", description.if_tsresol))?;
        self.interfaces.push(Interface {
            link_type: description.linktype,
            units_per_second,
            offset_seconds: description.if_tsoffset,
        });
        Ok(())
    }

    fn packet(
        &mut self,
        packet: &EnhancedPacketBlock<'_>,
        each: &mut impl FnMut(CapturedPacket<'_>),
    ) -> Result<(), String> {
        let interface = usize::try_from(packet.if_id)
            .ok()
            .and_then(|id| self.interfaces.get(id))
            .ok_or_else(|| {
                format!(
                    "a packet names interface {}, which is not described",
                    packet.if_id
                )
            })?;
        let at_ns = interface.nanoseconds(packet.ts_high, packet.ts_low);
        let link_type = interface.link_type;
        let summary = &mut self.summary;
        summary.packets += 1;
        summary.first_ns = if summary.packets == 1 {
            at_ns
        } else {
            summary.first_ns.min(at_ns)
        };
        summary.last_ns = summary.last_ns.max(at_ns);
        summary.out_of_order += u64::from(at_ns < self.previous_ns);
        self.previous_ns = at_ns;
        let number = summary.packets;
        summary
            .packet_comments
            .extend(comments(&packet.options).map(|comment| (number, comment)));
        each(CapturedPacket {
            number,
            at_ns,
            link_type,
            data: packet.packet_data(),
        });
        Ok(())
    }
}

impl Interface {
    fn nanoseconds(self, high: u32, low: u32) -> u64 {
        let units = u128::from(high) << 32 | u128::from(low);
        let nanos = units * 1_000_000_000 / u128::from(self.units_per_second);
        let shifted = i128::try_from(nanos)
            .unwrap_or(i128::MAX)
            .saturating_add(i128::from(self.offset_seconds) * 1_000_000_000);
        u64::try_from(shifted).unwrap_or(0)
    }
}

fn comments<'a>(options: &'a [PcapNGOption<'_>]) -> impl Iterator<Item = String> + 'a {
    options
        .iter()
        .filter(|option| option.code == OptionCode::Comment)
        .filter_map(|option| option.as_bytes().ok())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::sample::SampleCapture;
    use super::*;
    use std::fs;
    use std::net::{Ipv4Addr, SocketAddrV4};

    const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
    const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9973);

    fn sample() -> SampleCapture {
        let mut sample = SampleCapture::new("pid 17 ended");
        sample.tcp(
            1_795_000_000_000_000_005,
            CLIENT,
            SERVER,
            b"GET / HTTP/1.1\r\n\r\n",
        );
        sample.tcp(1_795_000_000_000_000_003, SERVER, CLIENT, b"");
        sample.packet(1_795_000_000_000_000_009, b"no headers");
        sample.drops(7);
        sample
    }

    type Segments = Vec<(u64, SocketAddr, Vec<u8>)>;

    fn read_bytes(bytes: &[u8]) -> (Result<Summary, CaptureError>, Segments) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sample.pcapng");
        fs::write(&path, bytes).unwrap();
        let mut segments = Vec::new();
        let summary = read(&path, |packet| {
            if let Some(segment) = tcp_segment(&packet) {
                segments.push((packet.number, segment.source, segment.payload.to_vec()));
            }
        });
        (summary, segments)
    }

    #[test]
    fn a_capture_is_read_whole() {
        let (summary, segments) = read_bytes(sample().bytes());
        let expected = Summary {
            section_comments: vec!["pid 17 ended".to_owned()],
            packet_comments: vec![],
            packets: 3,
            first_ns: 1_795_000_000_000_000_003,
            last_ns: 1_795_000_000_000_000_009,
            out_of_order: 1,
            drops: Some(7),
        };
        assert_eq!(summary.unwrap(), expected);
        assert_eq!(
            segments,
            [
                (1, CLIENT.into(), b"GET / HTTP/1.1\r\n\r\n".to_vec()),
                (2, SERVER.into(), vec![])
            ]
        );
    }

    #[test]
    fn a_capture_that_breaks_off_is_an_error() {
        let whole = sample();
        for cut in [1, 5, 30] {
            let (summary, _) = read_bytes(&whole.bytes()[..whole.bytes().len() - cut]);
            assert!(matches!(summary, Err(CaptureError::Broken { .. })), "{cut}");
        }
        let (summary, _) = read_bytes(b"not a capture at all, but long enough to be one");
        assert!(matches!(summary, Err(CaptureError::Broken { .. })));
    }

    #[test]
    fn every_loopback_link_type_is_understood() {
        let mut frame = Vec::new();
        etherparse::PacketBuilder::ethernet2([0; 6], [0; 6])
            .ipv4(CLIENT.ip().octets(), SERVER.ip().octets(), 64)
            .tcp(CLIENT.port(), SERVER.port(), 1, 1)
            .write(&mut frame, b"x")
            .unwrap();
        let ip = &frame[14..];
        let sll2 = [&[8, 0], &[0; 18][..], ip].concat();
        let null = [&[2, 0, 0, 0], ip].concat();
        for (link_type, data) in [
            (Linktype::ETHERNET, frame.as_slice()),
            (Linktype::RAW, ip),
            (Linktype::NULL, null.as_slice()),
            (Linktype::LINUX_SLL2, sll2.as_slice()),
        ] {
            let packet = CapturedPacket {
                number: 1,
                at_ns: 0,
                link_type,
                data,
            };
            let segment = tcp_segment(&packet).unwrap();
            assert_eq!(segment.destination, SERVER.into(), "{link_type}");
            assert_eq!(segment.payload, b"x", "{link_type}");
            let cut = CapturedPacket {
                data: &data[..data.len() - 25],
                ..packet
            };
            assert_eq!(tcp_segment(&cut), None, "{link_type}");
        }
    }
}
