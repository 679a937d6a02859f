//! How a recording stands, in sentences and numbers.

use std::time::Duration;

use crashcap_core::capture::LinkState;
use crashcap_core::limits;
use crashcap_core::recorder::{Outcome, Phase, Status};
use crashcap_core::units::{ByteCount, PacketCount, duration_in_words};

use super::recording::{News, Recording, not_saved};
use super::{LARGER_KERNEL_BUFFER, Machine, Tone, clock, escaped, told};
use crate::command::Command;

/// Without a packet for this long it is told, if the interface counts some.
const QUIET: Duration = Duration::from_secs(10);
/// So few packets a second need not match any filter.
const COUNTED_MIN: u64 = 10;

/// One of the numbers below the timeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Of what.
    pub(crate) name: &'static str,
    /// The number.
    pub(crate) number: String,
    /// What else there is to say.
    pub(crate) about: String,
    /// Its tone.
    pub(crate) tone: Tone,
    /// How much of what there is, from 0 to 1.
    pub(crate) share: Option<f32>,
}

impl Recording {
    /// The state in one sentence.
    pub(crate) fn sentence(&self) -> (Tone, String) {
        let opening = || (Tone::Plain, "Opening the interfaces…".to_owned());
        if self.opening {
            return opening();
        }
        if let Some(outcome) = &self.outcome {
            return self.ended(outcome);
        }
        let Some(status) = &self.status else {
            return (Tone::Plain, "Nothing is being recorded.".into());
        };
        let what = self.happened().unwrap_or_default();
        match (status.phase, &self.unsaved) {
            (Phase::Opening, _) => opening(),
            (Phase::Recording, _) => (Tone::Good, self.going_on(status)),
            (Phase::Tail, _) => (Tone::Frozen, joined(&what, "Recording the tail.")),
            (Phase::Frozen, None) => (Tone::Frozen, joined(&what, "Frozen; saving it.")),
            (Phase::Frozen, Some(_)) => {
                let what = joined(&what, "Frozen in memory; it could not be saved.");
                (Tone::Danger, what)
            }
            (Phase::Failed, _) => {
                let what = "The recording failed. What the ring held is frozen.";
                (Tone::Danger, what.into())
            }
        }
    }

    /// For what it froze, with a full stop.
    fn happened(&self) -> Option<String> {
        let moment = self.moment.as_ref()?;
        // A process keeps its name as it is written.
        Some(match moment.what.strip_prefix("frozen") {
            Some(rest) => stop(&format!("Frozen{rest}")),
            None => stop(&moment.what),
        })
    }

    fn ended(&self, outcome: &Outcome) -> (Tone, String) {
        let fired = || self.saved.iter().rev().filter(|saved| !saved.snapshot);
        let count = self.incidents();
        match (outcome, fired().next()) {
            (Outcome::Failed { reason, saved }, _) => {
                let rest = match saved {
                    true => "What the ring held is saved.",
                    false => "Saved incidents are safe; what was only in memory is lost.",
                };
                let sentence = stop(&format!("The recording failed: {}", escaped(reason)));
                (Tone::Danger, format!("{sentence} {rest}"))
            }
            (Outcome::NotSaved { reason }, _) => {
                let sentence = format!("Not saved: {}", escaped(reason));
                (Tone::Danger, stop(&sentence))
            }
            (Outcome::FrozenAndSaved, Some(saved)) => {
                let name = saved.path.file_name().unwrap_or(saved.path.as_os_str());
                let name = escaped(&name.to_string_lossy());
                let what = self.happened().unwrap_or_else(|| "Stopped.".into());
                (Tone::Frozen, joined(&what, &format!("Saved as {name}.")))
            }
            (Outcome::Full { reason }, _) => (Tone::Frozen, stop(&capital(&escaped(reason)))),
            (Outcome::Stopped, Some(_)) => {
                let what = format!("Stopped. {}.", capital(&incidents_in_words(count)));
                (Tone::Frozen, what)
            }
            (Outcome::Stopped, None) => (Tone::Plain, "Stopped. Nothing was saved.".into()),
            (other, _) => (Tone::Plain, stop(&capital(&told::ending(other)))),
        }
    }

    fn going_on(&self, status: &Status) -> String {
        let over = duration_in_words(status.at.since(status.since));
        let packets = match status.packets {
            PacketCount(0) => format!("no packets in {over}"),
            PacketCount(1) => format!("1 packet in {over}"),
            packets => format!("{packets} packets over {over}"),
        };
        let freezes = match &self.target {
            Some(target) if status.targets.is_empty() && self.lanes.bars.is_empty() => {
                format!("Waits for {}.", escaped(target))
            }
            _ => format!("Freezes {}.", escaped(&self.freezes)),
        };
        format!("Recording {}: {packets}. {freezes}", self.what)
    }

    /// Incidents of this recording that are on disk.
    fn incidents(&self) -> u32 {
        let told = self.status.as_ref().map_or(0, |status| status.incidents);
        let fired = self.saved.iter().filter(|saved| !saved.snapshot).count();
        told.max(u32::try_from(fired).unwrap_or(u32::MAX))
    }

    /// What is wrong, each with its remedy; the worst first.
    pub(crate) fn warnings(&self, machine: &Machine) -> Vec<News> {
        let Some(status) = self.status.as_ref().filter(|_| self.outcome.is_none()) else {
            return Vec::new();
        };
        let mut all: Vec<News> = Vec::new();
        if let Some(why) = &self.unsaved {
            all.push((Tone::Danger, not_saved(why), vec![Command::SaveElsewhere]));
        }
        if status.phase != Phase::Recording {
            return all;
        }
        all.extend(links(status));
        all.extend(self.quiet(status, machine));
        all.extend(self.losses(status));
        all.extend(self.target_gone(status));
        all
    }

    fn quiet(&self, status: &Status, machine: &Machine) -> Option<News> {
        let since = self.packet_at.unwrap_or(status.since);
        let quiet = status.at.since(since);
        let (rate, _) = machine.rate_of(&self.interfaces)?;
        if quiet < QUIET || rate < COUNTED_MIN {
            return None;
        }
        let counts = match self.interfaces.as_slice() {
            [one] => format!("{} counts", escaped(one)),
            _ => "the interfaces count".to_owned(),
        };
        let sentence = format!(
            "No packets for {}, though {counts} {} a second. {}",
            duration_in_words(Duration::from_secs(quiet.as_secs())),
            PacketCount(rate),
            match self.filtered {
                true => "The filter may be too narrow.",
                false => "Stop and start again, or choose another interface.",
            }
        );
        let remedy = match self.filtered {
            true => Command::EditFilter,
            false => Command::ShowSetUp,
        };
        Some((Tone::Warning, sentence, vec![remedy]))
    }

    /// Losses that lie within what the ring holds: older ones are only counted.
    fn losses(&self, status: &Status) -> Option<News> {
        let at = self.lost_at.unwrap_or(status.at);
        if status.lost.0 == 0 || status.oldest.is_some_and(|oldest| oldest > at) {
            return None;
        }
        let buffer = self.choices.capture.kernel_buffer;
        let buffer = buffer.map_or(limits::KERNEL_BUFFER_DEFAULT, |size| size.0);
        let (why, remedy, offered) = why_lost(status, buffer);
        let lost = match status.lost {
            PacketCount(1) => "1 packet was lost".to_owned(),
            lost => format!("{lost} packets were lost"),
        };
        let sentence = format!("{lost} because {why}. {remedy} The file says so too.");
        let remedies = offered.into_iter().chain([Command::ShowSetUp]);
        Some((Tone::Warning, sentence, remedies.collect()))
    }

    fn target_gone(&self, status: &Status) -> Option<News> {
        let target = escaped(self.target.as_ref()?);
        // One that was never there is told by the sentence.
        if !status.targets.is_empty() || self.lanes.bars.is_empty() {
            return None;
        }
        let (sentence, remedy) = match self.returns {
            true => (
                format!(
                    "{} is not there now. It is watched as soon as it is back.",
                    capital(&target)
                ),
                Vec::new(),
            ),
            false => (
                format!("{target} is not there any more. Freeze now, or choose another target."),
                vec![Command::ShowSetUp],
            ),
        };
        Some((Tone::Warning, sentence, remedy))
    }

    /// The four readings: ring, rate, losses, disk.
    pub(crate) fn readings(&self, room: Option<ByteCount>) -> [Reading; 4] {
        let reading = |name, number: String, about: String| Reading {
            name,
            number,
            about,
            tone: Tone::Plain,
            share: None,
        };
        let Some(status) = &self.status else {
            return ["Ring", "Rate", "Lost", "Disk"]
                .map(|name| reading(name, "–".into(), String::new()));
        };
        let span = match (status.oldest, status.newest) {
            (Some(oldest), Some(newest)) => clock(newest.since(oldest)),
            _ => "0:00".into(),
        };
        let held = format!(
            "of traffic, {} of {}",
            super::size(status.held),
            super::size(status.ring_size)
        );
        let share = status.held.0 as f32 / status.ring_size.0.max(1) as f32;
        let rate = match self.can_freeze() {
            true => reading(
                "Rate",
                PacketCount(status.packets_per_second).to_string(),
                format!("packets/s, {}", super::rate(status.bytes_per_second)),
            ),
            false => reading("Rate", "–".into(), "not recording".into()),
        };
        let lost = reading(
            "Lost",
            status.lost.to_string(),
            format!("of {} packets", status.packets),
        );
        let tone = match status.lost {
            PacketCount(0) => Tone::Plain,
            _ => Tone::Warning,
        };
        let disk = room.map_or("–".into(), super::size);
        let snapshots = self.saved.iter().filter(|saved| saved.snapshot).count();
        let kept = format!("free, {}", saved_in_words(self.incidents(), snapshots));
        [
            Reading {
                share: Some(share.clamp(0.0, 1.0)),
                ..reading("Ring", span, held)
            },
            rate,
            Reading { tone, ..lost },
            reading("Disk", disk, kept),
        ]
    }
}

/// What is on disk: a snapshot is no incident, and yet it is there.
fn saved_in_words(incidents: u32, snapshots: usize) -> String {
    let snapshots = match snapshots {
        0 => return incidents_in_words(incidents),
        1 => "1 snapshot".to_owned(),
        count => format!("{count} snapshots"),
    };
    match incidents {
        0 => format!("{snapshots} saved"),
        1 => format!("1 incident and {snapshots} saved"),
        count => format!("{count} incidents and {snapshots} saved"),
    }
}

fn incidents_in_words(count: u32) -> String {
    match count {
        0 => "no incident yet".into(),
        1 => "1 incident saved".into(),
        count => format!("{count} incidents saved"),
    }
}

/// Interfaces that give nothing now.
fn links(status: &Status) -> impl Iterator<Item = News> + '_ {
    status.sources.iter().filter_map(|source| {
        let name = escaped(&source.name);
        let sentence = match &source.link {
            LinkState::Up => return None,
            LinkState::Down => {
                format!("{name} is down. Its packets are recorded as soon as it is up.")
            }
            LinkState::Gone { reason } => format!(
                "{name} is gone ({}). Its packets are recorded as soon as it is back.",
                escaped(reason)
            ),
        };
        Some((Tone::Warning, sentence, Vec::new()))
    })
}

/// What lost the most, what helps, and the command that does it for the next recording.
/// `buffer` is the kernel's of each source.
fn why_lost(status: &Status, buffer: ByteCount) -> (&'static str, &'static str, Option<Command>) {
    let sum = |of: fn(&crashcap_core::capture::Counters) -> u64| {
        let counters = status.sources.iter().map(|source| &source.counters);
        counters.map(of).sum::<u64>()
    };
    let kernel = sum(|of| of.kernel_drops.map_or(0, |count| count.0));
    let interface = sum(|of| of.interface_drops.map_or(0, |count| count.0));
    let ring = sum(|of| of.ring_drops.0);
    let narrow = "Narrow the filter, or keep headers only.";
    match kernel.max(interface).max(ring) {
        0 => ("they came faster than they could be kept", narrow, None),
        most if most == kernel && buffer < LARGER_KERNEL_BUFFER => (
            "the kernel's buffer was full",
            "Make it 256 MiB or narrow the filter.",
            Some(Command::LargerBuffer),
        ),
        most if most == kernel => ("the kernel's buffer was full", narrow, None),
        most if most == ring => ("no part of the ring was free in time", narrow, None),
        _ => (
            "the interface or its driver dropped them",
            "A filter does not help there.",
            None,
        ),
    }
}

fn joined(one: &str, other: &str) -> String {
    match one {
        "" => other.to_owned(),
        one => format!("{one} {other}"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// With a full stop at its end.
fn stop(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_counted_as_what_it_is() {
        assert_eq!(saved_in_words(0, 0), "no incident yet");
        assert_eq!(saved_in_words(0, 1), "1 snapshot saved");
        assert_eq!(saved_in_words(1, 2), "1 incident and 2 snapshots saved");
        assert_eq!(saved_in_words(2, 0), "2 incidents saved");
    }
}
