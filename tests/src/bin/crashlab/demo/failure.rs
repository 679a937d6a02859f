//! What can go wrong in the demo, each with what to do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crashcap_tests::lab::capture::CaptureError;
use crashcap_tests::lab::system::Ending;
use crashcap_tests::lab::truth::TruthError;

/// Why the story was not played to its end, or what in it did not hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(
        "such a fault belongs to another story: without --fault each has its own; `demo hang` and `demo close-wait` are those in which the server lives on"
    )]
    AnotherStory,
    #[error("find the path of this program: {0}")]
    Itself(io::Error),
    #[error("handle signals: {0}")]
    Signals(io::Error),
    #[error("wait for a child: {0}")]
    Wait(io::Error),
    #[error("keep the demo's files in {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("start {who} ({program}): {source}{advice}")]
    Start {
        who: &'static str,
        program: PathBuf,
        source: io::Error,
        advice: &'static str,
    },
    #[error("{who} {ending} too early{said}")]
    EndedBadly {
        who: &'static str,
        ending: Ending,
        said: String,
    },
    #[error("waited {limit:?} in vain for {what}")]
    Waited { what: &'static str, limit: Duration },
    #[error("crashcap wrote a line that is no event ({source}): {line}")]
    NotAnEvent {
        line: String,
        source: serde_json::Error,
    },
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Truth(#[from] TruthError),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error("the load sent no poisonous request, so that nothing can be looked for")]
    NoPoison,
    #[error("run tshark: {0}")]
    Tshark(io::Error),
    #[error("{what}: {found}")]
    DidNotHold { what: &'static str, found: String },
}

impl Failure {
    pub(super) fn start(who: &'static str, program: PathBuf, source: io::Error) -> Self {
        let missing = who == "crashcap" && source.kind() == io::ErrorKind::NotFound;
        Self::Start {
            who,
            program,
            source,
            advice: if missing {
                "; build it with `cargo build -p crashcap`, or say where it is with --crashcap"
            } else {
                ""
            },
        }
    }
}
