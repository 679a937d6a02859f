//! The facts for other programs: one list of names and values, from which both a
//! program's environment and a webhook's JSON are made, so that they agree.
//!
//! | field in JSON | in the environment | meaning |
//! | --- | --- | --- |
//! | `version` | `CRASHCAP_VERSION` | of this table: 1 |
//! | `incident` | `CRASHCAP_INCIDENT` | the incident's file, as an absolute path where the recorder has one |
//! | `host` | `CRASHCAP_HOST` | this machine's name |
//! | `cause` | `CRASHCAP_CAUSE` | the trigger's kind (`crash`, `exit` …), `snapshot`, `stopped` or `rehearsal` |
//! | `sentence` | `CRASHCAP_SENTENCE` | the incident in one sentence |
//! | `seen` | `CRASHCAP_SEEN` | what the trigger saw, with the number and its limit where there is one: `TCP sockets in CLOSE_WAIT of server: 112, above 100 for 5.0 s` |
//! | `note` | `CRASHCAP_NOTE` | what else there is to say, with the trigger's name: `the trigger "stuck sockets"` |
//! | `target_name`, `target_pid` | `CRASHCAP_TARGET_NAME`, `…_PID` | the process concerned |
//! | `exit_code` | `CRASHCAP_EXIT_CODE` | its exit status, or Windows's exception code |
//! | `signal`, `signal_name` | `CRASHCAP_SIGNAL`, `…_NAME` | what ended it |
//! | `at` | `CRASHCAP_AT` | the moment that the incident stands for |
//! | `recording_since`, `frozen_at` | `CRASHCAP_RECORDING_SINCE`, `…_FROZEN_AT` | |
//! | `first_packet`, `last_packet` | `CRASHCAP_FIRST_PACKET`, `…_LAST_PACKET` | their times |
//! | `packets`, `bytes` | `CRASHCAP_PACKETS`, `…_BYTES` | packets in the file, and bytes of their blocks |
//!
//! Times are RFC 3339 in UTC with nanoseconds. What is not known has no field. A
//! zero byte, which no environment can hold, is � in both. A path that is no
//! Unicode is told as it is in the environment, and with � in JSON.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::incident::{Facts, FrozenBy, moment, sentence};
use crate::limits::FIELD_BYTES_MAX;
use crate::units::Timestamp;
use crate::watch::{ExitStatus, signal_name};

/// What the names begin with in an environment.
const PREFIX: &str = "CRASHCAP_";
/// Of the table above.
const VERSION: u64 = 1;

/// A field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Text(String),
    Number(i64),
    Count(u64),
    Path(PathBuf),
}

/// The facts of one incident, for other programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, Field)>);

impl Fields {
    /// Of a saved incident.
    #[must_use]
    pub fn new(incident: &Path, facts: &Facts) -> Self {
        let mut fields = vec![
            ("version", Some(Field::Count(VERSION))),
            ("incident", Some(Field::Path(incident.to_owned()))),
            ("host", sysinfo::System::host_name().ok().map(text)),
            ("cause", Some(text(cause(&facts.frozen_by)))),
            ("sentence", Some(text(sentence(facts)))),
            ("at", Some(time(moment(&facts.frozen_by)))),
            ("recording_since", Some(time(facts.recording_since))),
            ("frozen_at", Some(time(facts.frozen_at))),
            ("first_packet", facts.first.map(time)),
            ("last_packet", facts.last.map(time)),
            ("packets", Some(Field::Count(facts.packets.0))),
            ("bytes", Some(Field::Count(facts.bytes.0))),
        ];
        if let FrozenBy::Firing(firing) = &facts.frozen_by {
            fields.push(("seen", firing.seen.clone().map(text)));
            fields.push(("note", firing.note.clone().map(text)));
            if let Some(process) = &firing.process {
                fields.push(("target_name", Some(text(process.name.clone()))));
                let pid = Field::Count(process.identity.pid.into());
                fields.push(("target_pid", Some(pid)));
            }
            fields.extend(status(firing.status.as_ref()));
        }
        let known = fields.into_iter();
        Self(
            known
                .filter_map(|(name, field)| Some((name, field?)))
                .collect(),
        )
    }

    /// As variables of an environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let variable = |(name, field): &(&'static str, Field)| {
            let name = format!("{PREFIX}{}", name.to_ascii_uppercase());
            let value = match field {
                Field::Text(text) => text.into(),
                Field::Number(number) => number.to_string().into(),
                Field::Count(count) => count.to_string().into(),
                Field::Path(path) => path.as_os_str().to_owned(),
            };
            (name.into(), value)
        };
        self.0.iter().map(variable).collect()
    }

    /// As one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let member = |(name, field): &(&'static str, Field)| {
            let value = match field {
                Field::Text(text) => Value::from(text.as_str()),
                Field::Number(number) => Value::from(*number),
                Field::Count(count) => Value::from(*count),
                Field::Path(path) => Value::from(path.to_string_lossy()),
            };
            ((*name).to_owned(), value)
        };
        Value::Object(self.0.iter().map(member).collect())
    }
}

/// Bounded, and without what no environment can hold.
fn text(mut text: String) -> Field {
    text.truncate(text.floor_char_boundary(FIELD_BYTES_MAX));
    Field::Text(text.replace('\0', "\u{fffd}"))
}

/// RFC 3339: `2026-11-23T05:12:33.123Z`.
fn time(at: Timestamp) -> Field {
    Field::Text(at.to_jiff().to_string())
}

fn cause(frozen_by: &FrozenBy) -> String {
    let kind = match frozen_by {
        FrozenBy::Firing(firing) => serde_json::to_value(firing.kind).ok(),
        FrozenBy::Snapshot { .. } => Some("snapshot".into()),
        FrozenBy::Stopped { .. } => Some("stopped".into()),
        FrozenBy::Rehearsal { .. } => Some("rehearsal".into()),
    };
    match kind {
        Some(Value::String(kind)) => kind,
        // A kind with parts is an object with one member.
        Some(Value::Object(parts)) => parts.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

fn status(status: Option<&ExitStatus>) -> Vec<(&'static str, Option<Field>)> {
    match status {
        Some(ExitStatus::Code { code }) => {
            vec![("exit_code", Some(Field::Number((*code).into())))]
        }
        Some(ExitStatus::Exception { code }) => {
            vec![("exit_code", Some(Field::Number((*code).into())))]
        }
        Some(ExitStatus::Signal { number, .. }) => vec![
            ("signal", Some(Field::Number((*number).into()))),
            ("signal_name", signal_name(*number).map(text)),
        ],
        Some(ExitStatus::Unknown { .. }) | None => Vec::new(),
    }
}
