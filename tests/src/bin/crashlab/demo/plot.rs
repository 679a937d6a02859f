//! The stories that can be played: how each server fails, and what Crashcap waits for.

use std::time::Duration;

use crashcap_tests::lab::fault::Fault;

/// What happens to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Plot {
    /// One request ends it
    #[default]
    Crash,
    /// From one request on it keeps the connections that its clients close
    CloseWait,
    /// From one request on it answers nobody
    Hang,
}

impl Plot {
    /// How the server fails, unless something else is asked for.
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Crash => Fault::Segv,
            Self::CloseWait => Fault::CloseWait,
            Self::Hang => Fault::Hang,
        }
    }

    /// The trigger as it is written for crashcap.
    pub(super) fn trigger(self, port: u16) -> String {
        match self {
            Self::Crash => "exit".to_owned(),
            Self::CloseWait => "sockets states=CLOSE_WAIT above=100 sustained=1s".to_owned(),
            Self::Hang => format!("no_answer after=1s ports={port}"),
        }
    }

    /// Its kind, as crashcap tells it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Crash => "exit",
            Self::CloseWait => "sockets",
            Self::Hang => "no_answer",
        }
    }

    /// What the incident's sentence has to tell of.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Crash => "router_runner",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Hang => "answer",
        }
    }

    /// Short connections a second beside the load.
    pub(super) fn visitors(self) -> u32 {
        match self {
            Self::Crash | Self::Hang => 0,
            Self::CloseWait => 100,
        }
    }

    /// How long the load goes on after the last moment at which the poison may be sent.
    pub(super) fn load_after_poison(self) -> Duration {
        match self {
            Self::Crash | Self::Hang => Duration::from_secs(2),
            Self::CloseWait => Duration::from_secs(8),
        }
    }

    /// When it has to be frozen at the latest, after the poison: what the trigger waits for,
    /// and time for a busy machine.
    pub(super) fn frozen_within(self) -> Duration {
        match self {
            Self::Crash => Duration::from_secs(2),
            // A second until there are so many, a second that it lasts, a second between looks.
            Self::CloseWait => Duration::from_secs(6),
            Self::Hang => Duration::from_secs(3),
        }
    }
}
