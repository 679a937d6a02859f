//! From what was written to what is valid: in this one place, and once.

use std::collections::BTreeSet;
use std::time::Duration;

use super::choices::{
    ActionChoice, CaptureChoice, Profile, RingChoice, SaveChoice, SourceChoice, Speed,
    TargetChoice, Then, TriggerChoice, WhenFull,
};
use super::error::ProfileError;
use super::raw::{
    Netns, RawAction, RawCapture, RawFreeze, RawProfile, RawSave, RawTarget, RawTrigger, Size,
};
use super::trigger::TRIGGERS;
use crate::capture::NetworkNamespace;
use crate::incident::{Format, default_folder};
use crate::limits;
use crate::pcapng::enhanced_packet_length;
use crate::trigger::{FireWhen, Observed, ProcessEvent, Trigger, When};
use crate::units::{ByteCount, duration_in_words};
use crate::watch::{TargetSpec, signal_name};

/// The ring unless the profile says otherwise: what the story's tcpdump kept.
const RING_DEFAULT: ByteCount = ByteCount(150_000_000);

impl RawProfile {
    /// Checks everything that can be known without the system.
    ///
    /// # Errors
    /// The first thing that is not possible, and what is.
    pub fn check(&self) -> Result<Profile, ProfileError> {
        let capture = capture(&self.capture)?;
        let target = target(&self.target)?;
        let then = then(&self.freeze)?;
        let triggers = triggers(&self.trigger, target.as_ref(), &capture)?;
        if matches!(then, Then::Rearm { .. }) {
            goes_on(&triggers, target.as_ref())?;
        }
        Ok(Profile {
            ring: RingChoice {
                size: ring_size(self.ring.size, capture.snaplen)?,
                age: self.ring.age.map(|age| age.0),
            },
            triggers,
            actions: actions(&self.action)?,
            tail: tail(&self.freeze)?,
            then,
            save: save(&self.save)?,
            capture,
            target,
        })
    }
}

fn value(field: &'static str, written: impl ToString, why: impl Into<String>) -> ProfileError {
    ProfileError::Value {
        field,
        written: written.to_string(),
        why: why.into(),
    }
}

fn one_of<T: Copy>(
    field: &'static str,
    written: Option<&String>,
    default: T,
    choices: &[(&str, T)],
) -> Result<T, ProfileError> {
    let Some(written) = written else {
        return Ok(default);
    };
    let found = choices.iter().find(|(name, _)| name == written);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        value(field, written, format!("write {}", names.join(" or ")))
    })
}

fn capture(raw: &RawCapture) -> Result<CaptureChoice, ProfileError> {
    let headers_only = raw.headers_only.unwrap_or(false);
    let snaplen = raw.snaplen.unwrap_or(limits::SNAPLEN_MAX);
    if !(limits::SNAPLEN_MIN..=limits::SNAPLEN_MAX).contains(&snaplen) {
        let why = format!(
            "it must be within {} and {} bytes",
            limits::SNAPLEN_MIN,
            limits::SNAPLEN_MAX
        );
        return Err(value("capture.snaplen", snaplen, why));
    }
    let kernel_buffer = raw
        .kernel_buffer
        .map_or(limits::KERNEL_BUFFER_DEFAULT, |size| size.0);
    // libpcap takes the size as a signed 32-bit number.
    if kernel_buffer < limits::KERNEL_BUFFER_MIN || kernel_buffer.0 > i32::MAX as u64 {
        // Rounded up, so that what is named is possible.
        let smallest = ByteCount(limits::KERNEL_BUFFER_MIN.0.next_multiple_of(10_000));
        let why = format!("it must be within {smallest} and 2 GB");
        return Err(value("capture.kernel_buffer", kernel_buffer, why));
    }
    let filter = raw.filter.as_deref().map(str::trim);
    let sources = sources(raw)?;
    Ok(CaptureChoice {
        namespace: namespace(raw, &sources)?,
        sources,
        filter: filter
            .filter(|filter| !filter.is_empty())
            .map(ToOwned::to_owned),
        snaplen,
        headers_only,
        promiscuous: raw.promiscuous.unwrap_or(false),
        kernel_buffer,
    })
}

fn sources(raw: &RawCapture) -> Result<SourceChoice, ProfileError> {
    let speeds = [("recorded", Speed::Recorded), ("full", Speed::Full)];
    let speed = one_of("capture.speed", raw.speed.as_ref(), Speed::Full, &speeds)?;
    let all = raw.all == Some(true);
    match (&raw.file, raw.interfaces.as_slice()) {
        (Some(path), []) if !all => Ok(SourceChoice::File {
            path: path.clone(),
            speed,
        }),
        (Some(_), _) => Err(ProfileError::Together(
            "a capture file and interfaces cannot be recorded together: choose one".into(),
        )),
        (None, _) if raw.speed.is_some() => Err(ProfileError::Together(
            "capture.speed is for a capture file: name one with capture.file (--read)".into(),
        )),
        (None, []) => Ok(SourceChoice::All),
        (None, _) if all => Err(ProfileError::Together(
            "all interfaces and named ones cannot be chosen together: choose one".into(),
        )),
        (None, names) => interfaces(names),
    }
}

fn namespace(
    raw: &RawCapture,
    sources: &SourceChoice,
) -> Result<Option<NetworkNamespace>, ProfileError> {
    let Some(Netns(namespace)) = &raw.netns else {
        return Ok(None);
    };
    if !cfg!(target_os = "linux") {
        let why = "only Linux has network namespaces; leave it out";
        return Err(value("capture.netns", namespace.written(), why));
    }
    if matches!(sources, SourceChoice::File { .. }) {
        return Err(ProfileError::Together(
            "a capture file is in no network namespace: leave out capture.netns (--netns), or record from interfaces".into(),
        ));
    }
    Ok(Some(namespace.clone()))
}

fn interfaces(names: &[String]) -> Result<SourceChoice, ProfileError> {
    if names.len() > limits::SOURCES_MAX {
        let why = format!("at most {} are possible", limits::SOURCES_MAX);
        return Err(value("capture.interfaces", names.len(), why));
    }
    let mut seen = BTreeSet::new();
    for name in names {
        if name.trim().is_empty() || name.contains('\0') {
            return Err(value("capture.interfaces", "\"\"", "name an interface"));
        }
        if !seen.insert(name) {
            return Err(value("capture.interfaces", name, "it is named twice"));
        }
    }
    Ok(SourceChoice::Interfaces(names.to_vec()))
}

/// A ring holds a few segments at least, each large enough for the largest block.
fn ring_size(written: Option<Size>, snaplen: u32) -> Result<ByteCount, ProfileError> {
    let size = written.map_or(RING_DEFAULT, |size| size.0);
    let block = enhanced_packet_length(snaplen as usize) as u64;
    let smallest = block.max(limits::SEGMENT_MIN.0) * limits::RING_SEGMENTS_MIN;
    if size.0 < smallest {
        let why = format!(
            "the smallest ring is {} with a snaplen of {snaplen}",
            ByteCount(smallest.next_multiple_of(100_000))
        );
        return Err(value("ring.size", size, why));
    }
    Ok(size)
}

fn target(raw: &RawTarget) -> Result<Option<TargetChoice>, ProfileError> {
    let mut specs = Vec::new();
    specs.extend(raw.pid.map(TargetSpec::Pid));
    specs.extend(raw.name.clone().map(TargetSpec::Name));
    specs.extend(raw.command_line.clone().map(TargetSpec::CommandLine));
    specs.extend(raw.executable.clone().map(TargetSpec::Executable));
    specs.extend(raw.port.map(TargetSpec::Port));
    specs.extend(raw.launched.map(TargetSpec::Launched));
    if specs.len() > 1 {
        return Err(ProfileError::Together(
            "a target is chosen in one way: by pid, name, command line, executable, port, or launched".into(),
        ));
    }
    let ends = [("any", FireWhen::Any), ("all", FireWhen::All)];
    let fire_when = one_of(
        "target.fire_when",
        raw.fire_when.as_ref(),
        FireWhen::Any,
        &ends,
    )?;
    let Some(spec) = specs.pop() else {
        if raw.is_empty() {
            return Ok(None);
        }
        return Err(ProfileError::Together(
            "target.wait, target.fire_when and target.tree need a target: choose one by pid, name, command line, executable or port".into(),
        ));
    };
    empty_pattern(&spec)?;
    let wait = raw.wait.unwrap_or(false);
    if wait && matches!(spec, TargetSpec::Pid(_) | TargetSpec::Launched(_)) {
        return Err(ProfileError::Together(
            "a process cannot be waited for by its number, which nobody knows yet: choose the target by name, command line, executable or port".into(),
        ));
    }
    Ok(Some(TargetChoice {
        spec,
        wait,
        fire_when,
        tree: raw.tree.unwrap_or(false),
    }))
}

fn empty_pattern(spec: &TargetSpec) -> Result<(), ProfileError> {
    match spec {
        TargetSpec::Name(text) if text.trim().is_empty() => {
            Err(value("target.name", "\"\"", "write a process's name"))
        }
        TargetSpec::CommandLine(text) if text.trim().is_empty() => Err(value(
            "target.command_line",
            "\"\"",
            "write a part of a command line",
        )),
        TargetSpec::Port(0) => Err(value("target.port", 0, "ports are 1 to 65535")),
        _ => Ok(()),
    }
}

fn triggers(
    raw: &[RawTrigger],
    target: Option<&TargetChoice>,
    capture: &CaptureChoice,
) -> Result<Vec<TriggerChoice>, ProfileError> {
    if raw.is_empty() {
        return Ok(if target.is_some() {
            vec![TriggerChoice {
                written: RawTrigger::of_kind("exit"),
                trigger: Trigger::on(ProcessEvent::Exit),
            }]
        } else {
            Vec::new()
        });
    }
    let choices: Vec<TriggerChoice> = raw
        .iter()
        .map(|written| {
            Ok(TriggerChoice {
                trigger: super::trigger::check(written)?,
                written: written.clone(),
            })
        })
        .collect::<Result<_, _>>()?;
    let enabled = choices.iter().filter(|one| one.is_enabled());
    for (place, choice) in enabled.clone().enumerate() {
        goes_together(choice, target, capture)?;
        let twice = enabled
            .clone()
            .take(place)
            .any(|one| one.trigger == choice.trigger);
        if twice {
            return Err(not_so(choice, "it is chosen twice"));
        }
    }
    let count = enabled
        .map(|one| one.trigger.conditions().len())
        .sum::<usize>();
    if count > limits::CONDITIONS_MAX {
        return Err(ProfileError::Together(format!(
            "{count} conditions are too many; at most {} are possible",
            limits::CONDITIONS_MAX
        )));
    }
    Ok(choices)
}

/// Whether a recording that goes on after a freeze has anything to go on for.
fn goes_on(triggers: &[TriggerChoice], target: Option<&TargetChoice>) -> Result<(), ProfileError> {
    let ends_once = target.is_some_and(|one| {
        let every_end = one.tree && one.fire_when == FireWhen::Any;
        matches!(one.spec, TargetSpec::Launched(_)) && !every_end
    });
    let mut enabled = triggers.iter().filter(|one| one.is_enabled()).peekable();
    let some = enabled.peek().is_some();
    if ends_once && some && enabled.all(|one| needs_an_end(&one.trigger.when)) {
        return Err(ProfileError::Together(
            "a launched target ends once, and its triggers are about its end only, so there is nothing to go on recording for: let somebody else start it and watch it by name (--target NAME --wait --rearm), or add a trigger that can fire before, such as log".into(),
        ));
    }
    Ok(())
}

/// Whether it can only be met when a process of the target has ended.
fn needs_an_end(when: &When) -> bool {
    match when {
        When::One(one) => matches!(
            one.of,
            Observed::Process(ProcessEvent::Exit | ProcessEvent::Crash(_) | ProcessEvent::Restart)
        ),
        When::Any(of) => of.iter().all(needs_an_end),
        When::All { of, .. } => of.iter().any(needs_an_end),
        When::Then { first, then, .. } => needs_an_end(first) || needs_an_end(then),
    }
}

/// Whether a trigger's conditions can be looked at in such a recording.
fn goes_together(
    choice: &TriggerChoice,
    target: Option<&TargetChoice>,
    capture: &CaptureChoice,
) -> Result<(), ProfileError> {
    let from_file = matches!(capture.sources, SourceChoice::File { .. });
    let launched = matches!(target.map(|one| &one.spec), Some(TargetSpec::Launched(_)));
    // No other process ever has its number, unless its children belong to it.
    let only_one = target.is_some_and(|one| {
        !one.tree && matches!(one.spec, TargetSpec::Pid(_) | TargetSpec::Launched(_))
    });
    for condition in choice.trigger.conditions() {
        if condition.of.needs_target() && target.is_none() {
            let why = if condition.of.has_scope() {
                "it needs a target, or a port (port = 80), or the host (scope = \"host\")"
            } else {
                "it needs a target: choose one by pid, name, command line, executable or port"
            };
            return Err(not_so(choice, why));
        }
        match &condition.of {
            Observed::Process(ProcessEvent::Restart | ProcessEvent::Appears) if only_one => {
                let why = "no other process will have the number of this one: watch it by name (--target NAME), command line, executable or port, or with its children (--tree)";
                return Err(not_so(choice, why));
            }
            Observed::Packets(packets) if packets.needs_payload() && capture.headers_only => {
                let why = "it looks into payloads, and capture.headers_only keeps none: leave one of them";
                return Err(not_so(choice, why));
            }
            Observed::Listener(listener) if listener.output().is_some() && !launched => {
                let why = "it listens to what a target says that is launched for the recording: give its command after --, or watch its log";
                return Err(not_so(choice, why));
            }
            Observed::Probe { .. } | Observed::Listener(_) if from_file => {
                let why = "it looks at what runs now, and a capture file is of another time: use conditions over packets";
                return Err(not_so(choice, why));
            }
            _ => {}
        }
    }
    Ok(())
}

fn actions(raw: &[RawAction]) -> Result<Vec<ActionChoice>, ProfileError> {
    if raw.len() > limits::ACTIONS_MAX {
        let most = limits::ACTIONS_MAX;
        return Err(value(
            "action",
            raw.len(),
            format!("at most {most} are possible"),
        ));
    }
    let checked = raw.iter().map(|written| {
        Ok(ActionChoice {
            action: super::action::check(written)?,
            written: written.clone(),
        })
    });
    checked.collect()
}

fn not_so(choice: &TriggerChoice, why: &str) -> ProfileError {
    TRIGGERS.wrong(&choice.written.kind, why)
}

/// A signal's number from its name, with or without SIG, or from a number.
pub(super) fn signal_number(written: &str) -> Result<i32, ProfileError> {
    const SIGNALS: std::ops::RangeInclusive<i32> = 1..=64;
    if let Some(number) = written.parse().ok().filter(|one| SIGNALS.contains(one)) {
        return Ok(number);
    }
    let upper = written.to_ascii_uppercase();
    let name = if upper.starts_with("SIG") {
        upper
    } else {
        format!("SIG{upper}")
    };
    SIGNALS
        .into_iter()
        .find(|number| signal_name(*number).as_deref() == Some(&name))
        .ok_or_else(|| {
            value(
                "trigger.clean_signals",
                written,
                "write a signal of this system, as in SIGTERM or 15",
            )
        })
}

fn tail(raw: &RawFreeze) -> Result<Duration, ProfileError> {
    let tail = raw.tail.map_or(limits::TAIL_DEFAULT, |tail| tail.0);
    if tail > limits::TAIL_MAX {
        let why = format!("the longest is {}", duration_in_words(limits::TAIL_MAX));
        return Err(value("freeze.tail", duration_in_words(tail), why));
    }
    Ok(tail)
}

fn then(raw: &RawFreeze) -> Result<Then, ProfileError> {
    let rearm = one_of(
        "freeze.then",
        raw.then.as_ref(),
        false,
        &[("stop", false), ("rearm", true)],
    )?;
    let fulls = [
        ("stop", WhenFull::Stop),
        ("drop_oldest", WhenFull::DropOldest),
    ];
    let when_full = one_of(
        "freeze.when_full",
        raw.when_full.as_ref(),
        WhenFull::Stop,
        &fulls,
    )?;
    let only_rearm = raw.cool_down.is_some()
        || raw.keep_count.is_some()
        || raw.keep_bytes.is_some()
        || raw.when_full.is_some();
    if !rearm {
        if only_rearm {
            return Err(ProfileError::Together(
                "cool_down, keep_count, keep_bytes and when_full are for recordings that go on: write then = \"rearm\" (--rearm)".into(),
            ));
        }
        return Ok(Then::Stop);
    }
    if raw.keep_count == Some(0) {
        return Err(value("freeze.keep_count", 0, "keep one incident at least"));
    }
    if raw.when_full.is_some() && raw.keep_count.is_none() && raw.keep_bytes.is_none() {
        return Err(ProfileError::Together(
            "when_full needs a bound: write keep_count (--keep) or keep_bytes (--keep-bytes)"
                .into(),
        ));
    }
    Ok(Then::Rearm {
        cool_down: raw.cool_down.map_or(Duration::ZERO, |span| span.0),
        keep_count: raw.keep_count,
        keep_bytes: raw.keep_bytes.map(|size| size.0),
        when_full,
    })
}

fn save(raw: &RawSave) -> Result<SaveChoice, ProfileError> {
    let formats = [("pcapng", Format::Pcapng), ("pcap", Format::Pcap)];
    let folder = raw.folder.clone().or_else(default_folder).ok_or_else(|| {
        ProfileError::Together(
            "this user has no home folder: say where incidents go with save.folder (--folder)"
                .into(),
        )
    })?;
    Ok(SaveChoice {
        folder,
        fallback: raw.fallback.clone().unwrap_or_else(std::env::temp_dir),
        format: one_of("save.format", raw.format.as_ref(), Format::Pcapng, &formats)?,
    })
}
