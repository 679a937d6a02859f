//! setns(2): a thread that enters, and then does what is to be done inside.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{NamespaceError, NetworkNamespace};

type Job = Box<dyn FnOnce() + Send>;

/// A thread inside a namespace; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Inside {
    jobs: Sender<Job>,
    /// The thread's own folder in procfs.
    folder: PathBuf,
}

impl Inside {
    pub(super) fn enter(namespace: &NetworkNamespace) -> Result<Self, NamespaceError> {
        let system = |error: io::Error| NamespaceError::System {
            namespace: namespace.clone(),
            words: error.to_string(),
        };
        let door = door(namespace)?;
        let (jobs, queue) = bounded::<Job>(0);
        let (told, entered) = bounded(1);
        Builder::new()
            .name("inside".into())
            .spawn(move || {
                let entered = go_in(&door);
                let is_in = entered.is_ok();
                // Whoever asked waits for it.
                let _ = told.send(entered);
                if is_in {
                    work(&queue);
                }
            })
            .map_err(system)?;
        let entered = entered
            .recv()
            .map_err(|error| system(io::Error::other(error)))?;
        let folder = entered.map_err(|refusal| refused(namespace, refusal))?;
        Ok(Self { jobs, folder })
    }

    pub(super) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, answered) = bounded(1);
        let job = Box::new(move || {
            // A panic is handed on: the thread is needed by others.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(job)));
        });
        let _ = self.jobs.send(job);
        match answered.recv() {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => unreachable!("the thread inside lives as long as this does"),
        }
    }

    pub(super) fn tables(&self) -> PathBuf {
        self.folder.join("net")
    }
}

fn work(queue: &Receiver<Job>) {
    for job in queue {
        job();
    }
}

/// Why a thread is not inside.
enum Refusal {
    Enter(Errno),
    /// Without it ports could not be looked up.
    NoProcfs(io::Error),
}

/// Enters, for as long as the calling thread lives; where procfs tells of it.
fn go_in(door: &OwnedFd) -> Result<PathBuf, Refusal> {
    move_into_link_name_space(door.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(Refusal::Enter)?;
    // Its number is another one where procfs is that of another PID namespace.
    let own = fs::read_link("/proc/thread-self").map_err(Refusal::NoProcfs)?;
    Ok(Path::new("/proc").join(own))
}

/// Opens the namespace's file, whatever it may turn out to be.
fn door(namespace: &NetworkNamespace) -> Result<OwnedFd, NamespaceError> {
    let path = match namespace {
        NetworkNamespace::OfProcess(pid) => PathBuf::from(format!("/proc/{pid}/ns/net")),
        NetworkNamespace::File(path) => path.clone(),
    };
    // Without a wait for whoever writes into a named pipe.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    open(&path, flags, Mode::empty()).map_err(|error| match (namespace, error) {
        // The number of one that has ended and was not asked for its status has none.
        (NetworkNamespace::OfProcess(pid), Errno::NOENT | Errno::SRCH) => {
            NamespaceError::NoSuchProcess { pid: *pid }
        }
        (NetworkNamespace::File(_), Errno::NOENT | Errno::NOTDIR) => {
            NamespaceError::NoSuchFile { path }
        }
        // What cannot be opened for reading, as a socket cannot.
        (NetworkNamespace::File(_), Errno::NXIO | Errno::NODEV) => {
            NamespaceError::NoNamespace { path }
        }
        (_, error) => not_entered(namespace, error),
    })
}

fn refused(namespace: &NetworkNamespace, refusal: Refusal) -> NamespaceError {
    match (namespace, refusal) {
        (NetworkNamespace::File(path), Refusal::Enter(Errno::INVAL)) => {
            NamespaceError::NoNamespace { path: path.clone() }
        }
        (_, Refusal::Enter(error)) => not_entered(namespace, error),
        (_, Refusal::NoProcfs(error)) => NamespaceError::System {
            namespace: namespace.clone(),
            words: format!("/proc/thread-self: {error}"),
        },
    }
}

fn not_entered(namespace: &NetworkNamespace, error: Errno) -> NamespaceError {
    let (namespace, words) = (namespace.clone(), io::Error::from(error).to_string());
    match error {
        Errno::PERM | Errno::ACCESS => NamespaceError::NoRights { namespace, words },
        _ => NamespaceError::System { namespace, words },
    }
}
