//! Why a task could not be done, in sentences that say what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Everything that ends a task early.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    /// A program could not be started at all.
    #[error("could not start `{command}`: {source}")]
    Start { command: String, source: io::Error },

    /// A program ran and failed.
    #[error("`{command}` failed ({how})")]
    Failed { command: String, how: String },

    /// A program ran longer than it may.
    #[error("`{command}` did not end within {minutes} minutes and was ended")]
    TooLong { command: String, minutes: u64 },

    /// Something is missing and installing was not asked for.
    #[error("missing on this machine: {what}. {how}")]
    Missing { what: String, how: String },

    /// The package manager was content, and the thing is still not there.
    #[error("still missing after installing: {what}. Install it by hand, then try again")]
    StillMissing { what: String },

    /// A part of the Rust toolchain is missing.
    #[error("`cargo {command}` is missing. Install it: `rustup component add {component}`")]
    NoComponent {
        command: &'static str,
        component: &'static str,
    },

    /// What cargo printed is not what its documentation says.
    #[error("could not understand the output of `{command}`: {why}")]
    Output { command: String, why: String },

    /// A file of the workspace could not be read, understood or written.
    #[error("could not {doing} {}: {why}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        why: String,
    },

    /// The workspace has no such program (yet).
    #[error("the package {package} has no program named {program}")]
    NoProgram {
        package: &'static str,
        program: &'static str,
    },

    /// One step of getting or proving capture rights was refused.
    #[cfg(target_os = "linux")]
    #[error("{doing}: {source}")]
    Rights {
        doing: &'static str,
        source: io::Error,
    },

    /// One step was refused, and the system says for what cause.
    #[cfg(target_os = "linux")]
    #[error("{doing}: {cause}")]
    Forbidden {
        doing: &'static str,
        cause: &'static str,
    },

    /// There is no way to capture packets here.
    #[error("no right to capture packets: {why}")]
    NoRights { why: String },

    /// A target triple that check-platforms does not know.
    #[error("unknown target {target}. Known: {known}")]
    UnknownTarget { target: String, known: String },
}
