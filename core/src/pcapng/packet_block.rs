//! The Enhanced Packet Block, written in place.
//!
//! The layout is section 4.3 of the draft: type, length, interface, timestamp
//! in two halves, captured and original length, the packet padded to four
//! bytes, the length again. No options: the recorder adds the one comment it
//! needs when it saves.

use super::InterfaceId;

/// Bytes of an Enhanced Packet Block beside the padded packet.
pub const ENHANCED_PACKET_OVERHEAD: usize = 32;

pub(super) const BLOCK_TYPE: u32 = 6;
pub(super) const AT_TYPE: usize = 0;
pub(super) const AT_LENGTH: usize = 4;
pub(super) const AT_INTERFACE: usize = 8;
pub(super) const AT_TICKS_HIGH: usize = 12;
pub(super) const AT_TICKS_LOW: usize = 16;
pub(super) const AT_CAPTURED: usize = 20;
pub(super) const AT_ORIGINAL: usize = 24;
pub(super) const AT_PACKET: usize = 28;

/// Bytes of the block for a packet of which `captured` bytes are kept.
#[must_use]
pub const fn enhanced_packet_length(captured: usize) -> usize {
    ENHANCED_PACKET_OVERHEAD + captured.next_multiple_of(4)
}

/// Writes the block to the start of `out` and returns its length, or `None`,
/// with nothing written, when there is no room.
///
/// `ticks` count the interface's resolution from the epoch; `original` is the
/// packet's length on the wire in bytes.
pub fn write_enhanced_packet(
    out: &mut [u8],
    interface: InterfaceId,
    ticks: u64,
    captured: &[u8],
    original: u32,
) -> Option<usize> {
    let length = enhanced_packet_length(captured.len());
    let block_length = u32::try_from(length).ok()?;
    let captured_length = u32::try_from(captured.len()).ok()?;
    let block = out.get_mut(..length)?;
    let (head, rest) = block.split_at_mut(AT_PACKET);
    let mut put = |at: usize, value: u32| head[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    put(AT_TYPE, BLOCK_TYPE);
    put(AT_LENGTH, block_length);
    put(AT_INTERFACE, interface.0);
    put(AT_TICKS_HIGH, (ticks >> 32) as u32);
    put(AT_TICKS_LOW, (ticks & u64::from(u32::MAX)) as u32);
    put(AT_CAPTURED, captured_length);
    put(AT_ORIGINAL, original);
    let (packet, end) = rest.split_at_mut(captured.len());
    packet.copy_from_slice(captured);
    let padding = end.len() - 4;
    end[..padding].fill(0);
    end[padding..].copy_from_slice(&block_length.to_ne_bytes());
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_as_the_draft_draws_it() {
        let mut out = [0xff_u8; 64];
        let written = write_enhanced_packet(
            &mut out,
            InterfaceId(3),
            0x0123_4567_89ab_cdef,
            b"hello",
            99,
        );
        assert_eq!(written, Some(40));
        let word = |at: usize| u32::from_ne_bytes(out[at..at + 4].try_into().unwrap());
        assert_eq!(
            [
                word(0),
                word(4),
                word(8),
                word(12),
                word(16),
                word(20),
                word(24)
            ],
            [6, 40, 3, 0x0123_4567, 0x89ab_cdef, 5, 99]
        );
        assert_eq!(&out[28..36], b"hello\0\0\0");
        assert_eq!(word(36), 40);
        assert_eq!(out[40..], [0xff; 24]);
    }

    #[test]
    fn a_packet_without_room_writes_nothing() {
        let mut out = [7_u8; 35];
        assert_eq!(
            write_enhanced_packet(&mut out, InterfaceId(0), 1, b"abcd", 4),
            None
        );
        assert_eq!(out, [7; 35]);
    }
}
