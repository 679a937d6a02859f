//! Classic pcap with nanosecond timestamps (draft-ietf-opsawg-pcap), one file
//! per link type: packets only.

use std::path::Path;

use super::merge::{Merge, segments, time_of};
use super::place::PlaceError;
use super::writer::{Complete, FileName, Part};
use super::{FrozenCapture, Incident};
use crate::limits::SNAPLEN_MAX;
use crate::pcapng::{LinkType, PacketBlock, blocks};
use crate::units::Timestamp;

/// Seconds and nanoseconds, in the byte order of this machine.
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
const VERSION: [u16; 2] = [2, 4];
const FILE_HEADER_BYTES: usize = 24;
const RECORD_HEADER_BYTES: usize = 16;
const NANOSECONDS: u64 = 1_000_000_000;

/// A link type in a file's name.
pub(super) fn link_name(link_type: LinkType) -> String {
    match link_type.0 {
        0 => "null".into(),
        1 => "ethernet".into(),
        101 => "raw".into(),
        105 => "wifi".into(),
        108 => "loop".into(),
        113 => "sll".into(),
        127 => "radiotap".into(),
        276 => "sll2".into(),
        other => format!("linktype{other}"),
    }
}

/// One file's share.
pub(super) struct Share {
    pub(super) link_type: LinkType,
    pub(super) snaplen: u32,
    /// Of all records.
    pub(super) bytes: u64,
}

/// The link types that get a file: those with packets, else the first interface's, else Ethernet.
pub(super) fn link_types(incident: &Incident) -> Vec<LinkType> {
    shares(&incident.capture)
        .iter()
        .map(|share| share.link_type)
        .collect()
}

fn link_type_of(capture: &FrozenCapture, block: &PacketBlock<'_>) -> Option<LinkType> {
    let interface = capture.interfaces.get(block.interface.0 as usize)?;
    Some(interface.link_type)
}

/// Counts beforehand, so that the room of each file can be reserved.
fn shares(capture: &FrozenCapture) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for interface in &capture.interfaces {
        match shares
            .iter_mut()
            .find(|share| share.link_type == interface.link_type)
        {
            Some(share) => share.snaplen = share.snaplen.max(interface.snaplen),
            None => shares.push(Share {
                link_type: interface.link_type,
                snaplen: interface.snaplen,
                bytes: 0,
            }),
        }
    }
    for (_, sealed) in segments(capture) {
        for block in blocks(sealed.bytes()) {
            let link_type = link_type_of(capture, &block);
            if let Some(share) = shares
                .iter_mut()
                .find(|share| Some(share.link_type) == link_type)
            {
                share.bytes += record_bytes(block.packet.len());
            }
        }
    }
    if shares.iter().any(|share| share.bytes > 0) {
        shares.retain(|share| share.bytes > 0);
    } else {
        shares.truncate(1);
    }
    if shares.is_empty() {
        // No interface was ever open: an empty file says so too.
        shares.push(Share {
            link_type: LinkType::ETHERNET,
            snaplen: SNAPLEN_MAX,
            bytes: 0,
        });
    }
    shares
}

/// Writes one complete file per link type, each under a hidden name.
pub(super) fn write(
    incident: &Incident,
    folder: &Path,
    name: impl Fn(LinkType) -> FileName,
) -> Result<Vec<(Complete, FileName)>, PlaceError> {
    let capture = &*incident.capture;
    let mut files = Vec::new();
    for share in shares(capture) {
        let name = name(share.link_type);
        files.push((share.link_type, begin(folder, &name, &share)?, name));
    }
    for piece in Merge::new(capture) {
        for block in blocks(piece.bytes) {
            let link_type = link_type_of(capture, &block);
            if let Some((_, part, _)) = files.iter_mut().find(|file| Some(file.0) == link_type) {
                let at = time_of(&capture.interfaces, &block);
                write_record(part, at, block.packet, block.original)?;
            }
        }
    }
    files
        .into_iter()
        .map(|(_, part, name)| Ok((part.complete()?, name)))
        .collect()
}

/// Begins a hidden file with room for its share, and writes its head.
pub(super) fn begin(folder: &Path, name: &FileName, share: &Share) -> Result<Part, PlaceError> {
    let mut part = Part::create(folder, name, FILE_HEADER_BYTES as u64 + share.bytes)?;
    part.write(&file_header(share))?;
    Ok(part)
}

/// Writes a packet; `original` is its length on the wire.
pub(super) fn write_record(
    part: &mut Part,
    at: Timestamp,
    packet: &[u8],
    original: u32,
) -> Result<(), PlaceError> {
    part.write(&record_header(at, packet.len(), original))?;
    part.write(packet)
}

/// What a packet of so many bytes takes in a file.
pub(super) const fn record_bytes(captured: usize) -> u64 {
    (RECORD_HEADER_BYTES + captured) as u64
}

fn file_header(share: &Share) -> [u8; FILE_HEADER_BYTES] {
    let mut out = [0; FILE_HEADER_BYTES];
    out[0..4].copy_from_slice(&MAGIC_NANOSECONDS.to_ne_bytes());
    out[4..6].copy_from_slice(&VERSION[0].to_ne_bytes());
    out[6..8].copy_from_slice(&VERSION[1].to_ne_bytes());
    // Eight bytes that readers ignore stay zero.
    out[16..20].copy_from_slice(&share.snaplen.to_ne_bytes());
    out[20..24].copy_from_slice(&u32::from(share.link_type.0).to_ne_bytes());
    out
}

fn record_header(at: Timestamp, captured: usize, original: u32) -> [u8; RECORD_HEADER_BYTES] {
    let mut out = [0; RECORD_HEADER_BYTES];
    let words = [
        // The format counts seconds to the year 2106.
        u32::try_from(at.0 / NANOSECONDS).unwrap_or(u32::MAX),
        (at.0 % NANOSECONDS) as u32,
        u32::try_from(captured).unwrap_or(u32::MAX),
        original,
    ];
    for (place, word) in out.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_ne_bytes());
    }
    out
}
