//! Exit codes, as `crashcap record --help` lists them.

use crashcap_core::capture::{CaptureError, NamespaceError};
use crashcap_core::recorder::{Outcome, StartError};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; of a recording: frozen and saved.
    Done = 0,
    /// `check` found something that would go wrong, or nobody answered.
    Failed = 1,
    /// What was asked for is not possible.
    Usage = 2,
    /// This user may not capture.
    NoRights = 3,
    /// libpcap or Npcap is missing.
    NoLibrary = 4,
    /// An incident is not on disk.
    NotSaved = 5,
    /// The recording failed; what the ring held was saved.
    RecordingFailed = 6,
    /// An interface, a process or a file is not there.
    NotFound = 7,
    /// There is not enough memory for the ring now.
    NoMemory = 8,
    /// As many incidents are kept as may be: recording ended as was asked for.
    Full = 9,
    /// The user stopped the recording and wanted nothing saved, or a capture
    /// file ended and nothing fired.
    Stopped = 130,
}

/// The codes for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    frozen and saved
  1    a check found something that would go wrong, or no recorder answered
  2    what was asked for is not possible: a wrong option or profile,
       a filter that does not compile
  3    this user may not capture, or not enter the network namespace
  4    the capture library is missing
  5    an incident could not be saved
  6    the recording failed on the way; what the ring held was saved
  7    an interface, a target, a network namespace or a file is not there
  8    there is not enough memory for the ring now
  9    as many incidents are kept as may be, so recording ended
  130  stopped by the user, or a capture file ended, and nothing was saved
       at that moment; incidents saved before stay";

/// A sentence and the code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) sentence: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl ToString) -> Self {
        Self {
            exit,
            sentence: sentence.to_string(),
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let exit = match &error {
            StartError::Capture(error) => of_capture(error),
            StartError::Namespace(error) => of_namespace(error),
            StartError::Watch(_) | StartError::NoSources => Exit::NotFound,
            StartError::Thread { .. } => Exit::RecordingFailed,
            StartError::Folder(_) => Exit::NotSaved,
            StartError::Measure(_)
            | StartError::Action(_)
            | StartError::Packets(_)
            | StartError::TooManySources { .. } => Exit::Usage,
            // In a minute there may be enough.
            StartError::Memory(_) | StartError::Allocation(_) => Exit::NoMemory,
        };
        Self::new(exit, error)
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        Self::new(of_capture(&error), error)
    }
}

impl From<NamespaceError> for Failure {
    fn from(error: NamespaceError) -> Self {
        Self::new(of_namespace(&error), error)
    }
}

fn of_namespace(error: &NamespaceError) -> Exit {
    match error {
        NamespaceError::NoRights { .. } => Exit::NoRights,
        NamespaceError::NoSuchProcess { .. } | NamespaceError::NoSuchFile { .. } => Exit::NotFound,
        NamespaceError::NoNamespace { .. } | NamespaceError::OnlyLinux { .. } => Exit::Usage,
        NamespaceError::System { .. } => Exit::RecordingFailed,
    }
}

fn of_capture(error: &CaptureError) -> Exit {
    match error {
        CaptureError::NoLibrary(_) => Exit::NoLibrary,
        CaptureError::NoRights { .. } => Exit::NoRights,
        CaptureError::Filter { .. } => Exit::Usage,
        _ => Exit::NotFound,
    }
}

/// The code and, where there is something to say, the sentence of an outcome.
/// `saved` files were saved on the way.
pub(crate) fn of_outcome(outcome: &Outcome, saved: u32) -> (Exit, Option<String>) {
    match outcome {
        Outcome::FrozenAndSaved => (Exit::Done, None),
        Outcome::Stopped => {
            let sentence = match saved {
                0 => "stopped; nothing was saved".to_owned(),
                1 => "stopped; 1 file was saved before, nothing since".to_owned(),
                many => format!("stopped; {many} files were saved before, nothing since"),
            };
            (Exit::Stopped, Some(sentence))
        }
        Outcome::EndOfFile => (
            Exit::Stopped,
            Some("the capture file was played to its end; nothing fired, nothing was saved".into()),
        ),
        Outcome::Full { reason } => (Exit::Full, Some(format!("recording ended: {reason}"))),
        Outcome::Failed {
            reason,
            saved: true,
        } => (
            Exit::RecordingFailed,
            Some(format!(
                "recording failed: {reason}; what the ring held was saved"
            )),
        ),
        Outcome::Failed {
            reason,
            saved: false,
        } => (Exit::NotSaved, Some(format!("recording failed: {reason}"))),
        Outcome::NotSaved { reason } => (Exit::NotSaved, Some(reason.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_tells_of_what_was_saved_before() {
        let said = |saved| of_outcome(&Outcome::Stopped, saved);
        let (exit, sentence) = said(0);
        assert_eq!(exit, Exit::Stopped);
        assert_eq!(sentence.unwrap(), "stopped; nothing was saved");
        assert!(said(1).1.unwrap().contains("1 file was saved before"));
        assert!(said(2).1.unwrap().contains("2 files were saved before"));
    }

    #[test]
    fn a_capture_file_in_which_nothing_fires_ends_like_a_stop() {
        let (exit, sentence) = of_outcome(&Outcome::EndOfFile, 0);
        assert_eq!(exit, Exit::Stopped);
        assert!(sentence.unwrap().contains("nothing fired"));
    }
}
