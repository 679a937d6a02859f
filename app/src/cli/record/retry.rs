//! Evidence that no folder took is tried again until it is on disk or given up.

use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::tick;

use crashcap_core::recorder::{Command, Recorder};

/// After how long it is tried again.
const INTERVAL: Duration = Duration::from_secs(30);

/// Tries this folder again and again while something waits for a place, on a
/// thread of its own: who tells what happens may be held up by who listens.
pub(in crate::cli) fn retry(recorder: &Recorder, folder: PathBuf) {
    let (commands, latest) = (recorder.commands(), recorder.latest());
    // Without the thread `crashcap save-to` still names a place.
    let _ = std::thread::Builder::new()
        .name("retry".into())
        .spawn(move || {
            for _ in tick(INTERVAL) {
                let waits = latest.get().is_some_and(|status| status.unsaved.is_some());
                let folder = folder.clone();
                if waits && commands.send(Command::SaveTo { folder }).is_err() {
                    return;
                }
            }
        });
}
