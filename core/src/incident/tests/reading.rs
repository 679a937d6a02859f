//! Reading saved files back with another parser, byte for byte.

use std::fs::File;
use std::path::Path;

use pcap_parser::pcapng::{OptionCode, PcapNGOption};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};

use super::Packet;
use crate::units::Timestamp;

/// What a file held.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) comments: Vec<String>,
    pub(super) interfaces: Vec<(String, u32)>,
    pub(super) packets: Vec<Packet>,
    /// Index of the packet and its comment.
    pub(super) marks: Vec<(usize, String)>,
    /// Interface and isb_usrdeliv.
    pub(super) delivered: Vec<(u32, u64)>,
}

fn comments(options: &[PcapNGOption<'_>]) -> Vec<String> {
    options
        .iter()
        .filter(|option| option.code == OptionCode::Comment)
        .map(|option| option.as_str().unwrap().to_owned())
        .collect()
}

pub(super) fn read(path: &Path) -> Read {
    let mut reader = create_reader(8 << 20, File::open(path).unwrap()).unwrap();
    let mut out = Read::default();
    loop {
        match reader.next() {
            Ok((used, block)) => {
                out.take(block);
                reader.consume(used);
            }
            Err(PcapError::Eof) => return out,
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

impl Read {
    fn take(&mut self, block: PcapBlockOwned<'_>) {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.interfaces
                    .push((String::new(), u32::try_from(header.network.0).unwrap()));
            }
            PcapBlockOwned::Legacy(record) => self.packets.push(Packet {
                interface: 0,
                // The magic says that the fraction is nanoseconds.
                at: Timestamp(u64::from(record.ts_sec) * 1_000_000_000 + u64::from(record.ts_usec)),
                bytes: record.data.to_vec(),
                original: record.origlen,
            }),
            PcapBlockOwned::NG(block) => self.take_block(&block),
        }
    }

    fn take_block(&mut self, block: &Block<'_>) {
        match block {
            Block::SectionHeader(section) => self.comments = comments(&section.options),
            Block::InterfaceDescription(interface) => {
                let name = interface.if_name().unwrap().unwrap().to_owned();
                let ticks = if interface.if_tsresol == 9 { 1 } else { 1_000 };
                self.interfaces.push((name, ticks));
            }
            Block::EnhancedPacket(packet) => {
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let (_, scale) = self.interfaces[packet.if_id as usize];
                for comment in comments(&packet.options) {
                    self.marks.push((self.packets.len(), comment));
                }
                self.packets.push(Packet {
                    interface: packet.if_id,
                    at: Timestamp(ticks * u64::from(scale)),
                    bytes: packet.packet_data().to_vec(),
                    original: packet.origlen,
                });
            }
            Block::InterfaceStatistics(statistics) => {
                let delivered = statistics.isb_usrdeliv().unwrap().unwrap();
                self.delivered.push((statistics.if_id, delivered));
            }
            other => panic!("nobody wrote {other:?}"),
        }
    }
}
