//! The state in a word, and what the bar at the bottom says.

use std::time::Duration;

use crashcap_core::recorder::{Outcome, Phase, Status};
use crashcap_core::units::PacketCount;

use super::{Model, Overlay, Rights, Screen, Tone};

/// What goes on, for the pill, the title and the icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateNow {
    /// Its tone, and so its shape and colour.
    pub(crate) tone: Tone,
    /// A word.
    pub(crate) word: String,
    /// For how long, or nothing.
    pub(crate) time: String,
}

impl StateNow {
    /// What goes on now.
    pub(crate) fn of(model: &Model) -> Self {
        let recording = &model.recording;
        let Some(status) = &recording.status else {
            let (tone, word) = if recording.opening {
                (Tone::Plain, "Opening")
            } else {
                (Tone::Plain, "Ready")
            };
            return Self::new(tone, word, String::new());
        };
        let time = clock(status.at.since(status.since));
        // The end is told by itself; the last status may be older.
        match &recording.outcome {
            Some(Outcome::Stopped) => return Self::new(Tone::Plain, "Stopped", time),
            Some(Outcome::Failed { .. }) => return Self::new(Tone::Danger, "Failed", time),
            Some(Outcome::NotSaved { .. }) => return Self::new(Tone::Danger, "Not saved", time),
            Some(_) => return Self::new(Tone::Frozen, "Frozen", time),
            None => {}
        }
        if recording.unsaved.is_some() {
            // Also where recording goes on: evidence is in memory alone.
            return Self::new(Tone::Danger, "Not saved", time);
        }
        match status.phase {
            Phase::Opening => Self::new(Tone::Plain, "Opening", String::new()),
            Phase::Recording => Self::new(Tone::Good, "Recording", time),
            Phase::Tail => Self::new(Tone::Frozen, "Freezing", time),
            Phase::Frozen => Self::new(Tone::Frozen, "Frozen", time),
            Phase::Failed => Self::new(Tone::Danger, "Failed", time),
        }
    }

    fn new(tone: Tone, word: &str, time: String) -> Self {
        Self {
            tone,
            word: word.into(),
            time,
        }
    }
}

impl Model {
    /// The window's title: what is asked for, the state, the open file.
    pub(crate) fn title(&self) -> String {
        let asks = match &self.overlay {
            Some(Overlay::CloseQuestion) => "Close? ".to_owned(),
            Some(Overlay::StopQuestion) => "Stop? ".to_owned(),
            Some(Overlay::Ask { purpose, .. }) => format!("{}: ", purpose.words().0),
            _ => String::new(),
        };
        let state = StateNow::of(self).word;
        let open = self.incidents.open.as_ref();
        let open = open.filter(|_| self.screen == Screen::Incidents);
        let name = open.and_then(|open| open.path.file_name());
        let name = name.map(|name| super::escaped(&name.to_string_lossy()));
        match (state.as_str(), name) {
            ("Ready", None) => format!("{asks}Crashcap"),
            (state, None) => format!("{asks}{state} – Crashcap"),
            (state, Some(name)) => format!("{asks}{state}: {name} – Crashcap"),
        }
    }
}

/// A span as a clock shows it: 0:47, 12:03, 3:00:00.
pub(crate) fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// A part of the bar at the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatusLine {
    /// Its tone.
    pub(crate) tone: Tone,
    /// What it says.
    pub(crate) text: String,
}

impl StatusLine {
    /// All parts.
    pub(crate) fn of(model: &Model) -> Vec<Self> {
        let part = |tone, text: String| Self { tone, text };
        let mut parts = Vec::new();
        if let Some(status) = &model.recording.status {
            parts.push(match status.lost {
                PacketCount(0) => part(Tone::Plain, "no packets lost".into()),
                lost => part(Tone::Warning, format!("{lost} packets lost")),
            });
        }
        let status = model.recording.status.as_ref();
        let runs = status.filter(|_| model.recording.runs());
        if let Some(share) = runs.and_then(Status::looking_percent) {
            let takes = format!("triggers take {share:.1} % of a core");
            parts.push(part(Tone::Plain, takes));
        }
        if let Some(free) = model.machine.free() {
            parts.push(part(
                Tone::Plain,
                format!("{} of memory free", super::size(free)),
            ));
        }
        if let Some(room) = model.room {
            let short = model.set_up.ring_size().is_some_and(|ring| room < ring);
            let tone = if short { Tone::Warning } else { Tone::Plain };
            let free = format!("{} free for incidents", super::size(room));
            parts.push(part(tone, free));
        }
        parts.push(match &model.machine.rights {
            Rights::Yes => part(Tone::Plain, "you may capture".into()),
            Rights::Unknown => part(Tone::Plain, "rights are asked for at Start".into()),
            Rights::No(_) => part(Tone::Warning, "you may not capture yet".into()),
            Rights::NextLogin(_) => {
                part(Tone::Warning, "you may capture after the next login".into())
            }
        });
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_what_is_lost_what_is_free_and_who_may_capture() {
        use crate::model::samples;
        use crashcap_core::units::ByteCount;
        let lines = |model: &Model| {
            let parts = StatusLine::of(model).into_iter();
            let parts: Vec<_> = parts
                .map(|part| format!("{:?}: {}", part.tone, part.text))
                .collect();
            parts.join("\n")
        };
        insta::assert_snapshot!(lines(&samples::recording()), @r"
        Plain: no packets lost
        Plain: 11.9 GB of memory free
        Plain: 212 GB free for incidents
        Plain: you may capture
        ");
        let mut model = samples::recording();
        let status = model.recording.status.as_mut().unwrap();
        let span = status.at.since(status.since).as_nanos();
        status.looking_took_ns = u64::try_from(span / 250).unwrap();
        let told = lines(&model);
        assert!(told.contains("triggers take 0.4 % of a core"), "{told}");
        let mut model = samples::losing();
        model.room = Some(ByteCount(12_000_000));
        model.machine.rights = samples::set_up_without_rights().machine.rights;
        insta::assert_snapshot!(lines(&model), @r"
        Warning: 1,204 packets lost
        Plain: 11.9 GB of memory free
        Warning: 12 MB free for incidents
        Warning: you may not capture yet
        ");
    }

    #[test]
    fn spans_read_as_a_clock() {
        assert_eq!(clock(Duration::from_secs(47)), "0:47");
        assert_eq!(clock(Duration::from_secs(723)), "12:03");
        assert_eq!(clock(Duration::from_secs(10_800)), "3:00:00");
    }
}
