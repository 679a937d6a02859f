//! What kind of refusal an error is, for the remedy that the window offers.

use crashcap_core::capture::CaptureError;
use crashcap_core::link::Refusal;
use crashcap_core::profile::ProfileError;
use crashcap_core::recorder::StartError;
use crashcap_core::watch::WatchError;

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
            sentence: for_a_window(&error),
        }
    }
}

/// The sentence for somebody in a window: what can be done there, and nothing of
/// commands and options.
fn for_a_window(error: &StartError) -> String {
    match error {
        StartError::Capture(error) => capture_for_a_window(error),
        StartError::Watch(error) => target_for_a_window(error),
        other => other.to_string(),
    }
}

fn capture_for_a_window(error: &CaptureError) -> String {
    match error {
        CaptureError::UnknownInterface { name, similar } => {
            format!("There is no interface {name} now{similar}. Choose another, or all interfaces.")
        }
        CaptureError::Filter { place, words, .. } => format!("{words} (for {place})"),
        other => other.to_string(),
    }
}

fn target_for_a_window(error: &WatchError) -> String {
    match error {
        WatchError::NoSuchPid { pid } => {
            format!("There is no process {pid} any more. Choose another, or name it by Name.")
        }
        WatchError::NoMatch { target, similar } => {
            let running = match similar.as_slice() {
                [] => String::new(),
                names => format!("; running are {}", names.join(", ")),
            };
            format!(
                "No process matches: looked for {target}{running}. Start it first, or wait for it."
            )
        }
        WatchError::NobodyListens { port } => format!(
            "Nobody listens on port {port} here. Start the server first, or wait for it; one \
             in a container is not seen by its port, so choose that by process or name."
        ),
        WatchError::NobodySeen { port } => format!(
            "Nobody is seen to listen on port {port}, but other users' processes may not be \
             seen. Choose it by process or name, or wait for it."
        ),
        WatchError::EndedBefore { name, pid } => format!(
            "{name} (pid {pid}) ended before it could be watched. Start it again, or wait for it."
        ),
        other => other.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::watch::TargetSpec;

    #[test]
    fn a_window_is_told_nothing_of_commands_and_options() {
        let name = || "eth9".to_owned();
        let target = TargetSpec::Name("router".into());
        let errors: [StartError; 7] = [
            CaptureError::UnknownInterface {
                name: name(),
                similar: " (did you mean eth0?)".into(),
            }
            .into(),
            CaptureError::Down { name: name() }.into(),
            WatchError::NoSuchPid { pid: 7 }.into(),
            WatchError::NoMatch {
                target,
                similar: vec!["rooter".into()],
            }
            .into(),
            WatchError::NobodyListens { port: 80 }.into(),
            WatchError::NobodySeen { port: 80 }.into(),
            WatchError::EndedBefore {
                name: name(),
                pid: 7,
            }
            .into(),
        ];
        for error in errors {
            let sentence = Refused::from(error).sentence;
            assert!(
                !sentence.contains("--") && !sentence.contains('`'),
                "{sentence}"
            );
        }
    }
}
