//! Reading folders and files, on a thread of its own.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::inspect::{self, Control};
use crashcap_core::units::Timestamp;

use super::Wake;
use crate::model::{Page, Row};

/// What is to be read.
#[derive(Clone, Debug)]
pub(crate) enum Read {
    /// The incidents of a folder.
    Folder(PathBuf),
    /// The same, where the folder is another than when it was read last.
    FolderAgain(PathBuf),
    /// A file.
    File(PathBuf, Control),
}

/// What was read.
#[derive(Debug)]
pub(crate) enum WasRead {
    /// The incidents of a folder, the newest first.
    Folder(Result<Vec<Row>, String>),
    /// A file.
    File(PathBuf, Result<Box<Page>, String>),
}

/// The thread; it ends with this value.
#[derive(Debug)]
pub(crate) struct Reader {
    reads: Sender<Read>,
    answers: Receiver<WasRead>,
}

impl Reader {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no more threads.
    pub(crate) fn start(wake: Wake) -> std::io::Result<Self> {
        let (reads, asked) = bounded::<Read>(4);
        let (answer, answers) = bounded(4);
        std::thread::Builder::new()
            .name("reader".into())
            .spawn(move || {
                let mut listed = None;
                for read in asked {
                    let Some(was_read) = carry_out(read, &mut listed) else {
                        continue;
                    };
                    if answer.send(was_read).is_err() {
                        return;
                    }
                    wake();
                }
            })?;
        Ok(Self { reads, answers })
    }

    /// Has something read. False where too much is asked for already.
    pub(crate) fn read(&self, what: Read) -> bool {
        self.reads.try_send(what).is_ok()
    }

    /// What was read, if something was.
    pub(crate) fn take(&self) -> Option<WasRead> {
        self.answers.try_recv().ok()
    }
}

/// A folder, and when something in it was made, removed or renamed last.
type Listed = (PathBuf, Option<SystemTime>);

/// None where nothing is new.
fn carry_out(read: Read, listed: &mut Option<Listed>) -> Option<WasRead> {
    Some(match read {
        Read::Folder(folder) => {
            let now = as_it_is(&folder);
            let rows = list(&folder);
            *listed = Some((folder, now));
            WasRead::Folder(rows)
        }
        Read::FolderAgain(folder) => {
            let now = (folder.clone(), as_it_is(&folder));
            if listed.as_ref() == Some(&now) {
                return None;
            }
            return carry_out(Read::Folder(folder), listed);
        }
        Read::File(path, control) => {
            let page = inspect::overview(&path, &control)
                .map(|overview| Box::new(Page::of(&overview, changed(&path))))
                .map_err(|error| error.to_string());
            WasRead::File(path, page)
        }
    })
}

fn as_it_is(folder: &Path) -> Option<SystemTime> {
    folder.metadata().ok()?.modified().ok()
}

/// When a file was changed last.
fn changed(path: &Path) -> Option<Timestamp> {
    let changed = path.metadata().ok()?.modified().ok()?;
    let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp(u64::try_from(since.as_nanos()).ok()?))
}

fn list(folder: &Path) -> Result<Vec<Row>, String> {
    // A folder that is not there yet holds nothing.
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let heads = inspect::heads(folder).map_err(|error| error.to_string())?;
    Ok(heads.heads.iter().map(Row::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_again_only_when_something_in_it_is_another() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("incidents");
        let mut listed = None;
        let mut again = || carry_out(Read::FolderAgain(folder.clone()), &mut listed);
        let rows = |read: Option<WasRead>| match read {
            Some(WasRead::Folder(Ok(rows))) => Some(rows.len()),
            Some(other) => panic!("{other:?}"),
            None => None,
        };
        assert_eq!(rows(again()), Some(0), "not there yet");
        assert_eq!(rows(again()), None);
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(rows(again()), Some(0));
        std::fs::write(folder.join("one.pcapng"), "").unwrap();
        // Of a coarse clock two changes may have one time.
        let later = SystemTime::now() + std::time::Duration::from_secs(5);
        let opened = std::fs::File::open(&folder).unwrap();
        opened.set_modified(later).unwrap();
        assert_eq!(rows(again()), Some(1));
        assert_eq!(rows(again()), None);
    }
}
