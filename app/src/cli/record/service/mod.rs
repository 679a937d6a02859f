//! What a service manager is told: that it records, how it stands, that the
//! keeper is alive, and that it ends. Where none listens nothing is done.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod none;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::tick;

use crashcap_core::limits::SIGNS_OF_LIFE;
use crashcap_core::recorder::{Event, LatestStatus, Recorder};

#[cfg(target_os = "linux")]
use self::linux::Manager;
#[cfg(not(target_os = "linux"))]
use self::none::Manager;
use self::words::Words;
use crate::cli::text::complain;

/// What it is told; words are one short line.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "nobody reads it")
)]
enum Message<'a> {
    /// Recording has begun.
    Records(&'a str),
    /// How it stands.
    Stands(&'a str),
    /// The keeper is alive.
    Lives,
    /// Recording has ended, and so will this process.
    Ends,
}

/// The service manager, if one started this process and listens.
#[derive(Debug)]
pub(super) struct Service {
    manager: Option<Arc<Manager>>,
    words: Words,
    /// What shows that the keeper is alive.
    latest: LatestStatus,
}

impl Service {
    /// Looks for it. It will hear how this recording stands; `about` says what
    /// is recorded.
    pub(super) fn new(recorder: &Recorder, about: String) -> Self {
        Self {
            manager: Manager::find().map(Arc::new),
            words: Words::new(about),
            latest: recorder.latest(),
        }
    }

    /// Whether one listens.
    pub(super) fn listens(&self) -> bool {
        self.manager.is_some()
    }

    /// Passes on what an event means for it.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(manager) = &self.manager else {
            return;
        };
        let Some(words) = self.words.of(event) else {
            return;
        };
        if matches!(event, Event::Recording { .. }) {
            if let Err(error) = manager.tell(Message::Records(words)) {
                complain(&format!(
                    "tell the service manager that recording began: {error}; it may end this process"
                ));
            }
            if let Some(silence) = manager.watchdog() {
                show_life(Arc::clone(manager), silence, self.latest.clone());
            }
        } else {
            // Recording does not hang on who listens.
            let _ = manager.tell(Message::Stands(words));
        }
    }

    /// It ends, and all that there was to save is saved. Not said before: an
    /// incident that no folder takes may wait for days, and whoever ends gets
    /// a few minutes.
    pub(super) fn ends(&self) {
        if let Some(manager) = &self.manager {
            // It sees the end anyhow.
            let _ = manager.tell(Message::Ends);
        }
    }
}

/// Gives signs of life as long as the keeper tells new statuses. On a thread of
/// its own: who shows what happens may be held up by who reads it.
fn show_life(manager: Arc<Manager>, silence: Duration, latest: LatestStatus) {
    // Without the thread the manager ends this process, and says so.
    let _ = std::thread::Builder::new()
        .name("watchdog".into())
        .spawn(move || {
            let mut seen = None;
            for _ in tick(silence / SIGNS_OF_LIFE) {
                let newest = latest.get().map(|status| status.at);
                if newest.is_some() && newest != seen {
                    seen = newest;
                    // One that is being restarted hears the next.
                    let _ = manager.tell(Message::Lives);
                }
            }
        });
}
