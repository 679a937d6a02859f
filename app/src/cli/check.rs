//! `crashcap check`: what would go wrong, before a long wait.

use std::time::Duration;

use crossbeam_channel::Receiver;

use crashcap_core::action::{self, Action, CheckContext};
use crashcap_core::capture::Network;
use crashcap_core::incident;
use crashcap_core::profile::{Profile, SourceChoice, TriggerChoice};
use crashcap_core::recorder::{Command, Event, Outcome, Recorder, Status, look_once};
use crashcap_core::units::{ByteCount, PacketCount, duration_in_words};
use crashcap_core::watch::SocketTables;

use super::args::Check;
use super::exit::{Exit, Failure};
use super::record;
use super::text::{harmless, say};

/// How long the rate is measured.
const MEASURE: Duration = Duration::from_secs(2);
/// How long freeze and save may take in a rehearsal beside the tail.
const REHEARSAL_MAX: Duration = Duration::from_secs(60);

/// Runs the checks; each is a line.
pub(crate) fn run(args: &Check) -> Result<Exit, Failure> {
    let profile = record::profile(&args.choices, None)?;
    if let SourceChoice::File { path, .. } = &profile.capture.sources
        && args.fire
    {
        let path = path.display();
        let why = format!("rehearse with {path}: a rehearsal takes a live interface");
        return Err(Failure::new(Exit::Usage, why));
    }
    // Nothing else can be looked at where this is refused.
    let network = Network::enter(profile.capture.namespace.as_ref())?;
    let target = target(&profile, &network);
    let room = room(&profile);
    let conditions = conditions(&profile);
    let actions = actions(&profile);
    let mut front = record::front(&profile);
    front.rehearsal = true;
    // A target that is missing is told by its own line; the capture is tried without it.
    let untargeted = Profile {
        target: None,
        triggers: Vec::new(),
        actions: Vec::new(),
        ..profile.clone()
    };
    let capture = Recorder::start(&untargeted, front)
        .map_err(Failure::from)
        .map(|recorder| measure(recorder, &profile, args.fire));
    let mut exit = Exit::Done;
    let findings = match capture {
        Ok(findings) => findings,
        Err(failure) => vec![Finding::Wrong(failure)],
    };
    let all = [target.into(), room.into()].into_iter();
    for finding in all.chain(conditions).chain(actions).chain(findings) {
        let (mark, sentence) = match finding {
            Finding::Fine(sentence) => ("ok", sentence),
            Finding::Doubtful(sentence) => ("??", sentence),
            Finding::Wrong(failure) => {
                exit = Exit::Failed;
                ("!!", failure.sentence)
            }
        };
        say(&format!("{mark}  {}", harmless(&sentence)));
    }
    Ok(exit)
}

/// What one check found.
enum Finding {
    Fine(String),
    /// It may be meant so, and is worth a look.
    Doubtful(String),
    Wrong(Failure),
}

impl From<Result<String, Failure>> for Finding {
    fn from(result: Result<String, Failure>) -> Self {
        match result {
            Ok(sentence) => Self::Fine(sentence),
            Err(failure) => Self::Wrong(failure),
        }
    }
}

fn target(profile: &Profile, network: &Network) -> Result<String, Failure> {
    let Some(target) = &profile.target else {
        let by_hand = profile.enabled_triggers().is_empty();
        let more = if by_hand {
            ": the ring is frozen by hand"
        } else {
            ""
        };
        return Ok(format!("no target{more}"));
    };
    let tables = network.tables();
    let tables = tables.map_or_else(SocketTables::default, SocketTables::of);
    match target.resolve_in(&tables) {
        Ok(found) => {
            let names: Vec<String> = found
                .iter()
                .take(4)
                .map(|one| format!("{} (pid {})", one.name, one.identity.pid))
                .collect();
            let more = found.len().saturating_sub(names.len());
            let and_more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            Ok(format!("target: {}{and_more}", names.join(", ")))
        }
        Err(_) if target.wait => Ok(format!(
            "target: {} are not there yet and will be waited for",
            target.spec
        )),
        Err(error) => Err(Failure::new(Exit::NotFound, error)),
    }
}

/// What each condition sees now.
fn conditions(profile: &Profile) -> Vec<Finding> {
    let waits = profile.target.as_ref().is_some_and(|one| one.wait);
    // What is not there yet cannot be looked at.
    let is_awaited = |trigger: &TriggerChoice| {
        let conditions = trigger.trigger.conditions();
        waits && conditions.iter().any(|one| one.of.needs_target())
    };
    look_once(profile, true)
        .into_iter()
        .map(|look| {
            let awaited = profile.triggers.get(look.trigger).is_some_and(is_awaited);
            let clause = format!("trigger: freezes when {}", look.clause);
            match look.seen {
                Ok(None) => Finding::Fine(clause),
                Ok(Some(seen)) if look.counts == Some(true) => {
                    let if_so = "it would fire if that stayed so";
                    Finding::Doubtful(format!("{clause}; now {seen}: {if_so}"))
                }
                Ok(Some(seen)) => Finding::Fine(format!("{clause}; now {seen}")),
                Err(why) if awaited => Finding::Doubtful(format!("{clause}; {why}")),
                Err(why) => Finding::Wrong(Failure::new(Exit::Failed, format!("{clause}: {why}"))),
            }
        })
        .collect()
}

/// Whether each action can be done. Nothing is run and nobody is told.
fn actions(profile: &Profile) -> Vec<Finding> {
    let context = CheckContext {
        folder: &profile.save.folder,
        format: profile.save.format,
        notifies: false,
    };
    let check = |action: &Action| match action::check(action, &context) {
        Ok(()) => match action::warning(action, &context) {
            Some(why) => Finding::Doubtful(format!("action: {action}: {why}")),
            None => Finding::Fine(format!("action: {action}")),
        },
        Err(why) => Finding::Wrong(Failure::new(Exit::Failed, format!("action: {why}"))),
    };
    profile.enabled_actions().iter().map(check).collect()
}

fn room(profile: &Profile) -> Result<String, Failure> {
    let folder = &profile.save.folder;
    incident::check(folder, profile.ring.size)
        .and_then(|()| incident::room(folder))
        .map(|free| format!("folder: {} has room for {free}", folder.display()))
        .map_err(|error| Failure::new(Exit::NotSaved, error))
}

fn measure(recorder: Recorder, profile: &Profile, fire: bool) -> Vec<Finding> {
    let commands = recorder.commands();
    let mut lines = Vec::new();
    let status = wait_for(recorder.events(), MEASURE, |_| false).0;
    lines.push(match status {
        _ if matches!(profile.capture.sources, SourceChoice::File { .. }) => {
            Finding::Fine("capture file: it can be played, and the filter compiles for it".into())
        }
        Some(status) => rate(&status, profile),
        None => Finding::Wrong(Failure::new(
            Exit::RecordingFailed,
            "the recorder gave no status",
        )),
    });
    if fire {
        let _ = commands.send(Command::Freeze {
            by: "a rehearsal".into(),
        });
        let most = profile.tail.saturating_add(REHEARSAL_MAX);
        let ended = |event: &Event| {
            matches!(
                event,
                Event::Saved { .. }
                    | Event::SaveFailed {
                        fallback_follows: false,
                        ..
                    }
            )
        };
        let (_, last) = wait_for(recorder.events(), most, ended);
        lines.push(rehearsed(last).into());
    }
    let stop = Command::Stop {
        save: false,
        reason: "the check is done".into(),
    };
    // Twice: what a rehearsal could not save is given up.
    let _ = commands.send(stop.clone());
    let _ = commands.send(stop);
    let (_, last) = wait_for(recorder.events(), REHEARSAL_MAX, |event| {
        matches!(event, Event::Finished { .. })
    });
    if let Some(Event::Finished {
        outcome: Outcome::Failed { reason, .. },
    }) = last
    {
        lines.push(Finding::Wrong(Failure::new(Exit::RecordingFailed, reason)));
    }
    let _ = recorder.finish();
    lines
}

/// Reads events until one is what is waited for; answers with the newest
/// status and that event.
fn wait_for(
    events: &Receiver<Event>,
    most: Duration,
    wanted: impl Fn(&Event) -> bool,
) -> (Option<Box<Status>>, Option<Event>) {
    let over = crossbeam_channel::after(most);
    let mut newest = None;
    loop {
        crossbeam_channel::select! {
            recv(events) -> event => match event {
                Ok(Event::Status(status)) => newest = Some(status),
                Ok(event) if wanted(&event) => return (newest, Some(event)),
                Ok(_) => {}
                Err(_) => return (newest, None),
            },
            recv(over) -> _ => return (newest, None),
        }
    }
}

/// What was measured, and how long the ring would last at that rate.
fn rate(status: &Status, profile: &Profile) -> Finding {
    let names: Vec<&str> = status.sources.iter().map(|one| one.name.as_str()).collect();
    let seen = format!(
        "capture: {} packets/s, {}/s on {}",
        PacketCount(status.packets_per_second),
        ByteCount(status.bytes_per_second),
        names.join(", ")
    );
    let seen = match &profile.capture.namespace {
        Some(namespace) => format!("{seen} in {namespace}"),
        None => seen,
    };
    let held = status.held.0;
    let span = status.at.since(status.since).as_secs_f64();
    if held == 0 || span == 0.0 {
        return Finding::Doubtful(format!(
            "{seen}; no packet came by: is the filter right, is there traffic?"
        ));
    }
    let lasts = Duration::from_secs_f64(profile.ring.size.0 as f64 * span / held as f64);
    Finding::Fine(format!(
        "{seen}; a ring of {} would hold about {}",
        profile.ring.size,
        duration_in_words(lasts)
    ))
}

fn rehearsed(last: Option<Event>) -> Result<String, Failure> {
    match last {
        Some(Event::Saved { path, packets, .. }) => Ok(format!(
            "rehearsal: froze and saved {packets} packets as {}",
            path.display()
        )),
        Some(Event::SaveFailed { sentence, .. }) => Err(Failure::new(Exit::NotSaved, sentence)),
        _ => Err(Failure::new(
            Exit::NotSaved,
            "rehearsal: nothing was saved within a minute; is the disk very slow?",
        )),
    }
}
