//! What kind of refusal an error is, for the remedy that the window offers.

use crashcap_core::capture::CaptureError;
use crashcap_core::link::Refusal;
use crashcap_core::profile::ProfileError;
use crashcap_core::recorder::StartError;

use crate::cli::exit::Exit;

/// A refusal with its sentence.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) sentence: String,
}

impl From<ProfileError> for Refused {
    fn from(error: ProfileError) -> Self {
        Self {
            refusal: Refusal::Profile,
            sentence: error.to_string(),
        }
    }
}

/// Signals cannot be waited for.
impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self {
            refusal: Refusal::Other,
            sentence: format!("wait for signals: {error}"),
        }
    }
}

impl From<StartError> for Refused {
    fn from(error: StartError) -> Self {
        let refusal = match &error {
            StartError::Capture(error) => of_capture(error),
            // No way in which the window asks for rights gives that one.
            StartError::Namespace(_) => Refusal::Other,
            StartError::Watch(_) => Refusal::Target,
            StartError::Measure(_) | StartError::Packets(_) | StartError::Action(_) => {
                Refusal::Other
            }
            StartError::Folder(_) => Refusal::Folder,
            StartError::Memory(_) | StartError::Allocation(_) => Refusal::Memory,
            StartError::TooManySources { .. } | StartError::NoSources => Refusal::Interface,
            StartError::Thread { .. } => Refusal::Other,
        };
        Self {
            refusal,
            sentence: error.to_string(),
        }
    }
}

fn of_capture(error: &CaptureError) -> Refusal {
    match error {
        CaptureError::NoLibrary(_) => Refusal::NoLibrary,
        CaptureError::NoRights { .. } => Refusal::NoRights,
        CaptureError::Filter { .. } => Refusal::Filter,
        CaptureError::List { .. }
        | CaptureError::UnknownInterface { .. }
        | CaptureError::Down { .. }
        | CaptureError::Open { .. } => Refusal::Interface,
        CaptureError::File { .. } | CaptureError::System { .. } => Refusal::Other,
    }
}

/// How the program ends for it.
pub(super) fn exit(refusal: Refusal) -> Exit {
    match refusal {
        Refusal::NoRights => Exit::NoRights,
        Refusal::NoLibrary => Exit::NoLibrary,
        Refusal::Filter | Refusal::Profile => Exit::Usage,
        Refusal::Memory => Exit::NoMemory,
        Refusal::Interface | Refusal::Target => Exit::NotFound,
        Refusal::Folder => Exit::NotSaved,
        Refusal::Other => Exit::RecordingFailed,
    }
}
