//! What is kept with an incident after it was saved: comments added to its
//! file, and a file beside it.

use std::path::{Path, PathBuf};

use super::place::PlaceError;
use super::writer::{FileName, Part};
use crate::pcapng::{AppendError, FileError, append_comments, appended_comments};

/// The program's name in sections that are added.
const APPLICATION: &str = concat!("crashcap ", env!("CARGO_PKG_VERSION"));

/// Adds comments to a saved incident's file, and says by how many bytes it grew.
/// Nothing that the file holds is written again; readers of the file show them as
/// comments of a further section.
///
/// # Errors
/// [`AppendError`]: it is no pcapng, it is damaged, or the system refuses. The
/// file is as it was then.
pub fn add_comments(incident: &Path, comments: Vec<String>) -> Result<u64, AppendError> {
    append_comments(incident, APPLICATION, comments)
}

/// The comments that were added to an incident's file after it was saved, in
/// order, without reading its packets.
///
/// # Errors
/// The file cannot be read.
pub fn added_comments(incident: &Path) -> Result<Vec<String>, FileError> {
    appended_comments(incident)
}

/// Writes a file beside an incident, under its name with another extension (and a
/// number, where that name is taken). It appears when it is complete and flushed,
/// readable by its owner alone.
///
/// # Errors
/// The folder cannot take it; nothing is left behind then.
pub fn write_beside(incident: &Path, extension: &str, bytes: &[u8]) -> Result<PathBuf, PlaceError> {
    let folder = match incident.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let stem = incident.file_stem().unwrap_or_default();
    let name = FileName::new(stem, extension);
    let mut part = Part::create(folder, &name, bytes.len() as u64)?;
    part.write(bytes)?;
    part.complete()?.publish(&name)
}
