//! One short sentence on how things stand, for `systemctl status`.

use crashcap_core::limits::SERVICE_STATUS_BYTES_MAX;
use crashcap_core::recorder::{Event, Phase, Status};

use crate::cli::text::harmless;

/// What there is to say, and what was said last.
#[derive(Debug)]
pub(super) struct Words {
    about: String,
    saved: u32,
    last_file: String,
    said: String,
}

impl Words {
    /// `about` says what is recorded.
    pub(super) fn new(about: String) -> Self {
        Self {
            about,
            saved: 0,
            last_file: String::new(),
            said: String::new(),
        }
    }

    /// The sentence, where an event brings a new one.
    pub(super) fn of(&mut self, event: &Event) -> Option<&str> {
        let sentence = match event {
            Event::Recording { .. } => self.recording(),
            Event::Fired {
                freezes: true,
                sentence,
                ..
            } => format!("frozen: {sentence}"),
            Event::Saved { path, .. } => {
                self.saved += 1;
                self.last_file = path.display().to_string();
                format!("saved {}", self.last_file)
            }
            Event::Status(status) => self.stands(status)?,
            _ => return None,
        };
        let sentence = cut(harmless(&sentence));
        if sentence == self.said {
            return None;
        }
        self.said = sentence;
        Some(&self.said)
    }

    /// What matters of a status; of a frozen recorder more was said.
    fn stands(&self, status: &Status) -> Option<String> {
        match (&status.unsaved, status.phase) {
            (Some(why), _) => Some(format!("an incident is not on disk: {why}")),
            (None, Phase::Recording) => Some(self.recording()),
            (None, _) => None,
        }
    }

    fn recording(&self) -> String {
        let about = &self.about;
        match self.saved {
            0 => format!("recording {about}"),
            saved => format!(
                "recording {about}; saved so far: {saved}, the last {}",
                self.last_file
            ),
        }
    }
}

/// As much as a manager takes.
fn cut(mut sentence: String) -> String {
    sentence.truncate(sentence.floor_char_boundary(SERVICE_STATUS_BYTES_MAX));
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::incident::FrozenBy;
    use crashcap_core::trigger::TriggerKind;
    use crashcap_core::units::{ByteCount, PacketCount, Timestamp};

    fn recording() -> Event {
        Event::Recording {
            at_ns: Timestamp(0),
            memory: ByteCount(0),
        }
    }

    fn fired(freezes: bool) -> Event {
        Event::Fired {
            at_ns: Timestamp(0),
            trigger: TriggerKind::Manual,
            sentence: "web ended".into(),
            freezes,
        }
    }

    fn saved(path: &str) -> Event {
        Event::Saved {
            path: path.into(),
            paths: vec![path.into()],
            frozen_by: FrozenBy::Rehearsal { at: Timestamp(0) },
            incident: String::new(),
            packets: PacketCount(0),
            bytes: ByteCount(0),
            first_ns: None,
            last_ns: None,
            lost: PacketCount(0),
            took_ns: 0,
        }
    }

    fn status(phase: Phase, unsaved: Option<&str>) -> Event {
        Event::Status(Box::new(Status {
            phase,
            at: Timestamp(0),
            since: Timestamp(0),
            ring_size: ByteCount(0),
            held: ByteCount(0),
            oldest: None,
            newest: None,
            packets: PacketCount(0),
            wire_bytes: ByteCount(0),
            packets_per_second: 0,
            bytes_per_second: 0,
            lost: PacketCount(0),
            targets: Vec::new(),
            incidents: 0,
            unsaved: unsaved.map(ToOwned::to_owned),
            conditions: Vec::new(),
            looking_took_ns: 0,
            sources: Vec::new(),
            traffic: Vec::new(),
        }))
    }

    #[test]
    fn it_says_what_is_recorded_what_froze_it_and_what_was_saved() {
        let mut words = Words::new("lo".into());
        let mut of = |event| words.of(&event).map(ToOwned::to_owned);
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(of(recording()), said("recording lo"));
        assert_eq!(of(status(Phase::Recording, None)), None);
        assert_eq!(of(fired(false)), None);
        assert_eq!(of(fired(true)), said("frozen: web ended"));
        assert_eq!(of(status(Phase::Tail, None)), None);
        assert_eq!(of(saved("/a.pcapng")), said("saved /a.pcapng"));
        let again = "recording lo; saved so far: 1, the last /a.pcapng";
        assert_eq!(of(status(Phase::Recording, None)), said(again));
        assert_eq!(of(status(Phase::Recording, None)), None);
    }

    #[test]
    fn it_says_as_long_as_an_incident_waits_for_a_place() {
        let mut words = Words::new("lo".into());
        let waits = status(Phase::Recording, Some("/x is full"));
        let said = words.of(&waits);
        assert_eq!(said, Some("an incident is not on disk: /x is full"));
        assert_eq!(words.of(&waits), None);
    }

    #[test]
    fn it_is_one_line_and_not_longer_than_a_manager_takes() {
        let mut words = Words::new(format!("a\nREADY=1 {}", "é".repeat(4096)));
        let said = words.of(&recording()).unwrap();
        assert!(!said.contains('\n'), "{said}");
        assert!(said.len() <= SERVICE_STATUS_BYTES_MAX);
        assert!(said.len() > SERVICE_STATUS_BYTES_MAX - 4);
    }
}
