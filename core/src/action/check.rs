//! Whether an action can be done here and now, told before recording starts.

use std::io;
use std::path::{Path, PathBuf};

use super::choice::{Action, Form};
use super::{evidence, notify};
use crate::incident::{self, Format, PlaceError};
use crate::measure::CannotRun;
use crate::units::ByteCount;

/// Where recording is to happen.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// Where incidents are saved.
    pub folder: &'a Path,
    /// As what.
    pub format: Format,
    /// Whether there is somebody who shows notifications. Where there is nobody the
    /// other actions are worth doing all the same: [`warning`] says so.
    pub notifies: bool,
}

/// Why an action would fail.
#[derive(Debug, thiserror::Error)]
pub enum CannotAct {
    /// The program is missing or may not be run.
    #[error(transparent)]
    Program(#[from] CannotRun),
    /// A log cannot be read.
    #[error("{}", evidence::unreadable(path, source))]
    Log {
        /// The log.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The `.zip` cannot be written.
    #[error("evidence as a .zip: {source}")]
    Folder {
        /// Why not.
        source: PlaceError,
    },
    /// Classic pcap holds no comments.
    #[error("evidence as comments needs incidents as pcapng: choose that, or evidence as a .zip")]
    NoComments,
}

/// Tells whether an action can be done. Servers are not asked: they would be told
/// of what has not happened.
///
/// # Errors
/// [`CannotAct`], the first reason that there is.
pub fn check(action: &Action, context: &CheckContext<'_>) -> Result<(), CannotAct> {
    match action {
        Action::Program(program) => {
            let arguments = program.arguments().iter().cloned();
            crate::measure::Program::new(program.program(), arguments).check()?;
        }
        Action::Evidence(evidence) => {
            evidence::check_logs(evidence)
                .map_err(|(path, source)| CannotAct::Log { path, source })?;
            match evidence.form() {
                Form::Comments if context.format == Format::Pcap => {
                    return Err(CannotAct::NoComments);
                }
                Form::Comments => {}
                Form::Zip => incident::check(context.folder, ByteCount(0))
                    .map_err(|source| CannotAct::Folder { source })?,
            }
        }
        Action::Notify | Action::Webhook(_) | Action::Exit => {}
    }
    Ok(())
}

/// What is to be known of an action that can be asked for and will not be done.
#[must_use]
pub fn warning(action: &Action, context: &CheckContext<'_>) -> Option<String> {
    let nobody = *action == Action::Notify && !context.notifies;
    nobody.then(|| notify::NO_NOTIFIER.to_owned())
}
