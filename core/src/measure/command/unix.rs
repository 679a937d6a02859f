//! Unix: a process group, and a pipe that is read until somebody says stop.

use std::env;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::watch::ExitStatus;

/// Where a program is looked for.
pub(super) fn folders(path: Option<&OsStr>) -> Vec<PathBuf> {
    path.map_or_else(Vec::new, |path| env::split_paths(path).collect())
}

/// The files that a path may mean.
pub(super) fn spellings(path: &Path) -> Vec<PathBuf> {
    vec![path.to_path_buf()]
}

pub(super) fn may_run(path: &Path, _: &Metadata) -> io::Result<()> {
    Ok(access(path, Access::EXEC_OK)?)
}

/// Whether its mode lets anybody execute it.
pub(super) fn has_mode(found: &Metadata) -> bool {
    found.permissions().mode() & 0o111 != 0
}

pub(super) fn is_no_program(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NOEXEC)
}

pub(super) fn prepare(command: &mut Command) {
    command.process_group(0);
}

/// A child's own process group.
#[derive(Clone, Debug)]
pub(super) struct Group(Pid);

impl Group {
    /// The group that a prepared child leads.
    pub(super) fn of(child: &Child) -> io::Result<Self> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        pid.map(Self).ok_or_else(|| Errno::SRCH.into())
    }

    /// Waits until its leader has ended, whose number stays taken.
    pub(super) fn wait(&self) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        // Another error than an interruption means that there is no such child.
        while matches!(waitid(WaitId::Pid(self.0), options), Err(Errno::INTR)) {}
    }

    /// Ends all of it; its leader must not have been waited for to the end, so
    /// that the number is nobody else's.
    pub(super) fn kill(&self) {
        // A group that is gone already is what was wanted.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}

/// How a child ended.
pub(super) fn status(status: process::ExitStatus) -> ExitStatus {
    match (status.code(), status.signal()) {
        (Some(code), _) => ExitStatus::Code { code },
        (None, Some(number)) => ExitStatus::Signal {
            number,
            core_dumped: Some(status.core_dumped()),
        },
        (None, None) => ExitStatus::Unknown {
            reason: format!("wait(2) told {status}"),
        },
    }
}

/// Reads a pipe; at an end when nobody can write any more, or when it is told
/// to stop.
#[derive(Debug)]
pub(in crate::measure) struct Reader {
    pipe: PipeReader,
    stop: PipeReader,
}

/// Stops a [`Reader`] when dropped.
pub(super) type Stop = PipeWriter;

/// A reader, and what stops it.
pub(super) fn reader(pipe: PipeReader) -> io::Result<(Reader, Stop)> {
    let (stop, stopper) = io::pipe()?;
    Ok((Reader { pipe, stop }, stopper))
}

/// Dropping is enough here: it wakes the reader.
pub(super) fn stop<T>(stop: Stop, _: &std::thread::JoinHandle<T>) {
    drop(stop);
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut both = [
            PollFd::new(&self.pipe, PollFlags::IN),
            PollFd::new(&self.stop, PollFlags::IN),
        ];
        while let Err(error) = poll(&mut both, None) {
            if error != Errno::INTR {
                return Err(error.into());
            }
        }
        if !both[1].revents().is_empty() {
            return Ok(0);
        }
        self.pipe.read(buffer)
    }
}
