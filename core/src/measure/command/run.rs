//! Running a program to its end, or to its timeout.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use crossbeam_channel::{Receiver, after, never, select};

use super::kept::{Kept, Output};
use super::program::{CannotRun, Program};
use super::reading::Reading;
use super::start::Started;
use crate::clock::now;
use crate::limits;
use crate::watch::ExitStatus;

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// How long it ran.
    pub took: Duration,
    /// What it said.
    pub output: Output,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, or by somebody else's signal.
    Ended(ExitStatus),
    /// It still ran after its time, and was ended with all of its group.
    TimedOut,
    /// Who ran it wanted no more of it, and it was ended in the same way.
    Stopped,
}

impl Outcome {
    /// Whether it exited with status 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.end == End::Ended(ExitStatus::Code { code: 0 })
    }
}

/// Runs a program and waits for its end, at most for `timeout`; of what it says
/// at most `output_max` bytes are kept, the first and the last.
///
/// It reads nothing, inherits the recorder's folder and environment, and is the
/// leader of a process group (Windows: in a job) that is ended whole when its
/// time is over. Those that it leaves behind when it ends by itself, or that
/// left the group (setsid(2)), are let be, though they may hold its output open.
///
/// # Errors
/// It cannot be run, and why.
pub fn run_program(
    program: &Program,
    timeout: Duration,
    output_max: usize,
) -> Result<Outcome, CannotRun> {
    run_program_until(program, timeout, output_max, &never())
}

/// The same, and ends it as soon as `stop` has a word or nobody can send one.
///
/// # Errors
/// It cannot be run, and why.
pub fn run_program_until(
    program: &Program,
    timeout: Duration,
    output_max: usize,
    stop: &Receiver<()>,
) -> Result<Outcome, CannotRun> {
    let start = now().monotonic;
    let (started, pipe) = Started::new(program)?;
    let reading = Reading::new(pipe, move |pipe| keep(pipe, output_max));
    let reading = reading.map_err(|error| program.failed(&error))?;
    let cut = select! {
        recv(started.ended()) -> _ => None,
        recv(after(timeout)) -> _ => Some(End::TimedOut),
        recv(stop) -> _ => Some(End::Stopped),
    };
    let took = now().monotonic.since(start);
    let end = match cut {
        Some(end) => {
            drop(started);
            end
        }
        None => End::Ended(started.finish().unwrap_or_else(|| ExitStatus::Unknown {
            reason: "somebody else waited for it".to_owned(),
        })),
    };
    // What it wrote is in the pipe; a process that it left behind may keep that open.
    let _ = reading.done().recv_timeout(limits::LEFT_OUTPUT_WAIT);
    let kept = reading.end().unwrap_or_else(|| Kept::new(0));
    Ok(Outcome {
        end,
        took,
        output: kept.into_output(),
    })
}

fn keep(pipe: &mut impl Read, most: usize) -> Kept {
    let mut kept = Kept::new(most);
    let mut buffer = vec![0; limits::PIPE_BUFFER];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return kept,
            Ok(count) => kept.push(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return kept,
        }
    }
}
