//! What takes time with files, each on a thread of its own: a copy waits for
//! the disk, showing a file for the desktop.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::copy::copy;
use super::reveal::reveal;
use crate::services::Wake;

/// What was done and not yet taken; a thread waits while as many are.
const DONE_MAX: usize = 16;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Copy a file to a name that no file has.
    Copy {
        /// The file.
        from: PathBuf,
        /// Its copy, as [`super::copy_target`] says it.
        to: PathBuf,
    },
    /// Show a file in the file manager.
    Reveal(PathBuf),
}

/// What came of a job: a sentence, or nothing worth one; an error is one too.
pub(crate) type Done = Result<Option<String>, String>;

/// The work that is under way, and what came of it.
pub(crate) struct Work {
    done: Receiver<(Job, Done)>,
    tell: Sender<(Job, Done)>,
    wake: Wake,
}

impl Work {
    pub(crate) fn new(wake: Wake) -> Self {
        let (tell, done) = bounded(DONE_MAX);
        Self { done, tell, wake }
    }

    /// Begins a job. What comes of it is told by [`Self::take`].
    pub(crate) fn begin(&self, job: Job) {
        let (tell, wake) = (self.tell.clone(), self.wake.clone());
        let of_thread = job.clone();
        let begun = std::thread::Builder::new()
            .name("files".into())
            .spawn(move || {
                let done = run(&of_thread);
                // The window may be gone.
                if tell.send((of_thread, done)).is_ok() {
                    wake();
                }
            });
        if let Err(error) = begun {
            let why = format!("start a thread: {error}; try again later");
            let _ = self.tell.try_send((job, Err(why)));
        }
    }

    /// What came of a job, if one is done.
    pub(crate) fn take(&self) -> Option<(Job, Done)> {
        self.done.try_recv().ok()
    }
}

fn run(job: &Job) -> Done {
    match job {
        Job::Copy { from, to } => copy(from, to).map(Some),
        Job::Reveal(path) => reveal(path).map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn what_came_of_a_job_is_told() {
        let (woken, wakes) = bounded(4);
        let work = Work::new(Arc::new(move || {
            let _ = woken.try_send(());
        }));
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["one.pcapng", "two.pcapng"].map(|name| folder.path().join(name));
        fs::write(&from, "one").unwrap();
        let copy = Job::Copy {
            from,
            to: to.clone(),
        };
        for fails in [false, true] {
            work.begin(copy.clone());
            wakes.recv_timeout(Duration::from_secs(20)).unwrap();
            let (job, done) = work.take().unwrap();
            assert_eq!((&job, done.is_err()), (&copy, fails));
        }
        assert_eq!(fs::read_to_string(to).unwrap(), "one");
    }
}
