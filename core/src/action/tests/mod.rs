//! Actions with real programs, files and sockets.

mod choices;
mod evidence;
mod fields;
mod order;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::*;
use crate::capture::{Counters, Network};
use crate::clock::{Monotonic, now};
use crate::incident::{FACTS_VERSION, Format, FrozenBy, FrozenCapture, Incident, save};
use crate::pcapng::{InterfaceDescription, LinkType, Resolution};
use crate::trigger::{Firing, TriggerKind};
use crate::units::{PacketCount, Timestamp};
use crate::watch::{ExitStatus, ProcessInfo};

/// 2026-11-23 05:12:33.123 UTC.
const DEATH: Timestamp = Timestamp(1_795_410_753_123_000_000);

fn facts_of(identity: ProcessIdentity) -> Facts {
    let at = Now {
        monotonic: Monotonic(1),
        wall: DEATH,
    };
    let firing = Firing {
        kind: TriggerKind::Crash,
        at,
        process: Some(ProcessInfo {
            identity,
            name: "router_runner".into(),
            executable: Some("/usr/bin/router_runner".into()),
            command_line: "router_runner --port 9973".into(),
            user: None,
        }),
        status: Some(ExitStatus::Signal {
            number: 11,
            core_dumped: Some(true),
        }),
        fault: None,
        end: Some(at),
        seen: None,
        note: None,
    };
    Facts {
        version: FACTS_VERSION,
        program: "crashcap 0.1.0".into(),
        subject: "router_runner".into(),
        frozen_by: FrozenBy::Firing(Box::new(firing)),
        recording_since: Timestamp(DEATH.0 - 60_000_000_000),
        frozen_at: Timestamp(DEATH.0 + 200_000),
        freeze_took_ns: 200_000,
        saved_at: None,
        cut: Timestamp(DEATH.0 + 1_000_000_000),
        tail_cut_short: None,
        exit_method: None,
        target: Some("processes named router_runner".into()),
        filter: Some("tcp port 9973".into()),
        ring: ByteCount::mebibytes(64),
        packets: PacketCount(7),
        bytes: ByteCount(700),
        first: Some(Timestamp(DEATH.0 - 5_000_000_000)),
        last: None,
        interfaces: vec![crate::incident::InterfaceFacts {
            name: "lo".into(),
            counters: Counters::default(),
            link_events: Vec::new(),
        }],
        watched: Vec::new(),
        noted: Vec::new(),
        notes: Vec::new(),
        profile: None,
        truncated: false,
    }
}

/// Nobody's identity.
const NOBODY: ProcessIdentity = ProcessIdentity {
    pid: 4121,
    started: u64::MAX,
};

fn facts() -> Facts {
    facts_of(NOBODY)
}

/// A saved incident without packets.
fn saved(folder: &Path, facts: &Facts, format: Format) -> PathBuf {
    let capture = FrozenCapture {
        interfaces: vec![InterfaceDescription {
            name: "lo".into(),
            description: None,
            link_type: LinkType::ETHERNET,
            snaplen: 65_535,
            resolution: Resolution::Nanoseconds,
            filter: None,
        }],
        sources: Vec::new(),
    };
    let incident = Incident {
        facts: facts.clone(),
        capture: Arc::new(capture),
    };
    let saved = save(&incident, folder, format).unwrap();
    saved.paths[0].clone()
}

/// Runs actions without targets, notifier or waits.
fn run_plainly(actions: &[Action], incident: &Path, facts: &Facts) -> Ran {
    let (_stop, stop) = stop();
    run_all(actions, incident, facts, &context(&stop))
}

fn stop() -> (Sender<()>, Receiver<()>) {
    bounded(0)
}

/// Waits between tries are left out.
struct AtOnce;

impl Pause for AtOnce {
    fn pause(&self, _span: std::time::Duration) -> bool {
        true
    }
}

/// This program's own network.
static HERE: Network = Network::HERE;

fn context(stop: &Receiver<()>) -> Context<'_> {
    Context {
        targets: &[],
        last_seen: None,
        notifier: None,
        network: &HERE,
        stop,
        pause: &AtOnce,
        clock: &now,
    }
}
