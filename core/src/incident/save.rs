//! Saving: an incident becomes a file.
//!
//! Nothing here changes the incident: a save that failed may be tried again
//! elsewhere, any number of times.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::mark::Mark;
use super::merge::{Merge, Piece};
use super::place::PlaceError;
use super::writer::{Complete, FileName, Part};
use super::{Incident, classic, folder, head, words};
use crate::clock::now;
use crate::units::{ByteCount, PacketCount};

/// The format of an incident's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// pcapng: everything in one file.
    #[default]
    Pcapng,
    /// Classic pcap: packets only, one file per link type.
    Pcap,
}

impl Format {
    /// The extension of its files, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pcapng => "pcapng",
            Self::Pcap => "pcap",
        }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The files; several only for classic pcap with several link types.
    pub paths: Vec<PathBuf>,
    /// Bytes of all files.
    pub bytes: ByteCount,
    /// Packets in all files.
    pub packets: PacketCount,
    /// From the first look at the folder to the last flush.
    pub took: Duration,
}

/// Why an incident was not saved. It is untouched and can be saved elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The place cannot take it.
    #[error("save the incident {incident}: {reason}")]
    Place {
        /// The name that its file would have had.
        incident: String,
        /// Why, and what to do.
        reason: PlaceError,
    },
    /// There is a file of that name, which nobody asked to overwrite.
    #[error("save the incident {incident}: {} exists already; choose another name", path.display())]
    Exists {
        /// The name that its file would have had.
        incident: String,
        /// The file that is there.
        path: PathBuf,
    },
    /// The path has no file name.
    #[error("save the incident {incident}: {} names no file; write a path that ends in a file name", path.display())]
    NoFileName {
        /// The name that its file would have had.
        incident: String,
        /// The path.
        path: PathBuf,
    },
}

/// Saves an incident into a folder, which is made if only it is missing, under
/// a name made from its facts and never under one that is taken.
///
/// # Errors
/// The folder cannot take it; nothing of it is left behind then.
pub fn save(incident: &Incident, destination: &Path, format: Format) -> Result<Saved, SaveError> {
    let stem = folder::file_stem(&incident.facts);
    let started = now();
    let write = || {
        folder::ensure(destination)?;
        match format {
            Format::Pcapng => {
                let name = FileName::new(&stem, format.extension());
                let complete = write_pcapng(incident, destination, &name)?;
                publish(vec![(complete, name)])
            }
            Format::Pcap => publish(classic::write(incident, destination, |link_type| {
                FileName::new(
                    &format!("{stem}_{}", classic::link_name(link_type)),
                    format.extension(),
                )
            })?),
        }
    };
    let (paths, bytes) = write().map_err(|reason| SaveError::Place {
        incident: stem.clone(),
        reason,
    })?;
    Ok(Saved {
        paths,
        bytes,
        packets: packets(incident),
        took: now().monotonic.since(started.monotonic),
    })
}

/// Saves an incident as one file: classic pcap where the name ends in
/// `.pcap`, else pcapng. Several link types in classic pcap become several
/// files, with the link type in each name.
///
/// # Errors
/// The file exists, or the folder cannot take it; nothing is left behind then.
pub fn save_as(incident: &Incident, file: &Path) -> Result<Saved, SaveError> {
    let started = now();
    let stem = folder::file_stem(&incident.facts);
    let refused = |reason| SaveError::Place {
        incident: stem.clone(),
        reason,
    };
    let Some(name) = file.file_stem() else {
        return Err(SaveError::NoFileName {
            incident: stem.clone(),
            path: file.to_owned(),
        });
    };
    let name = name.to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let written = if extension == Format::Pcap.extension() {
        let several = classic::link_types(incident).len() > 1;
        classic::write(incident, folder, |link_type| {
            let suffix = classic::link_name(link_type);
            let stem = if several {
                format!("{name}_{suffix}")
            } else {
                name.to_string()
            };
            FileName::new(&stem, &extension)
        })
    } else {
        let name = FileName::new(&name, &extension);
        write_pcapng(incident, folder, &name).map(|complete| vec![(complete, name)])
    };
    let mut paths = Vec::new();
    let mut bytes = ByteCount(0);
    for (complete, name) in written.map_err(refused)? {
        let length = complete.bytes;
        let published = complete.publish_as(&name);
        match published {
            Ok(Some(path)) => {
                paths.push(path);
                bytes = bytes.plus(length);
            }
            Ok(None) => {
                remove(&paths);
                return Err(SaveError::Exists {
                    incident: stem.clone(),
                    path: folder.join(name.plain()),
                });
            }
            Err(reason) => {
                remove(&paths);
                return Err(refused(reason));
            }
        }
    }
    Ok(Saved {
        paths,
        bytes,
        packets: packets(incident),
        took: now().monotonic.since(started.monotonic),
    })
}

fn packets(incident: &Incident) -> PacketCount {
    let counts =
        super::merge::segments(&incident.capture).map(|(_, sealed)| sealed.contents().packets.0);
    PacketCount(counts.sum())
}

/// Gives complete files their names: all of them, or none.
fn publish(files: Vec<(Complete, FileName)>) -> Result<(Vec<PathBuf>, ByteCount), PlaceError> {
    let mut paths = Vec::new();
    let mut bytes = ByteCount(0);
    for (complete, name) in files {
        bytes = bytes.plus(complete.bytes);
        match complete.publish(&name) {
            Ok(path) => paths.push(path),
            Err(error) => {
                remove(&paths);
                return Err(error);
            }
        }
    }
    Ok((paths, bytes))
}

/// Takes back files that this save has just named.
fn remove(paths: &[PathBuf]) {
    for path in paths {
        // The error that led here is the one to tell.
        let _ = std::fs::remove_file(path);
    }
}

/// Writes head, packets and statistics under a hidden name.
fn write_pcapng(
    incident: &Incident,
    folder: &Path,
    name: &FileName,
) -> Result<Complete, PlaceError> {
    let capture = &*incident.capture;
    let head = head::before_packets(incident);
    let statistics = head::after_packets(incident);
    let marked = marked_packet(incident);
    let packets: usize = super::merge::segments(capture)
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
