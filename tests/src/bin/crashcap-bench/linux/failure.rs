//! Why there are no figures.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crashcap_tests::lab::system::Ending;

/// Why the bench ended early. Each says what was being done and why it failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("start {program}: {source}; is it installed?")]
    Start { program: PathBuf, source: io::Error },
    #[error("{what}: {source}")]
    System { what: String, source: io::Error },
    #[error("{command}: {said}")]
    Refused { command: String, said: String },
    #[error("{program} {ending} early; it said:\n{said}")]
    EndedEarly {
        program: String,
        ending: Ending,
        said: String,
    },
    #[error("{program}: {what} did not come within {limit:?}; it said:\n{said}")]
    Silent {
        program: String,
        what: String,
        limit: Duration,
        said: String,
    },
    #[error("{program} said what the bench does not understand: {line:?}: {why}")]
    NotUnderstood {
        program: String,
        line: String,
        why: String,
    },
    #[error("{0}")]
    Impossible(String),
    #[error("write {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
}

impl Failure {
    /// A refusal of the system, said as "make a packet socket: operation not permitted".
    pub(crate) fn system<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self::System {
            what,
            source: source.into(),
        }
    }
}
