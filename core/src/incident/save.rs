//! Saving: an incident becomes a file.
//!
//! Nothing here changes the incident: a save that failed may be tried again
//! elsewhere, any number of times.
//!
//! Packets stand in the file in order of time, whatever order they arrived in:
//! where the clock was set back, those recorded before and after that are
//! woven together by what their stamps say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::place::PlaceError;
use super::writer::{Complete, FileName};
use super::{Incident, classic, folder, merge, packets};
use crate::clock::{Now, now};
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
    let work = Work::begin(incident);
    let stem = &work.stem;
    let write = || {
        folder::ensure(destination)?;
        match format {
            Format::Pcapng => {
                let name = FileName::new(stem, format.extension());
                let complete = packets::write(incident, destination, &name, work.started.wall)?;
                Ok(vec![(complete, name)])
            }
            Format::Pcap => classic::write(incident, destination, |link_type| {
                let suffix = classic::link_name(link_type);
                FileName::new(format!("{stem}_{suffix}"), format.extension())
            }),
        }
    };
    let written = write();
    work.finish(written, |complete, name| complete.publish(name).map(Ok))
}

/// Saves an incident as one file: classic pcap where the name ends in
/// `.pcap`, else pcapng. Several link types in classic pcap become several
/// files, with the link type in each name.
///
/// # Errors
/// The file exists, or the folder cannot take it; nothing is left behind then.
pub fn save_as(incident: &Incident, file: &Path) -> Result<Saved, SaveError> {
    let work = Work::begin(incident);
    let Some(stem) = file.file_stem() else {
        return Err(SaveError::NoFileName {
            incident: work.stem,
            path: file.to_owned(),
        });
    };
    // Looked at first, to spare the work; the naming itself makes sure.
    if file.symlink_metadata().is_ok() {
        return Err(SaveError::Exists {
            incident: work.stem,
            path: file.to_owned(),
        });
    }
    let extension = file.extension().unwrap_or_default();
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let written = if extension == Format::Pcap.extension() {
        let several = classic::link_types(incident).len() > 1;
        classic::write(incident, folder, |link_type| {
            let mut stem = stem.to_owned();
            if several {
                stem.push("_");
                stem.push(classic::link_name(link_type));
            }
            FileName::new(stem, extension)
        })
    } else {
        let name = FileName::new(stem, extension);
        let complete = packets::write(incident, folder, &name, work.started.wall);
        complete.map(|complete| vec![(complete, name)])
    };
    work.finish(written, Complete::publish_as)
}

/// One save under way.
struct Work<'a> {
    incident: &'a Incident,
    /// What its file is called in the incidents folder, and in errors.
    stem: String,
    started: Now,
}

impl<'a> Work<'a> {
    fn begin(incident: &'a Incident) -> Self {
        Self {
            incident,
            stem: folder::file_stem(&incident.facts),
            started: now(),
        }
    }

    /// Gives complete files their names: all of them, or none.
    fn finish(
        self,
        written: Result<Vec<(Complete, FileName)>, PlaceError>,
        publish: impl Fn(Complete, &FileName) -> Result<Result<PathBuf, PathBuf>, PlaceError>,
    ) -> Result<Saved, SaveError> {
        let counts =
            merge::segments(&self.incident.capture).map(|(_, sealed)| sealed.contents().packets.0);
        let mut saved = Saved {
            paths: Vec::new(),
            bytes: ByteCount(0),
            packets: PacketCount(counts.sum()),
            took: Duration::ZERO,
        };
        let result = written.and_then(|files| {
            for (complete, name) in files {
                saved.bytes = saved.bytes.plus(complete.bytes);
                match publish(complete, &name)? {
                    Ok(path) => saved.paths.push(path),
                    Err(taken) => return Ok(Some(taken)),
                }
            }
            Ok(None)
        });
        let incident = self.stem;
        let error = match result {
            Ok(None) => {
                saved.took = now().monotonic.since(self.started.monotonic);
                return Ok(saved);
            }
            Ok(Some(path)) => SaveError::Exists { incident, path },
            Err(reason) => SaveError::Place { incident, reason },
        };
        for path in &saved.paths {
            // Named a moment ago by this save; the first error is the one to tell.
            let _ = std::fs::remove_file(path);
        }
        Err(error)
    }
}
