//! Placeholder until the writer's branch lands.
use super::InterfaceId;
/// A block.
pub struct PacketBlock<'a> {
    /// All of it.
    pub bytes: &'a [u8],
    /// Interface.
    pub interface: InterfaceId,
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
        Some(PacketBlock {
            bytes,
            interface,
            ticks,
        })
    })
}
