//! Packets that are none.

use proptest::prelude::*;

use super::packets::{CLIENT, SERVER, at, tcp, udp};
use crate::packet::Tcp;
use crate::pcapng::{InterfaceId, LinkType};
use crate::trigger::packets::{
    Often, PacketCondition, PacketKind, PacketWatch, PayloadText, Seen, TrafficUnit,
};
use crate::trigger::rules::LeafId;

/// One condition of each kind.
pub(super) fn every_kind() -> Vec<PacketCondition> {
    let kinds = [
        PacketKind::Filter {
            filter: "tcp[13] & 4 != 0 or ip[0] > 0".into(),
            often: Often::ONCE,
        },
        PacketKind::Payload {
            text: PayloadText::Regex("a+b|\\x00".into()),
            often: Often::ONCE,
        },
        PacketKind::NoAnswer {
            after: std::time::Duration::from_millis(50),
            ports: vec![],
            often: Often::ONCE,
        },
        PacketKind::Silence {
            after: std::time::Duration::from_millis(50),
        },
        PacketKind::Traffic(TrafficUnit::BitsPerSecond),
        PacketKind::Retransmissions {
            within: std::time::Duration::from_secs(1),
        },
    ];
    let numbered = kinds.into_iter().zip(0..);
    numbered
        .map(|(kind, leaf)| PacketCondition {
            leaf: LeafId(leaf),
            kind,
        })
        .collect()
}

fn frames() -> Vec<Vec<u8>> {
    vec![
        tcp(CLIENT, SERVER, u32::MAX - 3, Tcp::SYN, b""),
        tcp(CLIENT, SERVER, u32::MAX - 2, Tcp::ACK, b"aaaaab"),
        tcp(SERVER, CLIENT, 1, Tcp::ACK | Tcp::FIN, b"b\0"),
        tcp(SERVER, CLIENT, 1, Tcp::RST, b""),
        udp(b"aab"),
    ]
}

proptest! {
    #[test]
    fn no_packet_makes_it_panic(
        packets in prop::collection::vec(
            (0_usize..8, any::<u16>(), any::<[u8; 4]>(), any::<u32>(), 0_u64..3_000),
            0..60,
        ),
        noise in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let mut watch = PacketWatch::new(&every_kind()).unwrap();
        let (frames, mut out, mut millis) = (frames(), Vec::new(), 0);
        for (which, cut, spoiled, original, later) in packets {
            let mut bytes = frames.get(which).unwrap_or(&noise).clone();
            // Two bytes are others, and the end is missing.
            for pair in spoiled.chunks(2) {
                let length = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(usize::from(pair[0]) % length) {
                    *byte = pair[1];
                }
            }
            bytes.truncate(usize::from(cut) % (bytes.len() + 1));
            for link_type in [1, 101, 0, 113, 276, 9_999].map(LinkType) {
                let seen = Seen {
                    interface: InterfaceId(original % 3),
                    link_type,
                    original,
                    captured: &bytes,
                };
                watch.packet(&seen, at(millis), &mut out);
            }
            millis = (millis + later).saturating_sub(500);
        }
        watch.missed(at(millis), &mut out);
        watch.tick(at(millis + 5_000), &mut out);
        let order = out.windows(2).all(|pair| pair[0].at.monotonic <= pair[1].at.monotonic);
        prop_assert!(order, "signals go back in time");
    }
}
