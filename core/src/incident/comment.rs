//! The facts as a comment of the file: versioned JSON behind a fixed prefix,
//! never longer than [`FACTS_BYTES_MAX`].

use std::path::PathBuf;

use serde::Deserialize;

use super::{Facts, FrozenBy};
use crate::limits::FACTS_BYTES_MAX;
use crate::watch::ExitStatus;

/// What a facts comment begins with.
const PREFIX: &str = "crashcap-facts: ";
/// The layout that this program writes and reads.
pub const FACTS_VERSION: u32 = 1;
/// Texts are not cut below this.
const TEXT_BYTES_MIN: usize = 64;

/// Why a comment that should hold facts does not.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// A newer program wrote it.
    #[error(
        "the file's facts have version {version} and this program reads up to {FACTS_VERSION}: \
         use a newer crashcap"
    )]
    Newer {
        /// The version that it says.
        version: u32,
    },
    /// Not the JSON that it should be.
    #[error("the file's facts cannot be read: {source}")]
    Malformed {
        /// What is wrong, and where.
        source: serde_json::Error,
    },
}

impl Facts {
    /// The comment that holds these facts. Where they are too long, notes,
    /// noted firings, link events and the profile go first, in this order,
    /// and `truncated` says so.
    #[must_use]
    pub fn to_comment(&self) -> String {
        let mut facts = self.clone();
        make_serialisable(&mut facts);
        loop {
            let json = serde_json::to_string(&facts).unwrap_or_default();
            if PREFIX.len() + json.len() <= FACTS_BYTES_MAX || !shorten(&mut facts) {
                return format!("{PREFIX}{json}");
            }
            facts.truncated = true;
        }
    }

    /// Reads facts from a section's comment; `None` for any other comment.
    ///
    /// # Errors
    /// Inside: a newer version, or JSON that is not as it should be.
    #[must_use]
    pub fn from_comment(comment: &str) -> Option<Result<Self, FactsError>> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let json = comment.strip_prefix(PREFIX)?;
        let read = || {
            let malformed = |source| FactsError::Malformed { source };
            let Version { version } = serde_json::from_str(json).map_err(malformed)?;
            if version > FACTS_VERSION {
                return Err(FactsError::Newer { version });
            }
            serde_json::from_str(json).map_err(malformed)
        };
        Some(read())
    }
}

/// JSON is Unicode; a path need not be.
fn make_serialisable(facts: &mut Facts) {
    for watched in &mut facts.watched {
        if let Some(path) = &mut watched.process.executable {
            *path = PathBuf::from(path.to_string_lossy().into_owned());
        }
    }
    if let FrozenBy::Firing(firing) = &mut facts.frozen_by
        && let Some(process) = &mut firing.process
        && let Some(path) = &mut process.executable
    {
        *path = PathBuf::from(path.to_string_lossy().into_owned());
    }
}

/// Cuts the next thing that can be spared; false where nothing is left.
fn shorten(facts: &mut Facts) -> bool {
    halve(&mut facts.notes)
        || halve(&mut facts.noted)
        || shorten_link_events(facts)
        || shorten_watched(facts)
        || facts.profile.take().is_some()
        || shorten_texts(facts)
        || halve(&mut facts.interfaces)
}

/// Keeps the first half of a list; false where it is empty already.
fn halve<T>(list: &mut Vec<T>) -> bool {
    let some = !list.is_empty();
    list.truncate(list.len() / 2);
    some
}

/// Leaves out the older half of the processes.
fn shorten_watched(facts: &mut Facts) -> bool {
    let count = facts.watched.len();
    facts.watched.drain(..count.div_ceil(2));
    count > 0
}

/// Halves every interface's link events.
fn shorten_link_events(facts: &mut Facts) -> bool {
    let mut some = false;
    for interface in &mut facts.interfaces {
        some |= halve(&mut interface.link_events);
    }
    some
}

/// Halves the long texts.
fn shorten_texts(facts: &mut Facts) -> bool {
    let mut some = false;
    for text in texts(facts) {
        if text.len() > TEXT_BYTES_MIN {
            text.truncate(text.floor_char_boundary(text.len() / 2));
            some = true;
        }
    }
    drop_long_path(facts) || some
}

/// Half a path would be another path.
fn drop_long_path(facts: &mut Facts) -> bool {
    if let FrozenBy::Firing(firing) = &mut facts.frozen_by
        && let Some(process) = &mut firing.process
        && let Some(path) = &process.executable
        && path.as_os_str().len() > TEXT_BYTES_MIN
    {
        process.executable = None;
        return true;
    }
    false
}

fn texts(facts: &mut Facts) -> Vec<&mut String> {
    let mut out = vec![&mut facts.program, &mut facts.subject];
    out.extend(
        [
            &mut facts.target,
            &mut facts.filter,
            &mut facts.tail_cut_short,
        ]
        .into_iter()
        .flatten(),
    );
    out.extend(
        facts
            .interfaces
            .iter_mut()
            .map(|interface| &mut interface.name),
    );
    match &mut facts.frozen_by {
        FrozenBy::Firing(firing) => {
            out.extend(&mut firing.note);
            if let Some(ExitStatus::Unknown { reason }) = &mut firing.status {
                out.push(reason);
            }
            if let Some(process) = &mut firing.process {
                out.extend([&mut process.name, &mut process.command_line]);
                out.extend(&mut process.user);
            }
        }
        FrozenBy::Stopped { reason, .. } => out.push(reason),
        FrozenBy::Snapshot { .. } | FrozenBy::Rehearsal { .. } => {}
    }
    out
}
