//! Reading folders and files, on a thread of its own.

use std::path::{Path, PathBuf};

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
                for read in asked {
                    if answer.send(carry_out(read)).is_err() {
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

fn carry_out(read: Read) -> WasRead {
    match read {
        Read::Folder(folder) => WasRead::Folder(list(&folder)),
        Read::File(path, control) => {
            let page = inspect::overview(&path, &control)
                .map(|overview| Box::new(Page::of(&overview, written(&path))))
                .map_err(|error| error.to_string());
            WasRead::File(path, page)
        }
    }
}

/// When a file was changed last.
fn written(path: &Path) -> Option<Timestamp> {
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
