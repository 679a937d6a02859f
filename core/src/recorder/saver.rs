//! The thread that writes incidents, one after another.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use std::path::PathBuf;

use super::keeper::{SavedFiles, SaverReply};
use crate::incident::{self, Format, Incident};

/// One incident to write into a folder.
#[derive(Debug)]
pub(super) struct SaverJob {
    pub(super) incident: Incident,
    pub(super) folder: PathBuf,
}

/// Starts the thread; it ends when its jobs' sender is gone.
pub(super) fn start(
    format: Format,
    jobs: Receiver<SaverJob>,
    replies: Sender<Box<SaverReply>>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("saver".into())
        .spawn(move || {
            super::system::drop_capabilities();
            for job in jobs {
                // The keeper is gone only after a panic of its own, when it saves by itself.
                if replies.send(Box::new(write(job, format))).is_err() {
                    return;
                }
            }
        })
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
