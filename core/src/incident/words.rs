//! The incident in words: the sentence that stands first in the file, and the
//! comment on the packet at the firing.

use crate::trigger::{Firing, TriggerKind};
use crate::units::{PacketCount, Timestamp, duration_in_words};

use super::{Facts, FrozenBy};

/// Interfaces named one by one; beyond that their number is said.
const INTERFACES_NAMED_MAX: usize = 4;

/// The incident in one sentence: what happened and when, how much was
/// recorded where, what was lost, and the filter.
#[must_use]
pub fn sentence(facts: &Facts) -> String {
    let mut parts = vec![what_and_when(facts), recorded(facts)];
    if let Some(filter) = &facts.filter {
        parts.push(format!("filter {filter}"));
    }
    if let Some(why) = &facts.tail_cut_short {
        parts.push(format!("the tail was cut short: {why}"));
    }
    parts.join("; ") + "."
}

/// The moment that the incident stands for.
#[must_use]
pub fn moment(frozen_by: &FrozenBy) -> Timestamp {
    match frozen_by {
        // Of several conditions the fault may have been long before the last.
        FrozenBy::Firing(firing) if firing.kind == TriggerKind::Combination => firing.at.wall,
        FrozenBy::Firing(firing) => firing.fault.unwrap_or(firing.at).wall,
        FrozenBy::Snapshot { at } | FrozenBy::Stopped { at, .. } | FrozenBy::Rehearsal { at } => {
            *at
        }
    }
}

/// The comment on the packet at the firing, and the firing's moment; none
/// where nothing fired.
pub(super) fn mark(facts: &Facts) -> Option<(Timestamp, String)> {
    let text = match &facts.frozen_by {
        FrozenBy::Firing(firing) => format!("{} here", what(firing)),
        FrozenBy::Rehearsal { .. } => "Rehearsal: a crash now would be marked here".into(),
        FrozenBy::Snapshot { .. } | FrozenBy::Stopped { .. } => return None,
    };
    Some((moment(&facts.frozen_by), text))
}

/// `2026-11-23 05:12:33.123 UTC`.
fn time(at: Timestamp) -> String {
    at.to_jiff()
        .strftime("%Y-%m-%d %H:%M:%S%.3f UTC")
        .to_string()
}

fn what_and_when(facts: &Facts) -> String {
    match &facts.frozen_by {
        FrozenBy::Firing(firing) => fired(facts, firing),
        FrozenBy::Snapshot { at } => {
            format!("Snapshot at {}, recording went on", time(*at))
        }
        FrozenBy::Stopped { at, reason } => {
            format!("Recording was ended at {}: {reason}", time(*at))
        }
        FrozenBy::Rehearsal { at } => {
            format!("Rehearsal at {}: nothing has crashed", time(*at))
        }
    }
}

fn fired(facts: &Facts, firing: &Firing) -> String {
    let at = moment(&facts.frozen_by);
    let mut out = format!("{} at {}", what(firing), time(at));
    match (firing.kind, firing.fault, firing.end) {
        (TriggerKind::Exit | TriggerKind::Crash, Some(fault), Some(end)) => {
            let later = duration_in_words(end.monotonic.since(fault.monotonic));
            out += &format!(" and had ended {later} later");
        }
        (TriggerKind::Exit | TriggerKind::Crash, Some(_), None) => {
            out += " and was still writing its core dump when this was saved";
        }
        (TriggerKind::Restart, _, Some(end)) => {
            let later = duration_in_words(firing.at.monotonic.since(end.monotonic));
            out += &format!(", {later} after its end");
        }
        (TriggerKind::Combination, ..) => out += &how_it_ended(firing),
        _ => {}
    }
    if let Some(note) = &firing.note {
        out += ", ";
        out += note;
    }
    out
}

/// How a process ended, where what was seen of several conditions was put in words
/// before that was known.
fn how_it_ended(firing: &Firing) -> String {
    let status = firing.status.as_ref().map(ToString::to_string);
    let untold = status.filter(|status| !firing.to_string().contains(status.as_str()));
    match (untold, &firing.process) {
        (Some(status), Some(process)) => {
            format!("; {} (pid {}) {status}", process.name, process.identity.pid)
        }
        _ => String::new(),
    }
}

/// Who did what; a firing without a process is told by what was recorded.
fn what(firing: &Firing) -> String {
    let mut what = firing.to_string();
    let ended = matches!(firing.kind, TriggerKind::Exit | TriggerKind::Crash);
    if ended && firing.status.is_none() && firing.end.is_some() {
        what += ", how is not known";
    }
    if let Some(first) = what.get_mut(..1)
        && firing.process.is_none()
    {
        first.make_ascii_uppercase();
    }
    what
}

/// "148,201 packets over 47 s on lo, none lost".
fn recorded(facts: &Facts) -> String {
    let packets = match facts.packets {
        PacketCount(0) => "no packets".into(),
        PacketCount(1) => "1 packet".into(),
        count => format!("{count} packets"),
    };
    let over = match (facts.first, facts.last) {
        (Some(first), Some(last)) if facts.packets.0 > 1 => {
            format!(" over {}", duration_in_words(last.since(first)))
        }
        _ => String::new(),
    };
    format!("{packets}{over}{}, {}", place(facts), lost(facts))
}

fn place(facts: &Facts) -> String {
    let names: Vec<_> = facts
        .interfaces
        .iter()
        .map(|interface| interface.name.as_str())
        .collect();
    match names.as_slice() {
        [] => String::new(),
        // Linux's device of that name.
        ["any"] => " on all interfaces".into(),
        [one] => format!(" on {one}"),
        many if many.len() > INTERFACES_NAMED_MAX => format!(" on {} interfaces", many.len()),
        [most @ .., last] => format!(" on {} and {last}", most.join(", ")),
    }
}

/// Losses since recording began. Interface drops that are not known are no
/// reason for doubt: most systems do not tell. Kernel drops that are not known are.
fn lost(facts: &Facts) -> String {
    let counters = facts.interfaces.iter().map(|interface| &interface.counters);
    let count = counters.clone().map(|sums| sums.lost().0).sum();
    let known =
        counters.clone().count() > 0 && counters.clone().all(|sums| sums.kernel_drops.is_some());
    match (count, known) {
        (0, true) => "none lost".into(),
        (0, false) => "losses not known".into(),
        (count, true) => format!("{} lost", PacketCount(count)),
        (count, false) => format!("at least {} lost", PacketCount(count)),
    }
}
