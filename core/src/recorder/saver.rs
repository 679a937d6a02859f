//! The thread that writes incidents, one after another, and deletes those that
//! the profile says. Nobody else waits for a disk.

use std::path::PathBuf;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};

use super::keeper::{SavedFiles, SaverReply};
use crate::incident::{self, Format, Incident};

/// What the thread is to do.
#[derive(Debug)]
pub(super) enum Job {
    Save(Box<SaverJob>),
    /// Delete the files of incidents.
    Delete(Vec<PathBuf>),
}

/// One incident to write into a folder.
#[derive(Debug)]
pub(super) struct SaverJob {
    pub(super) incident: Incident,
    pub(super) folder: PathBuf,
}

/// What the thread has done.
#[derive(Debug)]
pub(super) enum Done {
    Wrote(Box<SaverReply>),
    /// What is to be told, a sentence each.
    Deleted(Vec<String>),
}

/// Starts the thread; it ends when its jobs' sender is gone.
pub(super) fn start(
    format: Format,
    jobs: Receiver<Job>,
    replies: Sender<Done>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("saver".into())
        .spawn(move || {
            for job in jobs {
                // The keeper is gone only after a panic of its own, when it saves by itself.
                if replies.send(carry_out(job, format)).is_err() {
                    return;
                }
            }
        })
}

/// Does a job on the calling thread.
pub(super) fn carry_out(job: Job, format: Format) -> Done {
    match job {
        Job::Save(job) => Done::Wrote(Box::new(write(*job, format))),
        Job::Delete(paths) => Done::Deleted(paths.iter().map(|path| delete(path)).collect()),
    }
}

/// Deletes one file and says so.
fn delete(path: &std::path::Path) -> String {
    match std::fs::remove_file(path) {
        Ok(()) => format!(
            "deleted {}, the oldest incident, as the profile says",
            path.display()
        ),
        Err(error) => format!(
            "could not delete {}, the oldest incident: {error}; delete it by hand",
            path.display()
        ),
    }
}

/// Writes one incident; a panic while writing is a refusal like any other.
pub(super) fn write(job: SaverJob, format: Format) -> SaverReply {
    let SaverJob { incident, folder } = job;
    let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        incident::save(&incident, &folder, format)
    }));
    let result = match written {
        Ok(Ok(saved)) => Ok(SavedFiles {
            paths: saved.paths,
            bytes: saved.bytes,
            took: saved.took,
        }),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!(
            "save the incident in {}: the program failed while writing; please report this",
            folder.display()
        )),
    };
    SaverReply {
        incident,
        result,
        folder,
    }
}
