//! A program that runs in a group of its own.

use std::io::{self, PipeReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::OF_THE_SERVICE;
use super::program::{CannotRun, Program};
use super::system::{self, Group};
use crate::limits;
use crate::watch::ExitStatus;

/// A program that was started; dropped, it is ended with all of its group.
pub(in crate::measure) struct Started {
    group: Group,
    /// Disconnected when it has ended; its number stays taken.
    ended: Receiver<()>,
    /// Dropped, it is waited for to the end.
    reap: Option<Sender<()>>,
    waiter: Option<JoinHandle<Option<ExitStatus>>>,
}

impl Started {
    /// Starts a program that reads nothing; what it says comes by the pipe,
    /// standard output and error together.
    ///
    /// # Errors
    /// It cannot be run, and why.
    pub(in crate::measure) fn new(program: &Program) -> Result<(Self, PipeReader), CannotRun> {
        let path = program.check()?;
        start(program, &path).map_err(|error| program.why(&path, &error))
    }

    /// Disconnected when the program has ended.
    pub(in crate::measure) fn ended(&self) -> &Receiver<()> {
        &self.ended
    }

    /// Waits for its end and says how it ended; `None` where nobody knows.
    pub(in crate::measure) fn finish(mut self) -> Option<ExitStatus> {
        self.reap()
    }

    fn reap(&mut self) -> Option<ExitStatus> {
        drop(self.reap.take());
        self.waiter.take()?.join().ok()?
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.reap.is_none() {
            return;
        }
        self.group.kill();
        // One in uninterruptible sleep ends when the kernel lets it, and is
        // waited for by its thread alone.
        match self.ended.recv_timeout(limits::KILLED_WAIT) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => drop(self.reap()),
        }
    }
}

fn start(program: &Program, path: &Path) -> io::Result<(Started, PipeReader)> {
    let (output, input) = io::pipe()?;
    let mut command = Command::new(path);
    command
        .args(&program.arguments)
        .envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input);
    for variable in OF_THE_SERVICE {
        command.env_remove(variable);
    }
    system::prepare(&mut command);
    let (begun, begins) = bounded(1);
    let (ends, ended) = bounded(0);
    let (reap, reaped) = bounded(0);
    let waiter = Builder::new()
        .name("program".to_owned())
        .spawn(move || run(command, &begun, ends, &reaped))?;
    let group = begins
        .recv()
        .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?;
    let started = Started {
        group,
        ended,
        reap: Some(reap),
        waiter: Some(waiter),
    };
    Ok((started, output))
}

/// The life of a program, from start to end.
fn run(
    mut command: Command,
    begun: &Sender<io::Result<Group>>,
    ends: Sender<()>,
    reaped: &Receiver<()>,
) -> Option<ExitStatus> {
    let spawned = spawn(&mut command);
    // Our own ends of its pipe go, so that the pipe can come to its end.
    drop(command);
    let (mut child, group) = match spawned {
        Ok(both) => both,
        Err(error) => {
            // Who asked waits for this one word.
            let _ = begun.send(Err(error));
            return None;
        }
    };
    let _ = begun.send(Ok(group.clone()));
    group.wait();
    drop(ends);
    // Disconnected is the word.
    let _ = reaped.recv();
    child.wait().ok().map(system::status)
}

fn spawn(command: &mut Command) -> io::Result<(Child, Group)> {
    let mut child = command.spawn()?;
    match Group::of(&child) {
        Ok(group) => Ok((child, group)),
        Err(error) => {
            // It has not run; one that is gone is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
}
