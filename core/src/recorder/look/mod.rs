//! Those who look at things for the triggers: the sampler reads probes, the
//! follower reads packets. Both run on threads of their own and signal.

mod once;
mod sampler;

pub use once::{Look, look_once};

use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, never};

use self::sampler::{Opened, Sampler};
use super::error::StartError;
use super::follow::{Followed, Follower, FromFollower};
use super::keeper::Input;
use super::thread::RunningSource;
use crate::capture::{Counters, FromSource, Network};
use crate::clock;
use crate::limits;
use crate::measure::{
    Facts, KnownFacts, Listener, ListenerChoice, Probe, ProbeChoice, Told as Spoken, Unmeasured,
    Word,
};
use crate::pcapng::LinkType;
use crate::profile::{Profile, SourceChoice};
use crate::ring::{SegmentWriter, SourceId};
use crate::trigger::packets::{Noticed, PacketCondition, PacketError, PacketKind, PacketWatch};
use crate::trigger::rules::{LeafId, What};
use crate::trigger::{Condition, LeafSignal, Observed, Trigger, TriggerSet};
use crate::units::PacketCount;
use crate::watch::{ProcessIdentity, SocketTables};

/// What is told of conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// For the rules.
    Signal(LeafSignal),
    /// Something cannot be looked at any more, or again; the sentence says why.
    Trouble(String),
}

/// Those who will look, before anything runs.
pub(super) struct Prepared {
    probes: Vec<Opened>,
    listeners: Vec<(LeafId, ListenerChoice)>,
    packets: Option<PacketWatch>,
}

/// Asks the logs and programs that triggers listen to, which may take a while:
/// before any source is open, whose packets nobody would take meanwhile.
pub(super) fn check(profile: &Profile, network: &Network) -> Result<(), StartError> {
    let triggers = profile.enabled_triggers();
    let conditions = triggers.iter().flat_map(Trigger::conditions);
    let listeners: Vec<&ListenerChoice> = conditions.filter_map(listener).collect();
    if listeners.is_empty() {
        return Ok(());
    }
    let facts = facts(profile, &once::targets(profile, network));
    for listener in listeners {
        listener.check(&facts)?;
    }
    Ok(())
}

/// What is listened to here: who launched the target hears what it says.
fn listener(condition: &Condition) -> Option<&ListenerChoice> {
    match &condition.of {
        Observed::Listener(listener) if listener.output().is_none() => Some(listener),
        _ => None,
    }
}

/// What programs are told of a recording of these processes.
pub(super) fn facts(profile: &Profile, targets: &[ProcessIdentity]) -> Facts {
    let interfaces = match &profile.capture.sources {
        SourceChoice::Interfaces(names) => names.clone(),
        SourceChoice::All => vec!["all".to_owned()],
        SourceChoice::File { path, .. } => vec![path.display().to_string()],
    };
    let called = profile.called();
    let facts = Facts::of(&KnownFacts {
        target: profile.target.as_ref().map(|_| called.as_str()),
        interfaces: &interfaces,
        filter: profile.capture.filter.as_deref(),
        folder: &profile.save.folder,
        started: clock::now().wall,
    });
    tell_targets(&facts, targets);
    facts
}

fn tell_targets(facts: &Facts, targets: &[ProcessIdentity]) {
    let pids: Vec<String> = targets.iter().map(|one| one.pid.to_string()).collect();
    facts.set("CRASHCAP_TARGET_PIDS", pids.join(" "));
}

/// Makes ready whatever the triggers need, or says what cannot be had; after [`check`].
pub(super) fn prepare(
    triggers: &TriggerSet,
    target: &str,
    link_types: &[LinkType],
    network: &Network,
) -> Result<Prepared, StartError> {
    let mut probes = Vec::new();
    let mut packets = Vec::new();
    let mut listeners = Vec::new();
    for (leaf, condition) in triggers.conditions() {
        match &condition.of {
            Observed::Process(_) => {}
            Observed::Probe { probe, every } => {
                probes.push(Opened::new(leaf, open(probe, target, network)?, *every));
            }
            Observed::Listener(_) => {
                listeners.extend(listener(condition).map(|one| (leaf, one.clone())));
            }
            Observed::Packets(kind) => {
                check_packets(kind, link_types, network)?;
                packets.push(PacketCondition {
                    leaf,
                    kind: kind.clone(),
                });
            }
        }
    }
    let packets = match packets.as_slice() {
        [] => None,
        _ => Some(network.run(move || PacketWatch::new(&packets))?),
    };
    Ok(Prepared {
        probes,
        listeners,
        packets,
    })
}

/// Where ports of this network are looked up.
pub(super) fn tables(network: &Network) -> SocketTables {
    let folder = network.tables();
    folder.map_or_else(SocketTables::default, SocketTables::of)
}

/// Opens a probe inside the network: it goes on telling of that one, whatever
/// thread reads it.
fn open(
    probe: &ProbeChoice,
    target: &str,
    network: &Network,
) -> Result<Box<dyn Probe>, Unmeasured> {
    let (probe, target) = (probe.clone(), target.to_owned());
    network.run(move || probe.open(&target))
}

/// Names in filters are looked up inside the network, as those of the capture are.
fn check_packets(
    kind: &PacketKind,
    link_types: &[LinkType],
    network: &Network,
) -> Result<(), PacketError> {
    let (kind, link_types) = (kind.clone(), link_types.to_vec());
    network.run(move || kind.check(&link_types))
}

impl Prepared {
    /// Starts the threads; these are the target's processes now, and what programs
    /// are told.
    pub(super) fn start(
        self,
        sources: &[RunningSource],
        live: bool,
        network: &Network,
        targets: Vec<ProcessIdentity>,
        facts: Facts,
    ) -> Result<Lookers, StartError> {
        let thread = |what| move |source| StartError::Thread { what, source };
        let (out, told) = bounded(limits::SIGNALS_QUEUED_MAX);
        let sampler = match self.probes.as_slice() {
            [] => None,
            _ => Some(Sampler::start(self.probes, targets, out).map_err(thread("measuring"))?),
        };
        let (words, spoken) = bounded(limits::SIGNALS_QUEUED_MAX);
        let listeners: Vec<Listener> = self
            .listeners
            .into_iter()
            .map(|(leaf, listener)| {
                let (words, facts) = (words.clone(), facts.clone());
                if listener.asks_a_server() {
                    network.run(move || listener.listen(leaf.0, words, facts))
                } else {
                    listener.listen(leaf.0, words, facts)
                }
            })
            .collect::<Result<_, _>>()?;
        let spoken = if listeners.is_empty() {
            never()
        } else {
            spoken
        };
        let (follower, followed) = match self.packets {
            None => (None, never()),
            Some(watch) => {
                let (out, followed) = bounded(limits::SIGNALS_QUEUED_MAX);
                let feeds = sources.iter().map(|source| {
                    if live {
                        Followed::Live
                    } else {
                        let empties = source.empties.clone();
                        Followed::File { empties }
                    }
                });
                let feeds = feeds.collect();
                // It compiles filters for link types that come later.
                let follower = network
                    .run(move || Follower::start(watch, feeds, out))
                    .map_err(thread("conditions over packets"))?;
                (Some(follower), followed)
            }
        };
        Ok(Lookers {
            told: if sampler.is_some() { told } else { never() },
            sampler,
            listeners,
            facts,
            spoken,
            follower,
            followed,
            lost: PacketCount(0),
            ends: Vec::new(),
            live,
        })
    }
}

/// Those who look, as the keeper's thread knows them.
pub(super) struct Lookers {
    sampler: Option<Sampler>,
    listeners: Vec<Listener>,
    /// What commands are told of the recording.
    facts: Facts,
    pub(super) spoken: Receiver<Spoken>,
    follower: Option<Follower>,
    pub(super) told: Receiver<Told>,
    pub(super) followed: Receiver<FromFollower>,
    lost: PacketCount,
    /// Ends of capture files whose packets were not all looked at yet.
    ends: Vec<FromSource>,
    live: bool,
}

impl Lookers {
    /// Takes in what a source told; gives it back for the keeper, or keeps it
    /// until what it ends was looked at.
    pub(super) fn heard(&mut self, message: FromSource) -> Option<FromSource> {
        let Some(follower) = &self.follower else {
            return Some(message);
        };
        follower.heard(&message);
        if !self.live && matches!(message, FromSource::Ended { .. }) {
            self.ends.push(message);
            return None;
        }
        Some(message)
    }

    /// Takes an empty segment where the follower passes them on.
    pub(super) fn supply(&self, source: SourceId, empty: SegmentWriter) -> Option<SegmentWriter> {
        match &self.follower {
            Some(follower) => follower.supply(source, empty).err(),
            None => Some(empty),
        }
    }

    /// Takes in what was told by the sampler.
    pub(super) fn take_told(told: Told) -> Input {
        match told {
            Told::Signal(signal) => Input::Signal(signal),
            Told::Trouble(sentence) => Input::Trouble(sentence),
        }
    }

    /// Takes in a listener's word.
    pub(super) fn take_spoken(spoken: Spoken) -> Vec<Input> {
        let signal = |what, at, note| {
            Input::Signal(LeafSignal {
                leaf: LeafId(spoken.by),
                what,
                at,
                note,
            })
        };
        match spoken.word {
            Word::Happened(happening) => {
                let note = Some(happening.sentence);
                vec![signal(What::Happened, happening.at, note)]
            }
            Word::Measured { at, reading } => {
                vec![signal(What::Measured(reading.value), at, reading.note)]
            }
            Word::Trouble { at, sentence } => vec![
                signal(What::Unknown, at, Some(sentence.clone())),
                Input::Trouble(sentence),
            ],
            Word::Note { sentence, .. } => vec![Input::Trouble(sentence)],
            // The trouble is over; a number is still to come.
            Word::Recovered { at } => vec![signal(What::Unknown, at, None)],
        }
    }

    /// Takes in what was told by the follower.
    pub(super) fn take_followed(&mut self, message: FromFollower) -> Option<Input> {
        match message {
            FromFollower::Noticed(Noticed {
                leaf,
                what,
                at,
                evidence,
            }) => Some(Input::Signal(LeafSignal {
                leaf,
                what,
                at,
                note: Some(evidence),
            })),
            FromFollower::Problem(sentence) => Some(Input::Trouble(sentence)),
            FromFollower::Near(leaf, value) => Some(Input::Near(leaf, value)),
            FromFollower::Finished(ended) => {
                let its = |end: &FromSource| matches!(end, FromSource::Ended { source, .. } if *source == ended);
                let place = self.ends.iter().position(its)?;
                Some(Input::FromSource(self.ends.remove(place)))
            }
        }
    }

    /// The follower has ended by itself: nothing more is waited for.
    pub(super) fn follower_gone(&mut self) -> Option<Input> {
        self.followed = never();
        self.follower = None;
        self.ends.pop().map(Input::FromSource)
    }

    /// Passes on who the target is now.
    pub(super) fn set_targets(&self, targets: Vec<ProcessIdentity>) {
        tell_targets(&self.facts, &targets);
        if let Some(sampler) = &self.sampler {
            sampler.set_targets(targets);
        }
    }

    /// Passes on what was lost.
    pub(super) fn set_counters(&mut self, counters: impl Iterator<Item = Counters>) {
        let Some(follower) = &self.follower else {
            return;
        };
        let lost = PacketCount(counters.map(|one| one.lost().0).sum());
        if lost > self.lost {
            self.lost = lost;
            follower.lost();
        }
    }

    /// The time on processors that all these threads took so far.
    pub(super) fn cost(&self) -> Duration {
        let sampler = self.sampler.as_ref().map(Sampler::cost);
        let follower = self.follower.as_ref().map(Follower::cost);
        let listeners = self.listeners.iter().map(Listener::cost);
        sampler.into_iter().chain(follower).chain(listeners).sum()
    }

    /// Ends the threads. Before a capture file's source is waited for: the
    /// follower holds its empty segments.
    pub(super) fn stop(&mut self) {
        self.sampler = None;
        self.listeners.clear();
        self.follower = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Now;

    #[test]
    fn trouble_that_is_over_is_told() {
        let told = |word| Lookers::take_spoken(Spoken { by: 3, word });
        let at = Now::default();
        let sentence = "the log is not there".to_owned();
        let [Input::Signal(signal), Input::Trouble(_)] = &told(Word::Trouble { at, sentence })[..]
        else {
            panic!("neither signal nor trouble");
        };
        assert!(signal.note.is_some());
        let [Input::Signal(signal)] = &told(Word::Recovered { at })[..] else {
            panic!("no signal");
        };
        assert_eq!((signal.leaf, signal.what), (LeafId(3), What::Unknown));
        assert_eq!(signal.note, None);
    }
}
