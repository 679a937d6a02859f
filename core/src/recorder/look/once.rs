//! What each condition of a profile would say now: before a recording, and
//! while somebody edits it.

use std::time::Duration;

use crossbeam_channel::after;

use crate::clock;
use crate::measure::{Facts, ListenerChoice, ProbeChoice, Reading, Unmeasured};
use crate::profile::Profile;
use crate::trigger::rules::Test;
use crate::trigger::{Condition, Observed, Trigger};
use crate::watch::ProcessIdentity;

/// How long after the first look a rate is known.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// What a condition says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The trigger's place among those of the profile.
    pub trigger: usize,
    /// When it counts, as a clause.
    pub clause: String,
    /// What is seen now, with its unit and a note; nothing where it is only seen
    /// while recording. Else why it cannot be looked at, and what to do.
    pub seen: Result<Option<String>, String>,
    /// Whether that number would count, if it stayed so.
    pub counts: Option<bool>,
    /// What an incident would say that was frozen by it, where that is a number.
    pub would_say: Option<String>,
}

/// Looks once at each condition that can be looked at without recording; `asks`
/// says whether servers and programs are asked too. Takes a moment: not for a
/// thread that draws.
#[must_use]
pub fn look_once(profile: &Profile, asks: bool) -> Vec<Look> {
    let targets = targets(profile);
    let target = profile.called();
    let facts = super::facts(&targets);
    let asks = asks.then_some(&facts);
    let enabled = profile.triggers.iter().enumerate();
    enabled
        .filter(|(_, choice)| choice.is_enabled())
        .flat_map(|(place, choice)| looks(place, &choice.trigger, &target, &targets, asks))
        .collect()
}

/// The target's processes now; none where there are none.
pub(super) fn targets(profile: &Profile) -> Vec<ProcessIdentity> {
    let target = profile.target.as_ref();
    let found = target.and_then(|target| target.resolve().ok());
    found.iter().flatten().map(|one| one.identity).collect()
}

fn looks(
    trigger: usize,
    checked: &Trigger,
    target: &str,
    targets: &[ProcessIdentity],
    asks: Option<&Facts>,
) -> Vec<Look> {
    let look = |condition: &Condition| {
        let read = match &condition.of {
            Observed::Probe { probe, .. } => read(probe, target, targets).map(Some),
            Observed::Packets(packets) => {
                let checked = packets.check(&[]).map_err(|error| error.to_string());
                checked.map(|()| None)
            }
            Observed::Process(_) => Ok(None),
            Observed::Listener(listener) => match asks {
                Some(facts) => ask(listener, facts),
                None => Ok(None),
            },
        };
        let counts = match (&read, condition.test) {
            (Ok(Some(reading)), Test::Above(limit)) => Some(reading.value > limit),
            (Ok(Some(reading)), Test::Below(limit)) => Some(reading.value < limit),
            _ => None,
        };
        let would_say = read.as_ref().ok().and_then(|reading| {
            let Reading { value, note } = reading.as_ref()?;
            Some(condition.evidence(target, Some(*value), note.as_deref()))
        });
        let seen = read.map(|reading| reading.map(|reading| in_words(condition, &reading)));
        Look {
            trigger,
            clause: condition.clause(target),
            seen,
            counts,
            would_say,
        }
    };
    checked.conditions().into_iter().map(look).collect()
}

fn read(probe: &ProbeChoice, target: &str, targets: &[ProcessIdentity]) -> Result<Reading, String> {
    let words = |error: Unmeasured| error.to_string();
    let mut probe = probe.open(target).map_err(words)?;
    match probe.read(targets, clock::now()) {
        Err(Unmeasured::NotYet { .. }) => {
            // Nobody sends: this is the clock's.
            let _ = after(SECOND_LOOK).recv();
            probe.read(targets, clock::now()).map_err(words)
        }
        other => other.map_err(words),
    }
}

fn ask(listener: &ListenerChoice, facts: &Facts) -> Result<Option<Reading>, String> {
    let seen = listener.look(facts).map_err(|error| error.to_string())?;
    Ok(seen.map(|(value, note)| Reading {
        value,
        note: Some(note),
    }))
}

fn in_words(condition: &Condition, reading: &Reading) -> String {
    let stuck = matches!(
        &condition.of,
        Observed::Probe {
            probe: ProbeChoice::Stuck(_),
            ..
        }
    );
    match (&reading.note, stuck) {
        (Some(note), true) => note.clone(),
        (None, true) => "no".into(),
        (Some(note), false) => format!("{} ({note})", condition.number(reading.value)),
        (None, false) => condition.number(reading.value),
    }
}
