//! What is known of an open file: names and values.

use crashcap_core::clock::Now;
use crashcap_core::incident::{Facts, FrozenBy};
use crashcap_core::inspect::Overview;
use crashcap_core::profile::RawProfile;
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::{PacketCount, Timestamp, duration_in_words};
use crashcap_core::watch::{ExitMethod, ExitStatus, ProcessInfo};

use super::{Page, command_line_of, escaped, in_zone, time_zoned, zone_of};

/// The process that fired, else the one that was found last.
pub(super) fn process_of(facts: &Facts) -> Option<&ProcessInfo> {
    let fired = match &facts.frozen_by {
        FrozenBy::Firing(firing) => firing.process.as_ref(),
        _ => None,
    };
    fired.or_else(|| facts.watched.last().map(|watched| &watched.process))
}

/// How [`crashcap_core::watch::TargetSpec`] tells of what was launched for the recording.
const LAUNCHED: &str = "the launched process";

/// Of an incident of ours.
pub(super) fn of_ours(facts: &Facts, overview: &Overview) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    let mut row = |name, value: String| rows.push((name, escaped(&value)));
    let process = process_of(facts);
    // A pid says nothing more than the process does.
    let by_pid = |target: &&String| process.is_some() && target.starts_with("pid ");
    if let Some(target) = facts.target.as_ref().filter(|target| !by_pid(target)) {
        row("Target", target.clone());
    }
    if let Some(process) = process {
        let user = process.user.as_deref().unwrap_or("unknown");
        let more = match facts.watched.len() {
            0 | 1 => String::new(),
            watched => format!("; {} more were watched", watched - 1),
        };
        let pid = process.identity.pid;
        row(
            "Process",
            format!("{} (pid {pid}), user {user}{more}", process.name),
        );
    }
    if let FrozenBy::Firing(firing) = &facts.frozen_by {
        row(
            "Cause",
            firing
                .status
                .as_ref()
                .map_or_else(|| firing.to_string(), cause),
        );
        if let Some(fault) = firing.fault {
            row("Fault", time_zoned(fault.wall));
        }
        if let Some(end) = firing.end {
            row("End", end_in_words(end, firing.fault));
        }
        // Only an end is noticed in more than one way.
        if let Some(how) = facts.exit_method.filter(|_| firing.status.is_some()) {
            let how = match firing.fault {
                Some(_) => "the kernel's event of the fault, before the end",
                None => method(how),
            };
            row("Noticed by", how.into());
        }
    }
    row("Frozen", frozen(facts));
    if let Some(at) = facts.saved_at {
        row("Saved", saved(facts, at));
    }
    if let Some(why) = &facts.tail_cut_short {
        row("Tail", format!("cut short: {why}"));
    }
    row(
        "Packets",
        format!(
            "{}, {} on the wire; a file of {}",
            facts.packets,
            super::size(overview.info.survey.wire_bytes),
            super::size(overview.info.survey.size)
        ),
    );
    if let Some((first, last)) = facts.first.zip(facts.last) {
        row(
            "Span",
            format!(
                "{}, from {} to {}",
                duration_in_words(last.since(first)),
                time_zoned(first),
                time_zoned(last)
            ),
        );
    }
    for interface in &facts.interfaces {
        let counters = &interface.counters;
        let unknown = counters.kernel_drops.is_none() && counters.interface_drops.is_none();
        let lost = match counters.lost() {
            PacketCount(0) if unknown => "losses unknown".to_owned(),
            PacketCount(0) => "none lost".to_owned(),
            lost => format!("{lost} lost"),
        };
        let events = interface.link_events.join("; ");
        row(
            "Interface",
            format!("{}, {lost}{}", interface.name, after(&events)),
        );
    }
    row(
        "Filter",
        facts.filter.clone().unwrap_or_else(|| "none".into()),
    );
    row("Ring", facts.ring.to_string());
    for result in &overview.info.actions {
        row("Afterwards", result.sentence());
    }
    for evidence in &overview.info.evidence {
        let lines = evidence.text.lines().count();
        let name = &evidence.name;
        row(
            "Evidence",
            format!("{name}, {lines} lines in the file's comments"),
        );
    }
    for noted in &facts.noted {
        row(
            "Noted",
            format!("{} {}", time_zoned(noted.at), noted.sentence),
        );
    }
    for note in &facts.notes {
        row("Note", in_zone(note));
    }
    let target = facts.target.as_deref().unwrap_or_default();
    let launched = target
        .starts_with(LAUNCHED)
        .then(|| process.map_or("", |process| process.command_line.as_str()));
    let line = facts.profile.as_deref();
    if let Some(line) = line.and_then(|text| profile(text, launched)) {
        row(Page::PROFILE, line);
    }
    row("Written by", facts.program.clone());
    rows
}

/// When, and how long after what was noticed; what was asked for is frozen at once.
fn frozen(facts: &Facts) -> String {
    let at = time_zoned(facts.frozen_at);
    match facts.freeze_took_ns {
        0 => at,
        took => format!(
            "{at}, {} after {} was noticed",
            duration_in_words(std::time::Duration::from_nanos(took)),
            noticed(facts)
        ),
    }
}

/// When, and how long after the freeze: a tail lies between them, and what was
/// waited for.
fn saved(facts: &Facts, at: Timestamp) -> String {
    let later = at.since(facts.frozen_at);
    match later.as_millis() {
        0 => time_zoned(at),
        _ => format!(
            "{}, {} after the freeze",
            time_zoned(at),
            duration_in_words(later)
        ),
    }
}

/// What made it freeze: a fault is noticed before the end that it leads to.
fn noticed(facts: &Facts) -> &'static str {
    match &facts.frozen_by {
        FrozenBy::Firing(firing) if firing.fault.is_some() => "the fault",
        FrozenBy::Firing(firing) if firing.kind == TriggerKind::Restart => "the new process",
        FrozenBy::Firing(firing) if firing.end.is_some() => "the end",
        _ => "that",
    }
}

/// When the process was gone, and how long after its fault.
fn end_in_words(end: Now, fault: Option<Now>) -> String {
    let at = time_zoned(end.wall);
    match fault {
        Some(fault) => {
            let later = duration_in_words(end.monotonic.since(fault.monotonic));
            format!("{at}, {later} after the fault")
        }
        None => at,
    }
}

/// The command that records with this profile. What was launched stands in no
/// profile; the process says it.
fn profile(text: &str, launched: Option<&str>) -> Option<String> {
    let raw = RawProfile::from_toml(text).ok()?;
    let launched = launched.map(|command| match command {
        "" => "COMMAND",
        command => command,
    });
    Some(command_line_of(&raw, launched))
}

fn after(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("; {text}"),
    }
}

fn cause(status: &ExitStatus) -> String {
    status.to_string()
}

fn method(method: ExitMethod) -> &'static str {
    match method {
        ExitMethod::PidFd => "the kernel's event (pidfd)",
        ExitMethod::ProcessHandle => "the process's handle",
        ExitMethod::Kqueue => "the kernel's event (kqueue)",
        ExitMethod::Polling => "looking again and again",
    }
}

/// Of a file of somebody else.
pub(super) fn of_others(
    overview: &Overview,
    changed: Option<Timestamp>,
) -> Vec<(&'static str, String)> {
    let survey = &overview.info.survey;
    let mut rows = vec![(
        "Packets",
        format!(
            "{}, {} on the wire; a file of {}",
            survey.packets,
            super::size(survey.wire_bytes),
            super::size(survey.size)
        ),
    )];
    if let Some((first, last)) = survey.first.zip(survey.last) {
        // No sentence says in which zone times are.
        let zoned = format!("{} {}", time_zoned(first), zone_of(first));
        rows.push(("First", zoned));
        rows.push(("Last", time_zoned(last)));
    }
    for interface in &survey.interfaces {
        let name = interface.name.as_deref().unwrap_or("without a name");
        let filter = interface.filter.as_deref().unwrap_or("no filter");
        let told = format!("{name}, {} packets, {filter}", interface.packets);
        rows.push(("Interface", escaped(&told)));
    }
    let application = survey.application.as_deref();
    let program = application.unwrap_or("an unnamed program");
    rows.push(("Written by", escaped(program)));
    if let Some(changed) = changed {
        rows.push(("Changed", time_zoned(changed)));
    }
    for comment in &overview.info.comments {
        rows.push(("Comment", escaped(comment)));
    }
    rows
}
