//! What an open file shows, as plain data.

use crashcap_core::incident::{Facts, FrozenBy, moment};
use crashcap_core::inspect::{Conversation, Overview, PortShare};
use crashcap_core::units::{Timestamp, duration_in_words};

use super::facts::{of_others, of_ours, process_of};
use super::incidents::crashed;
use super::traffic::{Bin, Column, columns};
use super::{Lanes, escaped, in_zone, last};

/// What an open file shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// What happened, in one sentence.
    pub(crate) sentence: String,
    /// Crashcap saved it; else it is shown by its name.
    pub(crate) ours: bool,
    /// Something crashed.
    pub(crate) danger: bool,
    /// Where reading ended early.
    pub(crate) warning: Option<String>,
    /// Facts, a name and a value each.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Traffic over its span.
    pub(crate) traffic: FileTraffic,
    /// The target's life, as far as the file tells it.
    pub(crate) lanes: Lanes,
    /// The moment it stands for.
    pub(crate) moment: Option<u64>,
    /// What stands above the last packets.
    pub(crate) last_heading: String,
    /// The last packets before the moment: how long before, from, to, bytes of
    /// payload, whether it was answered, how the payload begins.
    pub(crate) last: Vec<[String; 6]>,
    /// Conversations: client, server, protocol, packets, bytes; of an incident
    /// also how long before its moment the last packet was.
    pub(crate) conversations: Vec<Vec<String>>,
    /// How many more there were.
    pub(crate) more_conversations: u64,
    /// Ports: port with protocol, packets, bytes.
    pub(crate) ports: Vec<[String; 3]>,
    /// The profile that it was recorded with.
    pub(crate) profile: Option<String>,
    /// What the process that fired was called.
    pub(crate) process: Option<String>,
}

/// Traffic of a file: equal bins from its first packet to its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileTraffic {
    bins: Vec<Bin>,
    width: u64,
}

impl FileTraffic {
    /// Bins of `width` nanoseconds, one after the other.
    pub(super) fn new(bins: Vec<Bin>, width: u64) -> Self {
        Self { bins, width }
    }

    /// All that there is.
    pub(crate) fn whole(&self) -> (u64, u64) {
        let from = self.bins.first().map_or(0, |bin| bin.start);
        let to = self.bins.last().map_or(0, |bin| bin.start + self.width);
        (from, to)
    }

    /// `count` columns of `width` nanoseconds from `from` on.
    pub(crate) fn columns(&self, from: u64, width: u64, count: usize) -> Vec<Column> {
        let first = self
            .bins
            .partition_point(|bin| bin.start + self.width <= from);
        columns(
            &mut self.bins[first..].iter(),
            self.width,
            from,
            width,
            count,
        )
    }
}

impl Page {
    /// The fact that is a command to be typed.
    pub(crate) const PROFILE: &str = "Profile";
    /// The fact that is the file's path.
    pub(crate) const FILE: &str = "File";

    /// What a file holds, and when it was changed last.
    pub(crate) fn of(overview: &Overview, changed: Option<Timestamp>) -> Self {
        let info = &overview.info;
        let facts = info.facts.as_ref();
        let width = overview.timeline.width.as_nanos() as u64;
        let bins = overview.timeline.bins.iter().enumerate();
        let bins = bins.map(|(index, traffic)| Bin {
            start: overview.timeline.begin(index).0,
            counted: width,
            packets: traffic.packets.0,
            bytes: traffic.bytes.0,
            lost: 0,
        });
        Self {
            sentence: sentence(overview),
            ours: facts.is_some(),
            danger: facts.is_some_and(|facts| crashed(&facts.frozen_by)),
            warning: info
                .survey
                .broken
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| info.facts_unreadable.clone()),
            facts: match facts {
                Some(facts) => of_ours(facts, overview),
                None => of_others(overview, changed),
            },
            traffic: FileTraffic::new(bins.collect(), width),
            lanes: facts.map(lanes).unwrap_or_default(),
            moment: facts.map(|facts| moment(&facts.frozen_by).0),
            last_heading: last::heading(&overview.last),
            last: overview.last.iter().map(last::row).collect(),
            conversations: overview
                .conversations
                .iter()
                .map(|one| conversation(one, facts.map(|facts| moment(&facts.frozen_by))))
                .collect(),
            more_conversations: overview.more_conversations,
            ports: overview.ports.iter().map(port).collect(),
            profile: facts.and_then(|facts| facts.profile.clone()),
            process: facts.and_then(process),
        }
    }
}

fn process(facts: &Facts) -> Option<String> {
    process_of(facts).map(|process| process.name.clone())
}

/// The sentence of the file itself; of a file that is not ours what it holds.
fn sentence(overview: &Overview) -> String {
    let info = &overview.info;
    if let Some(sentence) = &info.sentence {
        return in_zone(&escaped(sentence));
    }
    let survey = &info.survey;
    let span = survey.first.zip(survey.last);
    let span = span.map_or_else(String::new, |(first, last)| {
        format!(" over {}", duration_in_words(last.since(first)))
    });
    let names: Vec<String> = survey
        .interfaces
        .iter()
        .filter_map(|one| one.name.as_deref().map(escaped))
        .collect();
    let from = match names.as_slice() {
        [] => String::new(),
        names => format!(" from {}", names.join(", ")),
    };
    format!("{} packets{span}{from}.", survey.packets)
}

/// The processes that were watched. Files of before they were written down tell
/// only of the one that fired: it lived from the start of recording on.
fn lanes(facts: &Facts) -> Lanes {
    let mut lanes = Lanes::default();
    let from = facts
        .recording_since
        .max(facts.first.unwrap_or(Timestamp(0)));
    for watched in &facts.watched {
        let pid = watched.process.identity.pid;
        lanes.found(pid, &watched.process.name, watched.found.max(from));
        if let Some(end) = watched.end {
            lanes.ended(pid, end, None);
        }
    }
    let FrozenBy::Firing(firing) = &facts.frozen_by else {
        return lanes;
    };
    if let Some(process) = &firing.process {
        let pid = process.identity.pid;
        if facts.watched.is_empty() {
            lanes.found(pid, &process.name, from);
        }
        if let Some(end) = firing.end {
            lanes.ended(pid, end.wall, None);
        }
        if let Some(status) = &firing.status {
            lanes.status(pid, status);
        }
    }
    lanes
}

fn conversation(of: &Conversation, moment: Option<Timestamp>) -> Vec<String> {
    let (client, server) = of.ends.map_or_else(
        || ("no addresses".to_owned(), String::new()),
        |(client, server)| (client.to_string(), server.to_string()),
    );
    let traffic = of.traffic();
    let mut cells = vec![
        client,
        server,
        of.protocol.to_string(),
        traffic.packets.to_string(),
        super::size(traffic.bytes),
    ];
    if let Some(moment) = moment {
        cells.push(of.last_before.map_or_else(
            || "after it".into(),
            |last| duration_in_words(moment.since(last)),
        ));
    }
    cells
}

fn port(of: &PortShare) -> [String; 3] {
    [
        format!("{} {}", of.protocol, of.port),
        of.traffic.packets.to_string(),
        super::size(of.traffic.bytes),
    ]
}
