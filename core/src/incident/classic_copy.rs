//! A capture file that is there, once more as classic pcap: one file per link
//! type, packets only, in the order in which they stand.
//!
//! The file is read twice: first to know how much room its packets take.

use std::path::{Path, PathBuf};

use super::classic::{self, Share};
use super::place::PlaceError;
use super::save::Format;
use super::writer::{Complete, FileName, Part};
use crate::limits::SNAPLEN_MAX;
use crate::pcapng::{Beside, Broken, FileError, FilePacket, LinkType, Survey, survey_beside};
use crate::units::{ByteCount, PacketCount, Timestamp};

/// What was written.
#[derive(Debug)]
pub struct ClassicCopy {
    /// The files; several for several link types.
    pub paths: Vec<PathBuf>,
    /// Packets in all of them.
    pub packets: PacketCount,
    /// Packets of interfaces that the file does not describe: of what link type
    /// they are is not known, so they are in none.
    pub left_out: PacketCount,
    /// Where reading ended early, if it did: what could be read is copied.
    pub broken: Option<Broken>,
}

/// Why a file was not copied. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ClassicCopyError {
    /// The original cannot be read.
    #[error(transparent)]
    Read(#[from] FileError),
    /// The folder cannot take the copy.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// There is a file of that name.
    #[error("{} exists already and is not written over: choose another name", path.display())]
    Exists {
        /// The file that is there.
        path: PathBuf,
    },
    /// The path has no file name.
    #[error("{} names no file; write a path that ends in a file name", path.display())]
    NoFileName {
        /// The path.
        path: PathBuf,
    },
}

/// Writes the packets of a pcap or pcapng file into a new classic pcap file with
/// nanoseconds. Several link types become several files with the link type in
/// each name, as in [`super::save_as`].
///
/// # Errors
/// See [`ClassicCopyError`].
pub fn copy_as_classic(from: &Path, to: &Path) -> Result<ClassicCopy, ClassicCopyError> {
    let no_name = || ClassicCopyError::NoFileName {
        path: to.to_owned(),
    };
    let stem = to.file_stem().ok_or_else(no_name)?;
    let extension = to.extension();
    let extension = extension.unwrap_or_else(|| Format::Pcap.extension().as_ref());
    let folder = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut counted = Counted::default();
    let survey = survey_beside(from, &mut counted)?;
    let shares = counted.shares(&survey);
    let several = shares.len() > 1;
    let mut writing = Writing::default();
    for share in &shares {
        let mut stem = stem.to_owned();
        if several {
            stem.push("_");
            stem.push(classic::link_name(share.link_type));
        }
        let name = FileName::new(stem, extension);
        let part = classic::begin(folder, &name, share)?;
        writing.files.push((share.link_type, part, name));
    }
    let survey = survey_beside(from, &mut writing);
    // What the copy's folder refused ended the reading too.
    if let Some(reason) = writing.refused {
        return Err(reason.into());
    }
    Ok(ClassicCopy {
        paths: publish(writing.files)?,
        packets: writing.packets,
        left_out: writing.left_out,
        broken: survey?.broken,
    })
}

/// Gives all files their names, or none.
fn publish(files: Vec<(LinkType, Part, FileName)>) -> Result<Vec<PathBuf>, ClassicCopyError> {
    let complete: Vec<(Complete, FileName)> = files
        .into_iter()
        .map(|(_, part, name)| Ok((part.complete()?, name)))
        .collect::<Result<_, PlaceError>>()?;
    let mut paths = Vec::new();
    for (complete, name) in complete {
        let error = match complete.publish_as(&name) {
            Ok(Ok(path)) => {
                paths.push(path);
                continue;
            }
            Ok(Err(path)) => ClassicCopyError::Exists { path },
            Err(reason) => reason.into(),
        };
        for path in paths {
            // Named a moment ago; the first error is the one to tell.
            let _ = std::fs::remove_file(path);
        }
        return Err(error);
    }
    Ok(paths)
}

/// How much room the packets of each link type take.
#[derive(Default)]
struct Counted(Vec<Share>);

impl Beside for Counted {
    fn packet(&mut self, link_type: Option<LinkType>, packet: &FilePacket<'_>) {
        let Some(link_type) = link_type else {
            return;
        };
        let length = u32::try_from(packet.data.len()).unwrap_or(u32::MAX);
        let bytes = classic::record_bytes(packet.data.len());
        let mut known = self.0.iter_mut();
        match known.find(|share| share.link_type == link_type) {
            Some(share) => {
                share.bytes += bytes;
                share.snaplen = share.snaplen.max(length);
            }
            None => self.0.push(Share {
                link_type,
                snaplen: length,
                bytes,
            }),
        }
    }
}

impl Counted {
    /// With the snaplens that the file tells; without packets one empty file.
    fn shares(self, survey: &Survey) -> Vec<Share> {
        let mut shares = self.0;
        if shares.is_empty() {
            let first = survey.interfaces.first();
            shares.push(Share {
                link_type: first.map_or(LinkType::ETHERNET, |one| one.link_type),
                snaplen: 0,
                bytes: 0,
            });
        }
        for share in &mut shares {
            let interfaces = survey.interfaces.iter();
            let told = interfaces.filter(|one| one.link_type == share.link_type);
            // 0 is no limit.
            let told = told.map(|one| match one.snaplen {
                0 => SNAPLEN_MAX,
                snaplen => snaplen,
            });
            share.snaplen = told.fold(share.snaplen, u32::max);
        }
        shares
    }
}

/// The files that are being written.
#[derive(Default)]
struct Writing {
    files: Vec<(LinkType, Part, FileName)>,
    packets: PacketCount,
    left_out: PacketCount,
    /// The time of the packet before, for those without one.
    last: Timestamp,
    refused: Option<PlaceError>,
}

impl Beside for Writing {
    fn packet(&mut self, link_type: Option<LinkType>, packet: &FilePacket<'_>) {
        if self.refused.is_some() {
            return;
        }
        let mut files = self.files.iter_mut();
        let Some((_, part, _)) = files.find(|file| Some(file.0) == link_type) else {
            self.left_out.0 += 1;
            return;
        };
        self.last = packet.at.unwrap_or(self.last);
        match classic::write_record(part, self.last, packet.data, packet.original) {
            Ok(()) => self.packets.0 += 1,
            Err(reason) => self.refused = Some(reason),
        }
    }

    fn goes_on(&mut self, _read: ByteCount) -> bool {
        self.refused.is_none()
    }
}
