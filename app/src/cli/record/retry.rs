//! Evidence that no folder took is tried again until it is on disk or given up.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never};

use crashcap_core::recorder::Event;

/// After how long it is tried again.
const INTERVAL: Duration = Duration::from_secs(30);

/// When to try again.
#[derive(Debug)]
pub(in crate::cli) struct Retry {
    due: Option<Receiver<Instant>>,
    nothing: Receiver<Instant>,
}

impl Retry {
    pub(in crate::cli) fn new() -> Self {
        Self {
            due: None,
            nothing: never(),
        }
    }

    /// Ready when it is time to try again.
    pub(in crate::cli) fn due(&self) -> &Receiver<Instant> {
        self.due.as_ref().unwrap_or(&self.nothing)
    }

    /// It was tried.
    pub(in crate::cli) fn tried(&mut self) {
        self.due = None;
    }

    /// Takes in what the recorder told. True when evidence waits for a place
    /// since now.
    pub(in crate::cli) fn heard(&mut self, event: &Event) -> bool {
        match event {
            Event::SaveFailed {
                fallback_follows: false,
                ..
            } => {
                self.due = Some(after(INTERVAL));
                return true;
            }
            // What the recorder could not take up then is asked for again.
            Event::Status(status) if status.unsaved.is_some() => {
                self.due.get_or_insert_with(|| after(INTERVAL));
            }
            Event::Status(_) => self.due = None,
            _ => {}
        }
        false
    }
}
