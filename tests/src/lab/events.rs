//! The lines of `crashcap record --json`, as far as the lab looks at them.

use std::path::PathBuf;

use serde::Deserialize;

/// One line. Fields and events that are not named here are ignored.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RecorderEvent {
    /// Packets are being recorded from now on.
    Recording {},
    /// A trigger's condition holds.
    Fired {
        /// Which trigger: `exit`, `crash`, ….
        trigger: String,
        /// When, by the wall clock, in nanoseconds since the epoch.
        at_ns: u64,
        /// What happened, in words.
        #[serde(default)]
        sentence: String,
    },
    /// Eviction has stopped.
    Frozen {
        /// When, by the wall clock, in nanoseconds since the epoch.
        at_ns: u64,
        /// Nanoseconds from the end that the watcher noticed to the freeze.
        #[serde(default)]
        after_end_ns: Option<u64>,
    },
    /// The incident is a file.
    Saved(SavedIncident),
    /// The recording is over.
    Finished {
        /// In words.
        outcome: String,
    },
    /// Any other line.
    #[serde(other)]
    Other,
}

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SavedIncident {
    /// The file.
    pub path: PathBuf,
    /// Packets in it.
    pub packets: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// The time of the first packet, in nanoseconds since the epoch.
    #[serde(default)]
    pub first_ns: Option<u64>,
    /// The time of the last packet, in nanoseconds since the epoch.
    #[serde(default)]
    pub last_ns: Option<u64>,
    /// Packets that were lost; unknown when left out or null.
    #[serde(default)]
    pub lost: Option<u64>,
    /// The incident in words.
    #[serde(default)]
    pub incident: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_lines_are_understood_and_others_ignored() {
        let parse = |line| serde_json::from_str::<RecorderEvent>(line).unwrap();
        assert_eq!(
            parse(r#"{"event":"recording","interfaces":["lo"]}"#),
            RecorderEvent::Recording {}
        );
        assert_eq!(
            parse(r#"{"event":"frozen","at_ns":5}"#),
            RecorderEvent::Frozen {
                at_ns: 5,
                after_end_ns: None
            }
        );
        assert_eq!(
            parse(r#"{"event":"status","packets":5,"held":{"bytes":1}}"#),
            RecorderEvent::Other
        );
        let RecorderEvent::Saved(saved) = parse(
            r#"{"event":"saved","path":"/a/b.pcapng","packets":3,"bytes":9,"first_ns":1,"last_ns":2,"lost":null,"incident":"x"}"#,
        ) else {
            panic!("not saved");
        };
        assert_eq!((saved.packets, saved.lost), (3, None));
    }

    #[test]
    fn a_line_that_breaks_the_contract_is_an_error() {
        for line in ["", "recording", r#"{"packets":1}"#, r#"{"event":"saved"}"#] {
            assert!(
                serde_json::from_str::<RecorderEvent>(line).is_err(),
                "{line}"
            );
        }
    }
}
