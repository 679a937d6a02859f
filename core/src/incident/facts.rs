//! The facts of an incident: what travels in the file as JSON, and in words.

use serde::{Deserialize, Serialize};

use crate::capture::Counters;
use crate::trigger::Firing;
use crate::units::{ByteCount, PacketCount, Timestamp};
use crate::watch::{ExitMethod, ProcessInfo};

/// Why a capture was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum FrozenBy {
    /// A trigger fired.
    Firing(Box<Firing>),
    /// The ring was saved as it was while recording went on.
    Snapshot {
        /// When it was asked for.
        at: Timestamp,
    },
    /// The recording was ended; the sentence says by what.
    Stopped {
        /// When.
        at: Timestamp,
        /// "SIGTERM", "the terminal was closed", "a source thread failed: …".
        reason: String,
    },
    /// A rehearsal: `crashcap check --fire`.
    Rehearsal {
        /// When.
        at: Timestamp,
    },
}

/// A firing that came while an incident was already frozen or being frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedFiring {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub sentence: String,
}

/// One interface in the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceFacts {
    /// Its name.
    pub name: String,
    /// Its sums since recording began.
    pub counters: Counters,
    /// What happened to its link, in words with times; bounded.
    pub link_events: Vec<String>,
}

/// A target process that was watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Which one.
    pub process: ProcessInfo,
    /// When it was found.
    pub found: Timestamp,
    /// When its end was noticed, if it ended.
    pub end: Option<Timestamp>,
}

/// Everything an incident knows beside its packets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The version of this layout: 1.
    pub version: u32,
    /// The program that wrote it: "crashcap 0.1.0".
    pub program: String,
    /// The name for the file and the sentence: the target's, else the interface's.
    pub subject: String,
    /// Why it was frozen.
    pub frozen_by: FrozenBy,
    /// When recording began.
    pub recording_since: Timestamp,
    /// When eviction stopped.
    pub frozen_at: Timestamp,
    /// Nanoseconds from noticing to the stop of eviction.
    pub freeze_took_ns: u64,
    /// When this file began to be saved. Until then, and in files of before it was
    /// written down, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<Timestamp>,
    /// The last moment that belongs to the incident.
    pub cut: Timestamp,
    /// Why the tail is shorter than was asked for, if it is.
    pub tail_cut_short: Option<String>,
    /// How ends of the target are noticed.
    pub exit_method: Option<ExitMethod>,
    /// The target as the user said it, in words.
    pub target: Option<String>,
    /// The filter as written.
    pub filter: Option<String>,
    /// The ring's size.
    pub ring: ByteCount,
    /// Packets in the file.
    pub packets: PacketCount,
    /// Bytes of pcapng blocks of these packets.
    pub bytes: ByteCount,
    /// The first packet's time.
    pub first: Option<Timestamp>,
    /// The last packet's time.
    pub last: Option<Timestamp>,
    /// The interfaces.
    pub interfaces: Vec<InterfaceFacts>,
    /// Firings noted beside; bounded.
    pub noted: Vec<NotedFiring>,
    /// Other things worth telling: degradations, clock jumps; bounded.
    pub notes: Vec<String>,
    /// The profile as TOML.
    pub profile: Option<String>,
    /// Target processes that were watched, the newest last; bounded. Files of
    /// before 0.1.0 have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<Watched>,
    /// True when something above was cut to keep the facts within their bound.
    pub truncated: bool,
}
