//! What the window says while recording runs, and what is done when it is gone.

use std::io::{self, Read};

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::link::{Hearer, ToRecorder};
use crashcap_core::recorder::{Command, LatestStatus, Phase};

/// Passes on what the window says, on a thread of its own. The receiver is
/// closed when the window is gone.
pub(super) fn listen(
    mut hearer: Hearer<impl Read + Send + 'static>,
    commands: Sender<Command>,
    latest: LatestStatus,
) -> Receiver<()> {
    let (leaving, gone) = bounded(1);
    // Without the thread the window is as good as gone, and the receiver says so.
    let _ = std::thread::Builder::new()
        .name("window".into())
        .spawn(move || {
            let _leaving = leaving;
            loop {
                match step(hearer.hear(), || only_waits(&latest)) {
                    Step::Pass(command) => {
                        if commands.send(command).is_err() {
                            return;
                        }
                    }
                    Step::Nothing => {}
                    Step::Leave(last) => {
                        // A recorder that has ended needs no last word.
                        let _ = last.map(|command| commands.send(command));
                        return;
                    }
                }
            }
        });
    gone
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Pass(Command),
    Nothing,
    Leave(Option<Command>),
}

/// What follows from what was heard.
fn step(heard: io::Result<Option<ToRecorder>>, only_waits: impl FnOnce() -> bool) -> Step {
    let stop = |save, reason: String| Step::Leave(Some(Command::Stop { save, reason }));
    match heard {
        Ok(Some(ToRecorder::Command { command })) => Step::Pass(command),
        // Filters are checked before a recording; there is one recording a child.
        Ok(Some(ToRecorder::CheckFilter { .. } | ToRecorder::Start(_))) => Step::Nothing,
        // To stop what has ended already would be to give up what waits for a place.
        Ok(Some(ToRecorder::Goodbye)) if only_waits() => Step::Leave(None),
        Ok(Some(ToRecorder::Goodbye)) => stop(false, "the window was closed".into()),
        Ok(None) => stop(true, "the window ended without a word".into()),
        Err(error) => stop(true, format!("the window could not be understood: {error}")),
    }
}

/// Nothing is recorded any more, and evidence waits for a folder that takes it.
fn only_waits(latest: &LatestStatus) -> bool {
    latest.get().is_some_and(|status| {
        status.unsaved.is_some() && matches!(status.phase, Phase::Frozen | Phase::Failed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(step: &Step) -> (bool, &str) {
        match step {
            Step::Leave(Some(Command::Stop { save, reason })) => (*save, reason),
            other => panic!("not stopped: {other:?}"),
        }
    }

    #[test]
    fn whoever_leaves_without_a_goodbye_leaves_a_file() {
        assert!(stopped(&step(Ok(None), || false)).0);
        let strange = io::Error::new(io::ErrorKind::InvalidData, "a strange frame");
        let step = step(Err(strange), || false);
        let (save, reason) = stopped(&step);
        assert!(save);
        assert!(reason.contains("a strange frame"), "{reason}");
    }

    #[test]
    fn a_goodbye_saves_nothing_and_gives_nothing_up() {
        let goodbye = || Ok(Some(ToRecorder::Goodbye));
        assert!(!stopped(&step(goodbye(), || false)).0);
        assert_eq!(step(goodbye(), || true), Step::Leave(None));
    }
}
