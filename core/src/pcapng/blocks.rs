//! Placeholder until the writer's branch lands.
use super::InterfaceId;
/// A block.
pub struct PacketBlock<'a> {
    /// All of it.
    pub bytes: &'a [u8],
    /// Interface.
    pub interface: InterfaceId,
    /// Packet
    pub packet: &'a [u8],
    /// Ticks.
    pub ticks: u64,
}
/// Walks blocks.
pub fn blocks(mut rest: &[u8]) -> impl Iterator<Item = PacketBlock<'_>> {
    std::iter::from_fn(move || {
        let word = |at: usize| {
            rest.get(at..at + 4)?
                .try_into()
                .ok()
                .map(u32::from_ne_bytes)
        };
        let (length, interface) = (word(4)? as usize, InterfaceId(word(8)?));
        let ticks = u64::from(word(12)?) << 32 | u64::from(word(16)?);
        let bytes = rest.get(..length)?;
        rest = &rest[length..];
        {
            let captured = u32::from_ne_bytes(bytes[20..24].try_into().ok()?) as usize;
            Some(PacketBlock {
                bytes,
                interface,
                ticks,
                packet: &bytes[28..28 + captured],
            })
        }
    })
}
