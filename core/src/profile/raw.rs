//! What was written, by options or in a file, before it is checked.
//!
//! A field that was not written is `None`; options are laid over a file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

pub use super::action::RawAction;
pub use super::trigger::RawTrigger;
use crate::capture::NetworkNamespace;
use crate::units::{ByteCount, parse_duration};

/// A profile as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawProfile {
    /// Where packets come from and how.
    pub capture: RawCapture,
    /// How much is kept.
    pub ring: RawRing,
    /// What is watched.
    #[serde(skip_serializing_if = "RawTarget::is_empty")]
    pub target: RawTarget,
    /// When to freeze.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<RawTrigger>,
    /// What is done after an incident has been saved, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub action: Vec<RawAction>,
    /// How to freeze and what follows.
    pub freeze: RawFreeze,
    /// Where incidents go.
    pub save: RawSave,
}

/// The table `[capture]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCapture {
    /// Interfaces by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
    /// All interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// A capture file instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The network namespace that the interfaces are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netns: Option<Netns>,
    /// `recorded` or `full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<String>,
    /// The filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Bytes kept of a packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snaplen: Option<u32>,
    /// Keep no payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers_only: Option<bool>,
    /// Ask for everybody's packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promiscuous: Option<bool>,
    /// Kernel buffers together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_buffer: Option<Size>,
}

/// The table `[ring]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawRing {
    /// Bytes kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Packets older than this may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<Span>,
}

/// The table `[target]`: one of the first five.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTarget {
    /// By number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// By name, with `*` and `?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By command line, with `*` and `?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_line: Option<String>,
    /// By the executable's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executable: Option<PathBuf>,
    /// Whoever listens on this port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// It need not be there yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
    /// `any` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fire_when: Option<String>,
    /// What these processes start belongs to the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<bool>,
    /// Launched by the front for this recording; not part of a file.
    #[serde(skip)]
    pub launched: Option<u32>,
}

/// The table `[freeze]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawFreeze {
    /// The tail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail: Option<Span>,
    /// `stop` or `rearm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// With re-arm: no freeze within this time after one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cool_down: Option<Span>,
    /// With re-arm: the most incidents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_count: Option<u32>,
    /// With re-arm: the most bytes of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_bytes: Option<Size>,
    /// With re-arm: `stop` or `drop_oldest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_full: Option<String>,
}

/// The table `[save]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSave {
    /// The incidents folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Where an incident goes that the folder refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<PathBuf>,
    /// `pcapng` or `pcap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

impl RawTarget {
    /// Whether nothing of it was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A network namespace: a number is a pid, a text one too or a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Netns(pub NetworkNamespace);

/// A size written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub ByteCount);

/// A duration written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A signal written by name or number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalName(pub String);

/// A program and its arguments: written as a text quoted as for a shell, or as a
/// list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words(pub Vec<String>);

impl Serialize for Netns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            NetworkNamespace::OfProcess(pid) => serializer.serialize_u32(*pid),
            NetworkNamespace::File(path) => path.serialize(serializer),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}", self.exact()))
    }
}

impl Size {
    /// The size with the largest unit that says it exactly.
    #[must_use]
    pub fn exact(self) -> String {
        const UNITS: [(u64, &str); 7] = [
            (1_000_000_000, "GB"),
            (1 << 30, "GiB"),
            (1_000_000, "MB"),
            (1 << 20, "MiB"),
            (1_000, "kB"),
            (1 << 10, "KiB"),
            (1, "B"),
        ];
        let bytes = self.0.0;
        let (factor, unit) = UNITS
            .into_iter()
            .find(|(factor, _)| bytes >= *factor && bytes.is_multiple_of(*factor))
            .unwrap_or((1, "B"));
        format!("{}{unit}", bytes / factor)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = jiff::SignedDuration::try_from(self.0)
            .map(|span| format!("{span:#}"))
            .map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl Serialize for SignalName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Reads a text, or a whole number where one was written, through a function.
struct Text<T>(&'static str, fn(&str) -> Result<T, String>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        (self.1)(&number.to_string()).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Netns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text("a pid, or a path as in \"/run/netns/shop\"", |text| {
            NetworkNamespace::from_str(text)
                .map(Netns)
                .map_err(|error| error.to_string())
        }))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text("a size as in \"150MB\"", |text| {
            ByteCount::from_str(text)
                .map(Size)
                .map_err(|error| error.to_string())
        }))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text("a duration as in \"1s\"", |text| {
            parse_duration(text)
                .map(Span)
                .map_err(|error| error.to_string())
        }))
    }
}

impl<'de> Deserialize<'de> for SignalName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text("a signal as in \"SIGTERM\"", |text| {
            Ok(SignalName(text.to_owned()))
        }))
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;
        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a program and its arguments as in \"/bin/tell me\" or [\"/bin/tell\", \"me\"]",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Words, E> {
                shell_words::split(text)
                    .map(Words)
                    .map_err(|_| E::custom(format!("a quote is not closed in {text}")))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut from: A) -> Result<Words, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = from.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        deserializer.deserialize_any(WordsVisitor)
    }
}
