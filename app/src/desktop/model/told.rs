//! What happens, in sentences.

use std::time::Duration;

use crashcap_core::action::ActionResult;
use crashcap_core::capture::LinkState;
use crashcap_core::recorder::{Event, Outcome};
use crashcap_core::trigger::CrashSet;
use crashcap_core::units::{Timestamp, duration_in_words};
use crashcap_core::watch::ExitStatus;

use super::recording::Told;
use super::{Lanes, SetUp, TargetKind, Tone, escaped};

/// What is recorded, in words.
pub(super) fn what(set_up: &SetUp) -> String {
    let interfaces = match set_up.interfaces.as_slice() {
        [] => "all interfaces".to_owned(),
        names => escaped(&names.join(" and ")),
    };
    match set_up.filter.trim() {
        "" => interfaces,
        filter => format!("{interfaces}, {filter}"),
    }
}

/// Whose end freezes, in words.
pub(super) fn target(set_up: &SetUp) -> Option<String> {
    match set_up.target {
        TargetKind::Process => set_up.pid.map(|pid| match set_up.pid_name.as_str() {
            "" => format!("process {pid}"),
            name => format!("{name} (pid {pid})"),
        }),
        TargetKind::Name => Some(format!("a process named {}", set_up.name.trim())),
        TargetKind::Port => Some(format!("whoever listens on port {}", set_up.port.trim())),
        TargetKind::Launch => Some(set_up.launch.trim().to_owned()),
        TargetKind::Other => set_up.other_in_words(),
        TargetKind::Nothing => None,
    }
}

/// An event as a line; none for what is not worth one. The lanes know what
/// processes are called.
pub(super) fn event(event: &Event, lanes: &Lanes, now: Timestamp) -> Option<Told> {
    let (at, tone, sentence) = match event {
        Event::Status(_) => return None,
        Event::Recording { at_ns, memory } => (
            *at_ns,
            Tone::Good,
            format!("recording; {memory} of memory are taken"),
        ),
        Event::TargetFound { at_ns, process, .. } => {
            let (name, pid) = (escaped(&process.name), process.identity.pid);
            (*at_ns, Tone::Good, format!("watching {name} (pid {pid})"))
        }
        Event::TargetEnded { at_ns, pid, status } => {
            let (tone, how) = end(status.as_ref());
            (*at_ns, tone, format!("{} {how}", lanes.who(*pid)))
        }
        Event::TargetStatus { pid, status } => {
            let (tone, how) = end(Some(status));
            (now, tone, format!("{} {how}", lanes.who(*pid)))
        }
        Event::Fired {
            at_ns,
            sentence,
            freezes,
            ..
        } => (*at_ns, Tone::Frozen, fired(sentence, *freezes)),
        Event::Frozen {
            at_ns,
            after_firing_ns,
        } => {
            let sentence = match *after_firing_ns {
                0 => "frozen at once".to_owned(),
                after => {
                    let after = duration_in_words(Duration::from_nanos(after));
                    format!("frozen {after} after that was noticed")
                }
            };
            (*at_ns, Tone::Frozen, sentence)
        }
        Event::Saved {
            path,
            packets,
            bytes,
            took_ns,
            ..
        } => {
            let path = escaped(&path.to_string_lossy());
            let took = duration_in_words(Duration::from_nanos(*took_ns));
            let sentence = format!("saved {path}: {packets} packets, {bytes}, in {took}");
            (now, Tone::Frozen, sentence)
        }
        Event::Acted { at_ns, results, .. } => {
            let tone = match results.iter().all(|result| result.ok) {
                true => Tone::Frozen,
                false => Tone::Danger,
            };
            let all: Vec<String> = results.iter().map(ActionResult::sentence).collect();
            (*at_ns, tone, escaped(&all.join("; ")))
        }
        Event::SaveFailed { sentence, .. } => (now, Tone::Danger, escaped(sentence)),
        Event::Link { at_ns, name, link } => {
            let (tone, what) = link_in_words(link);
            (*at_ns, tone, format!("{} {what}", escaped(name)))
        }
        Event::Notice { at_ns, sentence } => (*at_ns, Tone::Warning, escaped(sentence)),
        Event::Finished { outcome } => {
            let tone = match outcome {
                Outcome::Failed { .. } | Outcome::NotSaved { .. } => Tone::Danger,
                _ => Tone::Plain,
            };
            (now, tone, ending(outcome))
        }
    };
    Some(Told { at, tone, sentence })
}

/// How a process ended. Red is for what died, not for what was stopped.
fn end(status: Option<&ExitStatus>) -> (Tone, String) {
    match status {
        None => (Tone::Plain, "ended".into()),
        Some(status) if CrashSet::default().counts(status) => (Tone::Danger, status.to_string()),
        Some(status) => (Tone::Plain, status.to_string()),
    }
}

fn fired(sentence: &str, freezes: bool) -> String {
    let sentence = escaped(sentence);
    match freezes {
        true => format!("trigger fired: {sentence}"),
        false => format!("trigger fired and was noted, it does not freeze now: {sentence}"),
    }
}

/// What a link does, to be read after its name.
fn link_in_words(link: &LinkState) -> (Tone, String) {
    match link {
        LinkState::Up => (Tone::Good, "is up again".into()),
        LinkState::Down => (Tone::Warning, "went down; recording waits for it".into()),
        LinkState::Gone { reason } => (
            Tone::Warning,
            format!("is gone ({}); recording waits for it", escaped(reason)),
        ),
    }
}

/// How a recording ended, in words.
pub(super) fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stopped => "stopped; nothing more was saved".into(),
        Outcome::FrozenAndSaved => "ended; what froze is saved".into(),
        Outcome::Full { reason } | Outcome::NotSaved { reason } => {
            format!("ended: {}", escaped(reason))
        }
        Outcome::EndOfFile => "the file was played to its end".into(),
        Outcome::Failed { reason, .. } => format!("failed: {}", escaped(reason)),
    }
}
