//! What each condition of a profile would say now: before a recording, and
//! while somebody edits it.

use std::time::Duration;

use crossbeam_channel::after;

use super::tables;
use crate::capture::{CaptureError, Network};
use crate::clock;
use crate::measure::{Facts, ListenerChoice, ProbeChoice, Reading, Unmeasured};
use crate::pcapng::LinkType;
use crate::profile::Profile;
use crate::trigger::packets::{PacketError, PacketKind};
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
    /// Whether that number would count, if it stayed so; a health check counts that
    /// fails, however many times in a row it must.
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
        facts: super::facts(profile, &targets),
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
            (Ok(Some(reading)), _) if is_health(condition) => Some(reading.value > 0.0),
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
                let compiled = compiles(packets, network()?);
                compiled.map(|()| None).map_err(|error| error.to_string())
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

/// The link types that interfaces have.
const LINK_TYPES: [LinkType; 5] = [
    LinkType::ETHERNET,
    LinkType::LINUX_SLL2,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LOOP,
];

/// Whether it can be looked for at all. Which link types there will be is not known
/// before interfaces are opened, so a filter is refused that compiles for none.
fn compiles(packets: &PacketKind, network: &Network) -> Result<(), PacketError> {
    packets.check(&[])?;
    // Compiling would load Npcap into the window, which is never to capture.
    if cfg!(windows) {
        return Ok(());
    }
    let mut refused = None;
    for link_type in LINK_TYPES {
        match super::check_packets(packets, &[link_type], network) {
            Ok(()) | Err(PacketError::Filter(CaptureError::NoLibrary(_))) => return Ok(()),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(()), Err)
}

fn is_health(condition: &Condition) -> bool {
    matches!(condition.of, Observed::Listener(ListenerChoice::Health(_)))
}

fn ask(listener: &ListenerChoice, facts: &Facts) -> Result<Option<Reading>, String> {
    let seen = listener.look(facts).map_err(|error| error.to_string())?;
    Ok(seen.map(|(value, note)| Reading {
        value,
        note: Some(note),
    }))
}

fn in_words(condition: &Condition, reading: &Reading) -> String {
    if is_health(condition) && reading.value > 0.0 {
        let note = reading.note.as_deref().unwrap_or_default();
        return format!("it fails: {note}");
    }
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::profile::RawProfile;
    use crate::profile::trigger::TriggerText;

    fn look(trigger: &str, asks: bool) -> Look {
        let text: TriggerText = trigger.parse().unwrap();
        let raw = RawProfile {
            trigger: vec![text.0],
            ..RawProfile::default()
        };
        look_once(&raw.check().unwrap(), asks).remove(0)
    }

    #[cfg(not(windows))]
    #[test]
    fn a_filter_that_compiles_nowhere_is_told_in_libpcaps_words() {
        let why = look("packet filter='tcp prot 80'", false).seen.unwrap_err();
        assert!(
            why.contains("tcp prot 80") && why.contains("syntax"),
            "{why}"
        );
        for filter in ["tcp port 80", "ether host 02:00:00:00:00:01", "ifindex 1"] {
            let look = look(&format!("packet filter='{filter}'"), false);
            assert_eq!(look.seen, Ok(None), "{filter}");
        }
    }

    #[test]
    fn a_health_check_that_fails_now_counts() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = open.local_addr().unwrap();
        let trigger = format!("health connect={address} times=3");
        assert_eq!(look(&trigger, false).seen, Ok(None));
        assert_eq!(look(&trigger, true).counts, Some(false));
        drop(open);
        let look = look(&trigger, true);
        assert_eq!(look.counts, Some(true));
        let seen = look.seen.unwrap().unwrap();
        assert!(
            seen.starts_with("it fails: connecting to 127.0.0.1"),
            "{seen}"
        );
        assert!(look.would_say.unwrap().contains("nobody listens there"));
    }
}
