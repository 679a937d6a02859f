//! One pcapng file with everything: head, packets in order of time with the
//! mark, statistics.

use std::path::Path;

use super::mark::Mark;
use super::merge::{Merge, Piece, segments};
use super::place::PlaceError;
use super::writer::{Complete, FileName, Part};
use super::{Incident, head, words};
use crate::units::Timestamp;

/// Writes the complete file under a hidden name, from `begun` on.
pub(super) fn write(
    incident: &Incident,
    folder: &Path,
    name: &FileName,
    begun: Timestamp,
) -> Result<Complete, PlaceError> {
    let capture = &*incident.capture;
    let head = head::before_packets(incident, begun);
    let statistics = head::after_packets(incident);
    let marked = marked_packet(incident);
    let packets: usize = segments(capture)
        .map(|(_, sealed)| sealed.bytes().len())
        .sum();
    let growth = marked.as_ref().map_or(0, |(_, old, new)| new.len() - old);
    let length = head.len() + packets + growth + statistics.len();

    let mut part = Part::create(folder, name, length as u64)?;
    part.write(&head)?;
    for piece in Merge::new(capture) {
        match &marked {
            Some((mark, old, new)) if let Some(at) = mark.within(&piece) => {
                write_marked(&mut part, &piece, at, *old, new)?;
            }
            _ => part.write(piece.bytes)?,
        }
    }
    part.write(&statistics)?;
    part.complete()
}

/// The packet at the firing: which, how long its block is, and the block with
/// the comment.
fn marked_packet(incident: &Incident) -> Option<(Mark, usize, Vec<u8>)> {
    let (moment, comment) = words::mark(&incident.facts)?;
    let mark = Mark::find(&incident.capture, moment)?;
    let block = mark.block(&incident.capture)?;
    let mut commented = Vec::new();
    block.write_with_comment(&mut commented, &comment);
    Some((mark, block.bytes.len(), commented))
}

/// Writes a piece with `new` in the place of the `old` bytes at `at`.
fn write_marked(
    part: &mut Part,
    piece: &Piece<'_>,
    at: usize,
    old: usize,
    new: &[u8],
) -> Result<(), PlaceError> {
    part.write(&piece.bytes[..at])?;
    part.write(new)?;
    part.write(&piece.bytes[at + old..])
}
