//! What happens, in sentences.

use std::time::Duration;

use crashcap_core::capture::LinkState;
use crashcap_core::recorder::{Event, Outcome, Phase, Status};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp, duration_in_words};

use super::recording::{Recording, Told};
use super::{Machine, SetUp, TargetKind, Tone, escaped};
use crate::command::Command;

/// Without a packet for this long it is told, if the interface counts some.
const QUIET: Duration = Duration::from_secs(10);

/// What is recorded, in words.
pub(super) fn what(set_up: &SetUp) -> String {
    let interfaces = match set_up.interfaces.as_slice() {
        [] => "all interfaces".to_owned(),
        names => names.join(" and "),
    };
    match set_up.filter.trim() {
        "" => interfaces,
        filter => format!("{interfaces}, {filter}"),
    }
}

/// Whose end freezes, in words.
pub(super) fn target(set_up: &SetUp) -> Option<String> {
    match set_up.target {
        TargetKind::Process => set_up
            .pid
            .map(|pid| format!("{} (pid {pid})", set_up.pid_name)),
        TargetKind::Name => Some(format!("a process named {}", set_up.name.trim())),
        TargetKind::Port => Some(format!("whoever listens on port {}", set_up.port.trim())),
        TargetKind::Launch => Some(set_up.launch.trim().to_owned()),
        TargetKind::Nothing => None,
    }
}

/// An event as a line; none for what is not worth one.
pub(super) fn event(event: &Event, now: Timestamp) -> Option<Told> {
    let (at, tone, sentence) = match event {
        Event::Status(_) => return None,
        Event::Recording { at_ns, memory } => (
            *at_ns,
            Tone::Good,
            format!("recording; {memory} of memory are taken"),
        ),
        Event::TargetFound { at_ns, process, .. } => (
            *at_ns,
            Tone::Good,
            format!(
                "watching {} (pid {})",
                escaped(&process.name),
                process.identity.pid
            ),
        ),
        Event::TargetEnded { at_ns, pid, status } => (
            *at_ns,
            Tone::Danger,
            match status {
                Some(status) => format!("pid {pid} {status}"),
                None => format!("pid {pid} ended"),
            },
        ),
        Event::TargetStatus { pid, status } => (now, Tone::Danger, format!("pid {pid} {status}")),
        Event::Fired {
            at_ns,
            sentence,
            freezes,
            ..
        } => (
            *at_ns,
            Tone::Frozen,
            match freezes {
                true => escaped(sentence),
                false => format!("{} (noted; it does not freeze now)", escaped(sentence)),
            },
        ),
        Event::Frozen {
            at_ns,
            after_firing_ns,
        } => (
            *at_ns,
            Tone::Frozen,
            format!(
                "frozen {} after that was noticed",
                duration_in_words(Duration::from_nanos(*after_firing_ns))
            ),
        ),
        Event::Saved {
            path,
            packets,
            bytes,
            took_ns,
            ..
        } => (
            now,
            Tone::Frozen,
            format!(
                "saved {}: {packets} packets, {bytes}, in {}",
                path.display(),
                duration_in_words(Duration::from_nanos(*took_ns))
            ),
        ),
        Event::SaveFailed { sentence, .. } => (now, Tone::Danger, sentence.clone()),
        Event::Link { at_ns, name, link } => {
            let (tone, what) = match link {
                LinkState::Up => (Tone::Good, "is up again".to_owned()),
                LinkState::Down => (
                    Tone::Warning,
                    "went down; recording waits for it".to_owned(),
                ),
                LinkState::Gone { reason } => (
                    Tone::Warning,
                    format!("is gone ({reason}); recording waits for it"),
                ),
            };
            (*at_ns, tone, format!("{name} {what}"))
        }
        Event::Notice { at_ns, sentence } => (*at_ns, Tone::Warning, escaped(sentence)),
        Event::Finished { outcome } => (now, Tone::Plain, ending(outcome)),
    };
    Some(Told { at, tone, sentence })
}

fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stopped => "stopped; nothing was saved".into(),
        Outcome::FrozenAndSaved => "ended; what froze is saved".into(),
        Outcome::Full { reason } | Outcome::NotSaved { reason } => format!("ended: {reason}"),
        Outcome::EndOfFile => "the file was played to its end".into(),
        Outcome::Failed { reason, .. } => format!("failed: {reason}"),
    }
}

impl Recording {
    /// The state in one sentence.
    pub(crate) fn sentence(&self) -> (Tone, String) {
        if self.opening {
            return (Tone::Plain, "Opening the interfaces…".into());
        }
        let Some(status) = &self.status else {
            return (Tone::Plain, "Nothing is being recorded.".into());
        };
        if let Some(outcome) = &self.outcome {
            return self.ended(outcome);
        }
        match (status.phase, &self.moment) {
            (Phase::Tail, Some((_, what))) => (
                Tone::Frozen,
                format!("{} Recording the tail.", stop(&escaped(what))),
            ),
            _ => (Tone::Good, self.going_on(status)),
        }
    }

    fn ended(&self, outcome: &Outcome) -> (Tone, String) {
        let saved = self.saved.iter().rev().find(|saved| !saved.snapshot);
        match (outcome, saved) {
            (Outcome::Failed { reason, .. } | Outcome::NotSaved { reason }, _) => {
                (Tone::Danger, stop(&capital(reason)))
            }
            (_, Some(saved)) => (Tone::Frozen, stop(&escaped(&saved.sentence))),
            (other, None) => (Tone::Plain, stop(&capital(&ending(other)))),
        }
    }

    fn going_on(&self, status: &Status) -> String {
        let held = match (status.oldest, status.newest) {
            (Some(oldest), Some(newest)) => format!(
                "{} packets so far, the newest {} are held.",
                status.packets,
                duration_in_words(newest.since(oldest))
            ),
            _ => "no packet yet.".into(),
        };
        let freezes = match (&self.target, status.targets.len()) {
            (None, _) => "Freezes when you press F9.".to_owned(),
            (Some(target), 0) => format!("Waits for {target}."),
            (Some(target), 1) => format!("Freezes when {target} ends."),
            (Some(target), count) => format!("Watches {count} processes: {target}."),
        };
        format!("Recording {}: {held} {freezes}", self.what)
    }

    /// What is wrong while it goes on, each with its remedy.
    pub(crate) fn warnings(
        &self,
        machine: &Machine,
        interfaces: &[String],
    ) -> Vec<(Tone, String, Vec<Command>)> {
        let mut all = Vec::new();
        let Some(status) = self.status.as_ref().filter(|_| self.outcome.is_none()) else {
            return all;
        };
        if status.lost.0 > 0 {
            let sentence = format!(
                "{} packets were lost: the kernel's buffer was full, or the interface dropped them. Narrow the filter, or keep headers only. The file says so too.",
                status.lost
            );
            all.push((Tone::Warning, sentence, Vec::new()));
        }
        let since = self.packet_at.unwrap_or(status.since);
        let quiet = status.at.since(since);
        if quiet >= QUIET
            && let Some((rate @ 10.., _)) = machine.rate_of(interfaces)
        {
            let sentence = format!(
                "No packets for {}, though the interface counts {} a second. The filter may be too narrow.",
                duration_in_words(Duration::from_secs(quiet.as_secs())),
                PacketCount(rate)
            );
            all.push((Tone::Warning, sentence, vec![Command::ShowSetUp]));
        }
        if let Some(target) = self.target.as_ref().filter(|_| status.targets.is_empty()) {
            let sentence = format!("{target} is not there now. It is watched as soon as it is.");
            all.push((Tone::Warning, sentence, Vec::new()));
        }
        all
    }

    /// The four readings: a caption, the number, and what else there is to say.
    pub(crate) fn readings(&self, room: Option<ByteCount>) -> [(&'static str, String, String); 4] {
        let Some(status) = &self.status else {
            return ["Ring", "Rate", "Lost", "Disk"].map(|name| (name, "–".into(), String::new()));
        };
        let span = match (status.oldest, status.newest) {
            (Some(oldest), Some(newest)) => super::clock(newest.since(oldest)),
            _ => "0:00".into(),
        };
        let kept = match status.incidents {
            0 => "no incident yet".to_owned(),
            1 => "1 incident saved".to_owned(),
            count => format!("{count} incidents saved"),
        };
        [
            (
                "Ring",
                span,
                format!("{} of {}", status.held, status.ring_size),
            ),
            (
                "Rate",
                format!("{}", PacketCount(status.packets_per_second)),
                format!("packets/s, {}/s", ByteCount(status.bytes_per_second)),
            ),
            (
                "Lost",
                status.lost.to_string(),
                format!("of {} packets", status.packets),
            ),
            (
                "Disk",
                room.map_or("–".into(), |room| room.to_string()),
                format!("free, {kept}"),
            ),
        ]
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
