//! What was saved: the list of a folder, and the file that is open.

use std::path::PathBuf;

use crashcap_core::incident::{FrozenBy, moment};
use crashcap_core::inspect::{Control, Head};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp, duration_in_words};

use super::page::Page;
use super::{escaped, time_zoned};

/// The list, and the file that is open.
#[derive(Debug, Default)]
pub(crate) struct Incidents {
    /// The rows; `None` until the folder was read.
    pub(crate) rows: Option<Vec<Row>>,
    /// Why the folder could not be read.
    pub(crate) unlisted: Option<String>,
    /// The row that is chosen.
    pub(crate) chosen: Option<PathBuf>,
    /// The file that is open.
    pub(crate) open: Option<OpenFile>,
}

/// A file of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The target, or what else it is about.
    pub(crate) subject: String,
    /// What froze it, in words.
    pub(crate) cause: String,
    /// The moment it stands for.
    pub(crate) at: Timestamp,
    /// From the first packet to the last.
    pub(crate) span: String,
    /// Packets, where the file says it.
    pub(crate) packets: String,
    /// Its size.
    pub(crate) size: ByteCount,
    /// Something died.
    pub(crate) danger: bool,
}

/// A file that is open.
#[derive(Debug)]
pub(crate) struct OpenFile {
    /// Its path.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) size: ByteCount,
    /// How far reading has come.
    pub(crate) control: Control,
    /// What it holds, or why it could not be read; `None` while it is read.
    pub(crate) page: Option<Result<Box<Page>, String>>,
    /// The part of its timeline that is looked at.
    pub(crate) zoom: Option<(u64, u64)>,
}

impl OpenFile {
    /// How much of it was read, from 0 to 1.
    pub(crate) fn share_read(&self) -> f32 {
        self.control.done().0 as f32 / self.size.0.max(1) as f32
    }
}

impl Incidents {
    /// The file that commands are about: the open one, else the chosen row.
    pub(crate) fn current(&self) -> Option<&PathBuf> {
        self.open
            .as_ref()
            .map(|open| &open.path)
            .or(self.chosen.as_ref())
    }
}

impl Row {
    /// A file as the folder's list tells of it.
    pub(crate) fn of(head: &Head) -> Self {
        let name = head.path.file_stem().unwrap_or_default();
        let Some(facts) = &head.facts else {
            let cause = match &head.unreadable {
                Some(problem) => problem.clone(),
                None => "not saved by Crashcap".into(),
            };
            return Self {
                path: head.path.clone(),
                subject: escaped(&name.to_string_lossy()),
                cause,
                at: head.at().unwrap_or_default(),
                span: String::new(),
                packets: String::new(),
                size: head.size,
                danger: false,
            };
        };
        let span = facts.first.zip(facts.last);
        Self {
            path: head.path.clone(),
            subject: escaped(&facts.subject),
            cause: cause(&facts.frozen_by),
            at: moment(&facts.frozen_by),
            span: span.map_or_else(String::new, |(first, last)| {
                duration_in_words(last.since(first))
            }),
            packets: PacketCount(facts.packets.0).to_string(),
            size: head.size,
            danger: matches!(&facts.frozen_by, FrozenBy::Firing(firing) if firing.status.is_some()),
        }
    }

    /// Its texts, a column each.
    pub(crate) fn cells(&self) -> Vec<String> {
        vec![
            time_zoned(self.at),
            self.subject.clone(),
            self.cause.clone(),
            self.span.clone(),
            self.packets.clone(),
            super::size(self.size),
        ]
    }
}

/// What froze it, in words.
fn cause(frozen_by: &FrozenBy) -> String {
    match frozen_by {
        FrozenBy::Firing(firing) => match (&firing.status, &firing.note) {
            (Some(status), _) => escaped(&status.to_string()),
            (None, Some(note)) => escaped(note),
            (None, None) => "fired".into(),
        },
        FrozenBy::Snapshot { .. } => "a peek at the ring".into(),
        FrozenBy::Stopped { reason, .. } => format!("stopped: {}", escaped(reason)),
        FrozenBy::Rehearsal { .. } => "a rehearsal".into(),
    }
}
