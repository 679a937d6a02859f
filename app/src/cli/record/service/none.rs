//! Elsewhere no service manager listens in this way.

use std::io;
use std::time::Duration;

use super::Message;

/// There is none.
#[derive(Debug)]
pub(super) enum Manager {}

impl Manager {
    pub(super) fn find() -> Option<Self> {
        None
    }

    pub(super) fn watchdog(&self) -> Option<Duration> {
        match *self {}
    }

    pub(super) fn tell(&self, _message: Message<'_>) -> io::Result<()> {
        match *self {}
    }
}
