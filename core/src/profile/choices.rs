//! The valid choices.

use std::path::PathBuf;
use std::time::Duration;

use super::action::RawAction;
use super::trigger::RawTrigger;
use crate::action::Action;
use crate::capture::NetworkNamespace;
use crate::incident::Format;
use crate::trigger::{FireWhen, THE_TARGET, Trigger};
use crate::units::ByteCount;
use crate::watch::{self, ProcessInfo, SocketTables, TargetSpec, WatchError};

/// What to record and when to freeze; only valid values.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Where packets come from and how.
    pub capture: CaptureChoice,
    /// How much is kept.
    pub ring: RingChoice,
    /// What is watched, if anything.
    pub target: Option<TargetChoice>,
    /// When to freeze by itself. Freezing by hand is always there.
    pub triggers: Vec<TriggerChoice>,
    /// What is done after an incident has been saved, in order.
    pub actions: Vec<ActionChoice>,
    /// How long recording goes on after a firing.
    pub tail: Duration,
    /// What follows a freeze.
    pub then: Then,
    /// Where incidents go.
    pub save: SaveChoice,
}

/// Where packets come from and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureChoice {
    /// Which sources.
    pub sources: SourceChoice,
    /// The network namespace that the interfaces are of; else this program's.
    /// Only on Linux, and not of a capture file.
    pub namespace: Option<NetworkNamespace>,
    /// The filter in libpcap's language (pcap-filter(7)).
    pub filter: Option<String>,
    /// The most bytes kept of a packet.
    pub snaplen: u32,
    /// Keep headers up to the transport layer's end and no payload.
    pub headers_only: bool,
    /// Ask the interface for everybody's packets.
    pub promiscuous: bool,
    /// Kernel buffers of all sources together.
    pub kernel_buffer: ByteCount,
}

/// Which sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// These interfaces, by the system's name.
    Interfaces(Vec<String>),
    /// All of them: the device `any` on Linux, elsewhere each that is up and can be opened.
    All,
    /// A capture file played back.
    File {
        /// pcap or pcapng.
        path: PathBuf,
        /// How fast.
        speed: Speed,
    },
}

/// How fast a capture file is played back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// With the gaps that were recorded.
    Recorded,
    /// As fast as it can be read.
    Full,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingChoice {
    /// Bytes of pcapng kept.
    pub size: ByteCount,
    /// Packets older than this may go, by whole segments.
    pub age: Option<Duration>,
}

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetChoice {
    /// Which processes.
    pub spec: TargetSpec,
    /// It need not be there yet.
    pub wait: bool,
    /// Which end counts.
    pub fire_when: FireWhen,
    /// What these processes start belongs to the target.
    pub tree: bool,
}

impl TargetChoice {
    /// The processes that are meant now, a port being one of these tables'; one at
    /// least.
    ///
    /// # Errors
    /// As [`crate::watch::resolve_in`] tells.
    pub fn resolve_in(&self, tables: &SocketTables) -> Result<Vec<ProcessInfo>, WatchError> {
        let found = watch::resolve_in(&self.spec, tables)?;
        if self.tree {
            watch::with_descendants(found)
        } else {
            Ok(found)
        }
    }
}

/// A trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct TriggerChoice {
    /// As it was written; a profile is written with this again.
    pub written: RawTrigger,
    /// What it comes to.
    pub trigger: Trigger,
}

impl TriggerChoice {
    /// Whether it is to fire; one that is switched off is kept.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.written.enabled != Some(false)
    }
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionChoice {
    /// As it was written; a profile is written with this again.
    pub written: RawAction,
    /// What it comes to.
    pub action: Action,
}

impl Profile {
    /// How the target is called in sentences.
    #[must_use]
    pub fn called(&self) -> String {
        match self.target.as_ref().map(|target| &target.spec) {
            Some(TargetSpec::Name(name)) => name.clone(),
            _ => THE_TARGET.into(),
        }
    }

    /// The triggers that are to fire.
    #[must_use]
    pub fn enabled_triggers(&self) -> Vec<Trigger> {
        let enabled = self.triggers.iter().filter(|one| one.is_enabled());
        enabled.map(|one| one.trigger.clone()).collect()
    }

    /// The actions that are to be done.
    #[must_use]
    pub fn enabled_actions(&self) -> Vec<Action> {
        let actions = self.actions.iter();
        let enabled = actions.filter(|one| one.written.enabled != Some(false));
        enabled.map(|one| one.action.clone()).collect()
    }
}

/// What follows a freeze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Recording ends.
    Stop,
    /// Recording goes on and may freeze again.
    Rearm {
        /// Firings within this time after a freeze are noted and do not freeze.
        cool_down: Duration,
        /// The most incidents of this recording kept in the folder.
        keep_count: Option<u32>,
        /// The most bytes of incidents of this recording kept in the folder.
        keep_bytes: Option<ByteCount>,
        /// What happens then.
        when_full: WhenFull,
    },
}

/// What happens when as many incidents are kept as may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Recording stops and says why.
    Stop,
    /// The oldest incident of this recording is deleted.
    DropOldest,
}

/// Where incidents go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveChoice {
    /// The incidents folder.
    pub folder: PathBuf,
    /// Where an incident goes that the folder refuses.
    pub fallback: PathBuf,
    /// The format.
    pub format: Format,
}
