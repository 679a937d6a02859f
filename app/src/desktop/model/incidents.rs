//! What was saved: the list of a folder, and the file that is open.

use std::path::{Path, PathBuf};

use crashcap_core::incident::{FrozenBy, moment};
use crashcap_core::inspect::{Control, Head};
use crashcap_core::trigger::CrashSet;
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
    /// When the recording began whose window was killed; until the folder was read.
    pub(crate) unfinished: Option<Timestamp>,
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
    /// Something crashed.
    pub(crate) danger: bool,
    /// The recording was ended, and nothing had fired.
    pub(crate) stopped: bool,
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
        let Some(facts) = &head.facts else {
            let cause = match &head.unreadable {
                Some(problem) => format!("Cannot be read: {}", reason(problem, &head.path)),
                None => "not saved by Crashcap".into(),
            };
            return Self {
                path: head.path.clone(),
                subject: "–".into(),
                cause: escaped(&cause),
                at: head.at().unwrap_or_default(),
                span: String::new(),
                packets: String::new(),
                size: head.size,
                danger: false,
                stopped: false,
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
            danger: crashed(&facts.frozen_by),
            stopped: matches!(facts.frozen_by, FrozenBy::Stopped { .. }),
        }
    }

    /// Its texts, a column each; with `wide` also span and packets.
    pub(crate) fn cells(&self, wide: bool) -> Vec<String> {
        let mut cells = vec![
            time_zoned(self.at),
            self.subject.clone(),
            self.cause.clone(),
            file_name(&self.path),
        ];
        if wide {
            cells.extend([self.span.clone(), self.packets.clone()]);
        }
        cells.push(super::size(self.size));
        cells
    }
}

/// A file's name as it is shown.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    escaped(&name.to_string_lossy())
}

/// Why a file cannot be read, without the path that the sentence begins with.
fn reason<'a>(problem: &'a str, path: &Path) -> &'a str {
    let doing = format!("read {}: ", path.display());
    problem.strip_prefix(&doing).unwrap_or(problem)
}

/// Whether a target crashed: an end as it should be is no alarm.
pub(super) fn crashed(frozen_by: &FrozenBy) -> bool {
    let FrozenBy::Firing(firing) = frozen_by else {
        return false;
    };
    let fault = firing.status.is_none() && firing.fault.is_some();
    let status = firing.status.as_ref();
    fault || status.is_some_and(|status| CrashSet::default().counts(status))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_told_by_its_reason() {
        let path = PathBuf::from("/srv/incidents/broken.pcapng");
        let row = Row::of(&Head {
            path: path.clone(),
            size: ByteCount(7),
            modified: None,
            sentence: None,
            facts: None,
            unreadable: Some(format!("read {}: the file is empty", path.display())),
        });
        assert_eq!(row.cause, "Cannot be read: the file is empty");
        assert_eq!(row.cells(false)[3], "broken.pcapng");
        assert_eq!(row.cells(true).len(), row.cells(false).len() + 2);
    }

    #[test]
    fn only_a_crash_is_marked_as_one() {
        use crashcap_core::clock::{Monotonic, Now};
        use crashcap_core::trigger::{Firing, TriggerKind};
        use crashcap_core::watch::ExitStatus;

        let at = Now {
            monotonic: Monotonic(5),
            wall: Timestamp(5),
        };
        let fired = |status: Option<ExitStatus>, fault: Option<Now>| {
            FrozenBy::Firing(Box::new(Firing {
                seen: None,
                kind: TriggerKind::Exit,
                at,
                process: None,
                status,
                fault,
                end: None,
                note: None,
            }))
        };
        let code = |code| Some(ExitStatus::Code { code });
        assert!(!crashed(&fired(code(0), None)));
        assert!(crashed(&fired(code(3), None)));
        assert!(crashed(&fired(None, Some(at))), "it dumps core still");
        assert!(!crashed(&FrozenBy::Snapshot { at: at.wall }));
    }
}
