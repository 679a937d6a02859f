//! The TOML file: reading with exact errors, and writing.

use super::choices::{Profile, SourceChoice, Speed, Then, WhenFull};
use super::error::ProfileError;
use super::raw::{
    Netns, RawCapture, RawFreeze, RawProfile, RawRing, RawSave, RawTarget, Size, Span,
};
use crate::incident::Format;
use crate::trigger::FireWhen;
use crate::watch::TargetSpec;

/// Spellings further away than this are not what was meant.
const MEANT_DISTANCE_MAX: usize = 3;

impl RawProfile {
    /// Reads the text of a profile.
    ///
    /// # Errors
    /// The first unknown or unreadable field, with its line and what was meant.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or(text);
            ProfileError::Line {
                line: before.matches('\n').count() + 1,
                why: with_meaning(error.message()),
            }
        })
    }
}

/// Adds what was probably meant to "unknown field `x`, expected one of `a`, `b`".
pub(super) fn with_meaning(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = match quoted.next() {
        Some(unknown) if message.starts_with("unknown field") => unknown,
        _ => return message.to_owned(),
    };
    let known: Vec<&str> = quoted.collect();
    let meant = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .min()
        // Where half of it would have to change, something else was meant.
        .filter(|(distance, _)| {
            *distance <= MEANT_DISTANCE_MAX && *distance * 2 <= unknown.chars().count()
        });
    match meant {
        Some((_, name)) => format!("there is no field `{unknown}`; did you mean `{name}`?"),
        None => format!(
            "there is no field `{unknown}` here, only {}",
            known.join(", ")
        ),
    }
}

impl Profile {
    /// The profile as a TOML file that reads back as the same profile.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every value is a text, a number or a list of these, which TOML can always say.
        toml::to_string(&self.to_raw()).unwrap_or_default()
    }

    /// The same for an incident, which is handed on: without secrets.
    #[must_use]
    pub fn to_toml_without_secrets(&self) -> String {
        let mut raw = self.to_raw();
        for action in &mut raw.action {
            *action = action.without_secrets();
        }
        toml::to_string(&raw).unwrap_or_default()
    }

    /// Everything written out.
    #[must_use]
    pub fn to_raw(&self) -> RawProfile {
        RawProfile {
            capture: self.raw_capture(),
            ring: RawRing {
                size: Some(Size(self.ring.size)),
                age: self.ring.age.map(Span),
            },
            target: self.raw_target(),
            trigger: self
                .triggers
                .iter()
                .map(|one| one.written.clone())
                .collect(),
            action: self.actions.iter().map(|one| one.written.clone()).collect(),
            freeze: self.raw_freeze(),
            save: RawSave {
                folder: Some(self.save.folder.clone()),
                fallback: Some(self.save.fallback.clone()),
                format: Some(
                    match self.save.format {
                        Format::Pcapng => "pcapng",
                        Format::Pcap => "pcap",
                    }
                    .into(),
                ),
            },
        }
    }

    fn raw_capture(&self) -> RawCapture {
        let capture = &self.capture;
        let mut raw = RawCapture {
            netns: capture.namespace.clone().map(Netns),
            filter: capture.filter.clone(),
            snaplen: Some(capture.snaplen),
            headers_only: Some(capture.headers_only),
            promiscuous: Some(capture.promiscuous),
            kernel_buffer: Some(Size(capture.kernel_buffer)),
            ..RawCapture::default()
        };
        match &capture.sources {
            SourceChoice::All => raw.all = Some(true),
            SourceChoice::Interfaces(names) => raw.interfaces.clone_from(names),
            SourceChoice::File { path, speed } => {
                raw.file = Some(path.clone());
                raw.speed = Some(
                    match speed {
                        Speed::Recorded => "recorded",
                        Speed::Full => "full",
                    }
                    .into(),
                );
            }
        }
        raw
    }

    fn raw_target(&self) -> RawTarget {
        let mut raw = RawTarget::default();
        let Some(target) = &self.target else {
            return raw;
        };
        match &target.spec {
            TargetSpec::Pid(pid) => raw.pid = Some(*pid),
            TargetSpec::Name(name) => raw.name = Some(name.clone()),
            TargetSpec::CommandLine(pattern) => raw.command_line = Some(pattern.clone()),
            TargetSpec::Executable(path) => raw.executable = Some(path.clone()),
            TargetSpec::Port(port) => raw.port = Some(*port),
            TargetSpec::Launched(pid) => raw.launched = Some(*pid),
        }
        raw.wait = Some(target.wait);
        raw.tree = Some(target.tree);
        raw.fire_when = Some(
            match target.fire_when {
                FireWhen::Any => "any",
                FireWhen::All => "all",
            }
            .into(),
        );
        raw
    }

    fn raw_freeze(&self) -> RawFreeze {
        let mut raw = RawFreeze {
            tail: Some(Span(self.tail)),
            then: Some("stop".into()),
            ..RawFreeze::default()
        };
        if let Then::Rearm {
            cool_down,
            keep_count,
            keep_bytes,
            when_full,
        } = &self.then
        {
            raw.then = Some("rearm".into());
            raw.cool_down = Some(Span(*cool_down));
            raw.keep_count = *keep_count;
            raw.keep_bytes = keep_bytes.map(Size);
            let bounded = keep_count.is_some() || keep_bytes.is_some();
            raw.when_full = bounded.then(|| {
                match when_full {
                    WhenFull::Stop => "stop",
                    WhenFull::DropOldest => "drop_oldest",
                }
                .into()
            });
        }
        raw
    }
}
