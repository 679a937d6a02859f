//! How things stand, a few times a second.

use std::collections::VecDeque;
use std::time::Duration;

use super::Keeper;
use crate::clock::{Monotonic, Now};
use crate::incident::Watched;
use crate::limits;
use crate::pcapng::{InterfaceId, Resolution};
use crate::recorder::messages::{Event, SourceStatus, Status, TrafficBin};
use crate::ring::{Contents, Sealed};
use crate::units::{ByteCount, PacketCount, Timestamp, nanoseconds};
use crate::watch::WatchEvent;

/// The span over which rates are measured.
const RATE_SPAN: Duration = Duration::from_secs(1);

/// Sums of the last second.
#[derive(Debug, Default)]
pub(super) struct Rates {
    samples: VecDeque<(Monotonic, u64, u64)>,
}

impl Rates {
    /// Adds sums of packets and bytes and answers with both per second.
    fn measure(&mut self, now: Monotonic, packets: u64, bytes: u64) -> (u64, u64) {
        self.samples.push_back((now, packets, bytes));
        while self
            .samples
            .get(1)
            .is_some_and(|(at, ..)| now.since(*at) >= RATE_SPAN)
        {
            self.samples.pop_front();
        }
        let Some((at, first_packets, first_bytes)) = self.samples.front() else {
            return (0, 0);
        };
        let nanoseconds = now.since(*at).as_nanos().max(1);
        let rate = |count: u64| {
            u64::try_from(u128::from(count) * 1_000_000_000 / nanoseconds).unwrap_or(u64::MAX)
        };
        (
            rate(packets.saturating_sub(*first_packets)),
            rate(bytes.saturating_sub(*first_bytes)),
        )
    }
}

/// Traffic since the last tick, and bins that no status has told yet.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    bins: Vec<TrafficBin>,
    /// The last tick, and the sums of packets, bytes and losses then.
    last: Option<(Now, [u64; 3])>,
    told: Option<Monotonic>,
}

impl Traffic {
    /// Bins are counted from now on.
    pub(super) fn begin(&mut self, now: Now) {
        self.last = Some((now, [0; 3]));
    }

    fn add(&mut self, now: Now, sums: [u64; 3]) {
        if let Some((then, before)) = self.last.replace((now, sums)) {
            let length = now.monotonic.since(then.monotonic);
            let [packets, bytes, lost] =
                [0, 1, 2].map(|index| sums[index].saturating_sub(before[index]));
            self.bins.push(TrafficBin {
                // Counted back from now: a clock that was set does not stretch a bin.
                start: now.wall.before(length),
                length_ns: nanoseconds(length).max(1),
                packets: PacketCount(packets),
                wire_bytes: ByteCount(bytes),
                lost: PacketCount(lost),
            });
        }
    }

    fn is_due(&self, now: Monotonic) -> bool {
        // Ticks come a little early or late.
        let due = limits::STATUS_INTERVAL - limits::TICK_INTERVAL / 2;
        self.told.is_none_or(|told| now.since(told) >= due)
    }
}

impl Keeper {
    /// Adds a bin, and tells how things stand where that is due.
    pub(super) fn tell_status(&mut self, now: Now) {
        self.count_traffic(now);
        if self.traffic.is_due(now.monotonic) {
            self.tell_now(now);
        }
    }

    /// Tells how things stood in the end: the bins of all statuses together are
    /// all the traffic.
    pub(super) fn tell_last_status(&mut self, now: Now) {
        self.count_traffic(now);
        self.tell_now(now);
    }

    fn tell_now(&mut self, now: Now) {
        self.traffic.told = Some(now.monotonic);
        let status = self.status(now);
        self.say(Event::Status(Box::new(status)));
    }

    fn count_traffic(&mut self, now: Now) {
        let sums = self.sources.iter().fold([0; 3], |sums: [u64; 3], source| {
            let counters = &source.counters;
            [
                sums[0] + counters.packets.0,
                sums[1] + counters.wire_bytes.0,
                sums[2] + counters.lost().0,
            ]
        });
        self.traffic.add(now, sums);
    }

    /// The segment that a source is writing, as far as it is published.
    pub(super) fn open_segment(&mut self, index: usize) -> Option<Sealed> {
        let source = self.sources.get_mut(index)?;
        let resolutions: Vec<Resolution> =
            self.interfaces.iter().map(|one| one.resolution).collect();
        let resolution = |id: InterfaceId| {
            resolutions
                .get(id.0 as usize)
                .copied()
                .unwrap_or(Resolution::Nanoseconds)
        };
        let open = source.view.as_ref()?.so_far(source.seen, resolution);
        source.seen = open.contents();
        (open.contents().packets.0 > 0).then_some(open)
    }

    /// What the ring and the open segments hold.
    fn holdings(&mut self) -> (ByteCount, Option<Timestamp>, Option<Timestamp>) {
        let mut held = self.ring.held();
        let mut parts: Vec<Contents> = self
            .ring
            .iter()
            .map(|(_, segment)| segment.contents())
            .collect();
        for index in 0..self.sources.len() {
            if let Some(open) = self.open_segment(index) {
                held = held.plus(open.contents().bytes);
                parts.push(open.contents());
            }
        }
        let oldest = parts.iter().map(|part| part.earliest).min();
        let newest = parts.iter().map(|part| part.latest).max();
        (held, oldest, newest)
    }

    fn status(&mut self, now: Now) -> Status {
        let (held, oldest, newest) = self.holdings();
        let sum = |of: fn(&SourceStatus) -> u64, list: &[SourceStatus]| list.iter().map(of).sum();
        let sources: Vec<SourceStatus> = self
            .sources
            .iter()
            .map(|source| SourceStatus {
                name: source.name.clone(),
                link: source.link.clone(),
                counters: source.counters,
            })
            .collect();
        let packets: u64 = sum(|source| source.counters.packets.0, &sources);
        let wire_bytes: u64 = sum(|source| source.counters.wire_bytes.0, &sources);
        let (packets_per_second, bytes_per_second) =
            self.rates.measure(now.monotonic, packets, wire_bytes);
        Status {
            phase: self.phase,
            at: now.wall,
            since: self.since.wall,
            ring_size: self.settings.ring_size,
            held,
            oldest,
            newest,
            packets: PacketCount(packets),
            wire_bytes: ByteCount(wire_bytes),
            packets_per_second,
            bytes_per_second,
            lost: PacketCount(sum(|source| source.counters.lost().0, &sources)),
            targets: self.triggers.alive().iter().map(|one| one.pid).collect(),
            incidents: self.saving.saved_count(),
            unsaved: self.saving.why_refused().map(ToOwned::to_owned),
            sources,
            traffic: std::mem::take(&mut self.traffic.bins),
            conditions: self.triggers.status(),
            looking_took_ns: nanoseconds(self.looking_took),
        }
    }

    /// Passes on what was observed of the target.
    pub(super) fn tell_observation(&mut self, event: &WatchEvent) {
        match event {
            WatchEvent::Found {
                process,
                at,
                method,
            } => {
                self.exit_method = Some(*method);
                self.watched.push(Watched {
                    process: process.clone(),
                    found: at.wall,
                    end: None,
                });
                if self.watched.len() > limits::WATCHED_TOLD_MAX {
                    self.watched.remove(0);
                }
                self.say(Event::TargetFound {
                    at_ns: at.wall,
                    process: process.clone(),
                    method: *method,
                });
            }
            WatchEvent::Ended {
                process,
                at,
                status,
                ..
            } => {
                let mut watched = self.watched.iter_mut();
                if let Some(one) = watched.find(|one| one.process.identity == *process) {
                    one.end = Some(at.wall);
                }
                self.say(Event::TargetEnded {
                    at_ns: at.wall,
                    pid: process.pid,
                    status: status.clone(),
                });
            }
            WatchEvent::Degraded { sentence } => {
                let at = self.last_tick.wall;
                self.notice(sentence.clone(), at);
            }
            WatchEvent::Status { process, status } => self.say(Event::TargetStatus {
                pid: process.pid,
                status: status.clone(),
            }),
            WatchEvent::Faulted { .. } => {}
        }
    }
}
