//! A checked view over packet blocks that lie one after another in memory, as
//! segments hold them.

use super::InterfaceId;
use super::packet_block::{
    AT_CAPTURED, AT_INTERFACE, AT_LENGTH, AT_ORIGINAL, AT_PACKET, AT_TICKS_HIGH, AT_TICKS_LOW,
    AT_TYPE, BLOCK_TYPE, ENHANCED_PACKET_OVERHEAD,
};
use super::writing::BlockWriter;

/// One Enhanced Packet Block, checked. Everything in it lies within `bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketBlock<'a> {
    /// The whole block.
    pub bytes: &'a [u8],
    /// The interface it came from.
    pub interface: InterfaceId,
    /// Its time in ticks of that interface's resolution.
    pub ticks: u64,
    /// Its length on the wire in bytes.
    pub original: u32,
    /// The bytes captured of it.
    pub packet: &'a [u8],
}

impl<'a> PacketBlock<'a> {
    /// Checks the block at the start of `bytes`: type, both lengths, and that
    /// the packet lies within. `None` where that is no whole packet block.
    #[must_use]
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.get(..AT_PACKET)?;
        if word(head, AT_TYPE) != BLOCK_TYPE {
            return None;
        }
        let length = word(head, AT_LENGTH) as usize;
        let captured = word(head, AT_CAPTURED) as usize;
        if !length.is_multiple_of(4)
            || length < ENHANCED_PACKET_OVERHEAD
            || captured > length - ENHANCED_PACKET_OVERHEAD
        {
            return None;
        }
        let block = bytes.get(..length)?;
        if word(block, length - 4) as usize != length {
            return None;
        }
        let ticks =
            u64::from(word(head, AT_TICKS_HIGH)) << 32 | u64::from(word(head, AT_TICKS_LOW));
        Some(Self {
            bytes: block,
            interface: InterfaceId(word(head, AT_INTERFACE)),
            ticks,
            original: word(head, AT_ORIGINAL),
            packet: &block[AT_PACKET..AT_PACKET + captured],
        })
    }

    /// Appends this packet to `out` as a block with a comment. Options that it
    /// had are not taken over.
    pub fn write_with_comment(&self, out: &mut Vec<u8>, comment: &str) {
        let mut block = BlockWriter::begin(out, BLOCK_TYPE);
        block.u32(self.interface.0);
        block.ticks(self.ticks);
        // It lay within a block whose length has 32 bits.
        block.u32(u32::try_from(self.packet.len()).unwrap_or(u32::MAX));
        block.u32(self.original);
        block.padded(self.packet);
        block.comment(comment);
        block.finish();
    }
}

/// The word at a place that the caller has checked to lie within.
fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_ne_bytes(word)
}

/// The packet blocks of a piece of memory, one after another.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The packet blocks in `bytes`. Ends at the first bytes that are not a whole
/// packet block, which [`Blocks::offset`] tells.
#[must_use]
pub fn blocks(bytes: &[u8]) -> Blocks<'_> {
    Blocks { bytes, at: 0 }
}

impl Blocks<'_> {
    /// Where the next block starts, in bytes from the start.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = PacketBlock<'a>;

    fn next(&mut self) -> Option<PacketBlock<'a>> {
        let block = PacketBlock::first(self.bytes.get(self.at..)?)?;
        self.at += block.bytes.len();
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::super::write_enhanced_packet;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_are_seen_as_they_were_written() {
        let mut bytes = vec![0; 256];
        let mut used = 0;
        for (index, packet) in [&b"one"[..], b"", b"three!!!"].into_iter().enumerate() {
            used += write_enhanced_packet(
                &mut bytes[used..],
                InterfaceId(index as u32),
                u64::MAX - index as u64,
                packet,
                99,
            )
            .unwrap();
        }
        let mut seen = blocks(&bytes[..used]);
        let packets: Vec<_> = seen.by_ref().map(|block| block.packet).collect();
        assert_eq!(packets, [&b"one"[..], b"", b"three!!!"]);
        assert_eq!(seen.offset(), used);
        let last = blocks(&bytes).last().unwrap();
        assert_eq!((last.interface.0, last.ticks), (2, u64::MAX - 2));
        assert_eq!(last.original, 99);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
            length in 0_u32..220,
        ) {
            // Random bytes are hardly ever of the right type: help them along.
            for (at, value) in [(AT_TYPE, BLOCK_TYPE), (AT_LENGTH, length)] {
                if let Some(place) = bytes.get_mut(at..at + 4) {
                    place.copy_from_slice(&value.to_ne_bytes());
                }
            }
            let mut seen = blocks(&bytes);
            let total: usize = seen.by_ref().map(|block| block.bytes.len()).sum();
            prop_assert_eq!(seen.offset(), total);
            prop_assert!(total <= bytes.len());
        }
    }
}
