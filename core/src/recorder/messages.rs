//! What the front says to the recorder, and what it hears. The events' JSON is
//! what `crashcap record --json` prints, a line each.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use super::answers::Ticket;
use crate::action::ActionResult;
use crate::capture::{Counters, LinkState};
use crate::incident::FrozenBy;
use crate::trigger::{ConditionStatus, TriggerKind};
use crate::units::{ByteCount, PacketCount, Timestamp};
use crate::watch::{ExitMethod, ExitStatus, ProcessInfo};

/// From the front to the recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Fire the manual trigger; `by` says who asks: "a key", "SIGUSR1".
    Freeze {
        /// Who asks.
        by: String,
    },
    /// Save the ring as it is; recording goes on.
    Snapshot {
        /// Who asks.
        by: String,
    },
    /// End the recording.
    Stop {
        /// Freeze and save first, without a tail.
        save: bool,
        /// Why, in words: "SIGTERM", "Ctrl-C".
        reason: String,
    },
    /// Try to save the incident that could not be saved, into this folder.
    SaveTo {
        /// Another folder.
        folder: PathBuf,
    },
    /// A condition has come true that the front listens to, see
    /// [`super::OutputConditions`].
    Happened {
        /// Its number among all conditions of the profile that count.
        condition: u16,
        /// What, as a clause.
        sentence: String,
    },
    /// The front has something to say of what it listens to.
    Remark {
        /// What.
        sentence: String,
    },
    /// Any of these, for somebody who waits to hear what became of it.
    Asked {
        /// Who waits, see [`super::Answers`].
        ticket: Ticket,
        /// What is asked.
        asks: Box<Command>,
    },
}

/// What a recorder is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opening sources, resolving the target.
    Opening,
    /// Recording into the ring.
    Recording,
    /// A trigger fired; the tail is being recorded. Eviction has stopped.
    Tail,
    /// Frozen and not recording.
    Frozen,
    /// Ended by an error; what the ring held is frozen.
    Failed,
}

/// How a recording ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The user stopped it and wanted nothing saved.
    Stopped,
    /// It ended with its incident (or all of them) saved.
    FrozenAndSaved,
    /// As many incidents as may be kept are kept.
    Full {
        /// The sentence.
        reason: String,
    },
    /// A capture file was played to its end without a firing.
    EndOfFile,
    /// It failed while recording; what the ring held was saved if `saved`.
    Failed {
        /// The sentence.
        reason: String,
        /// Whether the evidence is on disk.
        saved: bool,
    },
    /// An incident could not be saved anywhere.
    NotSaved {
        /// The sentence.
        reason: String,
    },
}

/// One source in the status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceStatus {
    /// The interface's name or the file's path.
    pub name: String,
    /// Its link.
    pub link: LinkState,
    /// Its sums.
    pub counters: Counters,
}

/// Traffic within one span of time, for a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficBin {
    /// When the span begins.
    pub start: Timestamp,
    /// How long it is.
    pub length_ns: u64,
    /// Packets of all sources.
    pub packets: PacketCount,
    /// Bytes on the wire of all sources.
    pub wire_bytes: ByteCount,
    /// Packets lost.
    pub lost: PacketCount,
}

/// How things stand; told a few times a second, only the newest counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// What the recorder is doing.
    pub phase: Phase,
    /// When this was so.
    pub at: Timestamp,
    /// When recording began.
    pub since: Timestamp,
    /// The ring's size.
    pub ring_size: ByteCount,
    /// Bytes held in the ring now, open segments included.
    pub held: ByteCount,
    /// The oldest packet held.
    pub oldest: Option<Timestamp>,
    /// The newest packet held.
    pub newest: Option<Timestamp>,
    /// Packets of all sources since recording began.
    pub packets: PacketCount,
    /// Bytes on the wire of all sources since recording began.
    pub wire_bytes: ByteCount,
    /// Packets per second over the last second.
    pub packets_per_second: u64,
    /// Bytes on the wire per second over the last second.
    pub bytes_per_second: u64,
    /// Packets lost, of all sources and causes that are known.
    pub lost: PacketCount,
    /// Target processes watched now.
    pub targets: Vec<u32>,
    /// Incidents saved by this recording.
    pub incidents: u32,
    /// Why the incident in memory could be saved nowhere, if one is.
    pub unsaved: Option<String>,
    /// The sources.
    pub sources: Vec<SourceStatus>,
    /// What came since the status that the front took before, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traffic: Vec<TrafficBin>,
    /// How conditions stand that are not plainly about a process's end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionStatus>,
    /// Nanoseconds on processors that measuring for triggers took since recording began.
    #[serde(default)]
    pub looking_took_ns: u64,
}

impl Status {
    /// What measuring for triggers takes, in per cent of a core; nothing where nothing
    /// is measured.
    #[must_use]
    pub fn looking_percent(&self) -> Option<f64> {
        let span = self.at.since(self.since).as_secs_f64().max(1e-9);
        let share = self.looking_took_ns as f64 / 1e9 / span * 100.0;
        (self.looking_took_ns > 0).then_some(share)
    }

    /// Takes the place of a status that the front never saw: its traffic is not lost.
    pub(crate) fn replace(&mut self, mut unseen: Vec<TrafficBin>) {
        unseen.append(&mut self.traffic);
        let surplus = unseen.len().saturating_sub(crate::limits::TRAFFIC_BINS_MAX);
        unseen.drain(..surplus);
        self.traffic = unseen;
    }
}

/// From the recorder to the front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// All sources are open and the target is watched: recording.
    Recording {
        /// When.
        at_ns: Timestamp,
        /// Memory that the recording takes, all told.
        memory: ByteCount,
    },
    /// How things stand. Newer ones replace older ones that were not yet read.
    Status(Box<Status>),
    /// A target process was found and is watched.
    TargetFound {
        /// When.
        at_ns: Timestamp,
        /// Which one.
        process: ProcessInfo,
        /// How its end will be noticed.
        method: ExitMethod,
    },
    /// A target process ended.
    TargetEnded {
        /// When it was noticed.
        at_ns: Timestamp,
        /// Which one.
        pid: u32,
        /// How, as far as known yet.
        status: Option<ExitStatus>,
    },
    /// How a target ended, where that was not known at once.
    TargetStatus {
        /// Which one.
        pid: u32,
        /// How.
        status: ExitStatus,
    },
    /// A trigger fired.
    Fired {
        /// When.
        at_ns: Timestamp,
        /// Which.
        trigger: TriggerKind,
        /// What happened, in words.
        sentence: String,
        /// True when this one freezes; false when it is only noted.
        freezes: bool,
    },
    /// Eviction has stopped: nothing can overwrite the ring any more.
    Frozen {
        /// When.
        at_ns: Timestamp,
        /// Nanoseconds since the firing was noticed.
        after_firing_ns: u64,
    },
    /// An incident or a snapshot is complete on disk.
    Saved {
        /// Its file; of several (classic pcap, several link types) the first.
        /// Told as text, with � for what is no UTF-8.
        #[serde(serialize_with = "as_text")]
        path: PathBuf,
        /// All its files.
        #[serde(serialize_with = "as_texts")]
        paths: Vec<PathBuf>,
        /// What it is.
        frozen_by: FrozenBy,
        /// The incident in words.
        incident: String,
        /// Packets in it.
        packets: PacketCount,
        /// Bytes of the files.
        bytes: ByteCount,
        /// The first packet's time.
        first_ns: Option<Timestamp>,
        /// The last packet's time.
        last_ns: Option<Timestamp>,
        /// Packets lost since recording began, as far as known.
        lost: PacketCount,
        /// Nanoseconds that writing took.
        took_ns: u64,
    },
    /// What the profile asks for after an incident has been saved is done.
    Acted {
        /// When.
        at_ns: Timestamp,
        /// The incident's file.
        #[serde(serialize_with = "as_text")]
        incident: PathBuf,
        /// What came of each action, in order.
        results: Vec<ActionResult>,
    },
    /// An incident could not be saved; it stays in memory.
    SaveFailed {
        /// The sentence: what, where, why, what to do.
        sentence: String,
        /// True when another folder is tried next by itself.
        fallback_follows: bool,
    },
    /// A link went down, came back, was removed or reopened.
    Link {
        /// When.
        at_ns: Timestamp,
        /// The interface.
        name: String,
        /// What it is now.
        link: LinkState,
    },
    /// Something worth a line: a degradation, a clock that jumped.
    Notice {
        /// When.
        at_ns: Timestamp,
        /// The sentence.
        sentence: String,
    },
    /// The recording has ended; nothing follows.
    Finished {
        /// How.
        #[serde(flatten)]
        outcome: Outcome,
    },
}

/// A path as text: serde takes none that is no UTF-8.
fn as_text<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&path.to_string_lossy())
}

fn as_texts<S: Serializer>(paths: &[PathBuf], out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}
