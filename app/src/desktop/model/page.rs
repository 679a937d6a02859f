//! What an open file shows, as plain data.

use crashcap_core::incident::{Facts, FrozenBy, moment};
use crashcap_core::inspect::{Conversation, Overview, PortShare};
use crashcap_core::profile::RawProfile;
use crashcap_core::units::{PacketCount, Timestamp, duration_in_words};
use crashcap_core::watch::{ExitMethod, ExitStatus};

use super::traffic::{Bin, Column, columns};
use super::{Lanes, SetUp, command_line, escaped, time_zoned};

/// What an open file shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// What happened, in one sentence.
    pub(crate) sentence: String,
    /// Something died.
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
    /// Conversations: ends, protocol, packets, bytes.
    pub(crate) conversations: Vec<[String; 4]>,
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

    /// What a file holds, and when it was written.
    pub(crate) fn of(overview: &Overview, written: Option<Timestamp>) -> Self {
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
            danger: facts.is_some_and(died),
            warning: info
                .survey
                .broken
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| info.facts_unreadable.clone()),
            facts: match facts {
                Some(facts) => of_ours(facts, overview, written),
                None => of_others(overview, written),
            },
            traffic: FileTraffic::new(bins.collect(), width),
            lanes: facts.map(lanes).unwrap_or_default(),
            moment: facts.map(|facts| moment(&facts.frozen_by).0),
            conversations: overview.conversations.iter().map(conversation).collect(),
            more_conversations: overview.more_conversations,
            ports: overview.ports.iter().map(port).collect(),
            profile: facts.and_then(|facts| facts.profile.clone()),
            process: facts.and_then(process),
        }
    }
}

fn process(facts: &Facts) -> Option<String> {
    let FrozenBy::Firing(firing) = &facts.frozen_by else {
        return None;
    };
    Some(firing.process.as_ref()?.name.clone())
}

fn died(facts: &Facts) -> bool {
    matches!(&facts.frozen_by, FrozenBy::Firing(firing) if firing.status.is_some())
}

/// The sentence of the file itself; of a file that is not ours what it holds.
fn sentence(overview: &Overview) -> String {
    let info = &overview.info;
    if let Some(sentence) = &info.sentence {
        return escaped(sentence);
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

fn of_ours(
    facts: &Facts,
    overview: &Overview,
    written: Option<Timestamp>,
) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    let mut row = |name, value: String| rows.push((name, escaped(&value)));
    if let Some(target) = &facts.target {
        row("Target", target.clone());
    }
    if let FrozenBy::Firing(firing) = &facts.frozen_by {
        if let Some(process) = &firing.process {
            let user = process.user.as_deref().unwrap_or("unknown");
            row(
                "Process",
                format!(
                    "{} (pid {}), user {user}",
                    process.name, process.identity.pid
                ),
            );
        }
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
            row("End", time_zoned(end.wall));
        }
        // Only an end is noticed in more than one way.
        if let Some(how) = facts.exit_method.filter(|_| firing.status.is_some()) {
            row("Noticed by", method(how).into());
        }
    }
    row("Frozen", frozen(facts));
    if let Some(why) = &facts.tail_cut_short {
        row("Tail", format!("cut short: {why}"));
    }
    row(
        "Packets",
        format!(
            "{}, {}",
            facts.packets,
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
    for noted in &facts.noted {
        row(
            "Noted",
            format!("{} {}", time_zoned(noted.at), noted.sentence),
        );
    }
    for note in &facts.notes {
        row("Note", note.clone());
    }
    if let Some(line) = facts.profile.as_deref().and_then(profile) {
        row(Page::PROFILE, line);
    }
    row("Written", by(written, &facts.program));
    rows
}

/// When, and how long after what was noticed; what was asked for is frozen at once.
fn frozen(facts: &Facts) -> String {
    let at = time_zoned(facts.frozen_at);
    match facts.freeze_took_ns {
        0 => at,
        took => format!(
            "{at}, {} after that was noticed",
            duration_in_words(std::time::Duration::from_nanos(took))
        ),
    }
}

/// The command that records with this profile.
fn profile(text: &str) -> Option<String> {
    let raw = RawProfile::from_toml(text).ok()?;
    let mut set_up = SetUp::default();
    set_up.take(&raw);
    Some(command_line(&set_up))
}

/// When a file was written, and by what.
fn by(written: Option<Timestamp>, program: &str) -> String {
    match written {
        Some(at) => format!("{} by {program}", time_zoned(at)),
        None => format!("by {program}"),
    }
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

fn of_others(overview: &Overview, written: Option<Timestamp>) -> Vec<(&'static str, String)> {
    let survey = &overview.info.survey;
    let mut rows = vec![(
        "Packets",
        format!("{}, {}", survey.packets, super::size(survey.size)),
    )];
    if let Some((first, last)) = survey.first.zip(survey.last) {
        rows.push(("First", time_zoned(first)));
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
    rows.push(("Written", by(written, &escaped(program))));
    for comment in &overview.info.comments {
        rows.push(("Comment", escaped(comment)));
    }
    rows
}

/// The process that fired: it lived from the start of recording on.
fn lanes(facts: &Facts) -> Lanes {
    let mut lanes = Lanes::default();
    let FrozenBy::Firing(firing) = &facts.frozen_by else {
        return lanes;
    };
    if let Some(process) = &firing.process {
        let pid = process.identity.pid;
        let from = facts
            .recording_since
            .max(facts.first.unwrap_or(Timestamp(0)));
        lanes.found(pid, &process.name, from);
        if let Some(end) = firing.end {
            lanes.ended(pid, end.wall, firing.status.as_ref());
        }
    }
    lanes
}

fn conversation(of: &Conversation) -> [String; 4] {
    let ends = of.ends.map_or_else(
        || "no addresses".to_owned(),
        |(one, other)| format!("{one} – {other}"),
    );
    let traffic = of.traffic();
    [
        ends,
        of.protocol.to_string(),
        traffic.packets.to_string(),
        super::size(traffic.bytes),
    ]
}

fn port(of: &PortShare) -> [String; 3] {
    [
        format!("{} {}", of.protocol, of.port),
        of.traffic.packets.to_string(),
        super::size(of.traffic.bytes),
    ]
}
