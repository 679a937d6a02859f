//! What each condition of a profile would say now: before a recording, and
//! while somebody edits it.

use std::time::Duration;

use crossbeam_channel::after;

use super::tables;
use crate::capture::Network;
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
    let network = Network::enter(profile.capture.namespace.as_ref());
    let network = network.map_err(|error| error.to_string());
    let targets = network
        .as_ref()
        .map_or_else(|_| Vec::new(), |network| targets(profile, network));
    let looker = Looker {
        target: profile.called(),
        facts: super::facts(&targets),
        targets,
        network,
        asks,
    };
    let enabled = profile.triggers.iter().enumerate();
    enabled
        .filter(|(_, choice)| choice.is_enabled())
        .flat_map(|(place, choice)| looker.looks(place, &choice.trigger))
        .collect()
}

/// The target's processes now; none where there are none.
pub(super) fn targets(profile: &Profile, network: &Network) -> Vec<ProcessIdentity> {
    let target = profile.target.as_ref();
    let found = target.and_then(|target| target.resolve_in(&tables(network)).ok());
    found.iter().flatten().map(|one| one.identity).collect()
}

/// What looks, and at what.
struct Looker {
    /// How the target is called, and its processes.
    target: String,
    targets: Vec<ProcessIdentity>,
    /// What programs are told.
    facts: Facts,
    /// Else why it cannot be entered.
    network: Result<Network, String>,
    asks: bool,
}

impl Looker {
    fn looks(&self, trigger: usize, checked: &Trigger) -> Vec<Look> {
        let conditions = checked.conditions().into_iter();
        conditions
            .map(|condition| self.look(trigger, condition))
            .collect()
    }

    fn look(&self, trigger: usize, condition: &Condition) -> Look {
        let read = self.see(&condition.of);
        let counts = match (&read, condition.test) {
            (Ok(Some(reading)), Test::Above(limit)) => Some(reading.value > limit),
            (Ok(Some(reading)), Test::Below(limit)) => Some(reading.value < limit),
            _ => None,
        };
        let target = &self.target;
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
    }

    fn see(&self, of: &Observed) -> Result<Option<Reading>, String> {
        let network = || self.network.as_ref().map_err(Clone::clone);
        match of {
            Observed::Probe { probe, .. } => self.read(probe, network()?).map(Some),
            Observed::Packets(packets) => {
                let checked = super::check_packets(packets, &[], network()?);
                checked.map(|()| None).map_err(|error| error.to_string())
            }
            Observed::Process(_) => Ok(None),
            Observed::Listener(_) if !self.asks => Ok(None),
            Observed::Listener(listener) => {
                if listener.asks_a_server() {
                    let (listener, facts) = (listener.clone(), self.facts.clone());
                    network()?.run(move || ask(&listener, &facts))
                } else {
                    ask(listener, &self.facts)
                }
            }
        }
    }

    fn read(&self, probe: &ProbeChoice, network: &Network) -> Result<Reading, String> {
        let words = |error: Unmeasured| error.to_string();
        let mut probe = super::open(probe, &self.target, network).map_err(words)?;
        match probe.read(&self.targets, clock::now()) {
            Err(Unmeasured::NotYet { .. }) => {
                // Nobody sends: this is the clock's.
                let _ = after(SECOND_LOOK).recv();
                probe.read(&self.targets, clock::now()).map_err(words)
            }
            other => other.map_err(words),
        }
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
