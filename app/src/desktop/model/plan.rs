//! What the choices come to: the profile, what is wrong with it, and what will
//! happen, in sentences.

use std::time::Duration;

use crashcap_core::profile::Profile;
use crashcap_core::recorder::{MemoryPlan, MemoryRefusal, Rate, forecast};
use crashcap_core::units::{ByteCount, duration_in_words, parse_duration};
use crashcap_core::watch::ProcessDetails;

use super::{FilterCheck, FormOf, Machine, SetUp, TargetKind, escaped, size};

/// Where a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// The interfaces.
    Interface,
    /// The filter.
    Filter,
    /// The ring's size.
    Ring,
    /// The ring's age.
    Age,
    /// The target.
    Target,
    /// Triggers, and what follows.
    Freeze,
    /// How long it goes on after a firing.
    Tail,
    /// The folder.
    Folder,
}

impl Field {
    /// What the panel is called.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Interface => "Interface",
            Self::Filter => "Filter",
            Self::Ring | Self::Age => "Ring",
            Self::Target => "Target",
            Self::Freeze | Self::Tail => "Freeze",
            Self::Folder => "Folder",
        }
    }
}

/// Something that keeps Start from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) field: Field,
    /// What is wrong, and what to do.
    pub(crate) sentence: String,
    /// A ring that would fit.
    pub(crate) ring_that_fits: Option<ByteCount>,
}

/// What the choices come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The profile, where all is well.
    pub(crate) profile: Option<Profile>,
    /// What is wrong, in the order of the fields.
    pub(crate) problems: Vec<Problem>,
    /// What will happen, a sentence each.
    pub(crate) sentences: Vec<String>,
    /// How long the ring lasts at the rate of now, in words.
    pub(crate) lasts: Option<String>,
    /// What it costs, in words.
    pub(crate) cost: Option<String>,
    /// What the recorder refused at the last Start; it may be tried again.
    pub(crate) refused: Option<Problem>,
    /// What is not known yet, in words: no problem, but all is not ready either.
    pub(crate) awaits: Option<String>,
}

impl Plan {
    /// Looks at the choices on this machine.
    pub(crate) fn of(set_up: &SetUp, machine: &Machine) -> Self {
        let mut problems = fields(set_up, machine);
        // A command has its pid at Start; any number stands for it here.
        let launched = (set_up.target == TargetKind::Launch).then_some(1);
        let profile = match set_up.raw(launched).check() {
            Ok(profile) if problems.is_empty() => Some(profile),
            Ok(_) => None,
            Err(error) => {
                if problems.is_empty() {
                    let why = without_options(&error.to_string());
                    problems.push(problem(Field::Freeze, why));
                }
                None
            }
        };
        // What it takes does not depend on what is still to be chosen.
        let memory = memory(set_up);
        if let Some((ring, plan)) = &memory
            && let Err(refusal) = plan.check(*ring, machine.available)
        {
            let too_large = too_large(&set_up.ring, &refusal);
            let at = problems.iter().position(|one| one.field > Field::Ring);
            problems.insert(at.unwrap_or(problems.len()), too_large);
        }
        Self {
            sentences: sentences(set_up),
            refused: set_up
                .refused
                .as_ref()
                .map(|(field, sentence)| problem(*field, sentence)),
            awaits: set_up.awaits(machine),
            lasts: lasts(set_up, machine, profile.as_ref()),
            cost: memory.map(|(_, plan)| {
                format!(
                    "{} of memory: the ring, {} of kernel buffers and what the recorder needs",
                    size(plan.total),
                    super::whole_size(plan.kernel_buffers)
                )
            }),
            profile: profile.filter(|_| problems.is_empty()),
            problems,
        }
    }

    /// What is wrong with a field, or was refused at the last Start.
    pub(crate) fn problem(&self, field: Field) -> Option<&Problem> {
        let mut all = self.problems.iter().chain(&self.refused);
        all.find(|problem| problem.field == field)
    }
}

/// A sentence of the engine without the options of the terminal program, which it
/// has in brackets, "(--rearm)", or as an example at its end, "as in --action …".
pub(crate) fn without_options(sentence: &str) -> String {
    let example = sentence.find(", as in --");
    let mut out = sentence[..example.unwrap_or(sentence.len())].to_owned();
    while let Some(start) = out.find(" (--") {
        let Some(length) = out[start..].find(')') else {
            break;
        };
        out.replace_range(start..=start + length, "");
    }
    out
}

fn problem(field: Field, sentence: impl Into<String>) -> Problem {
    Problem {
        field,
        sentence: sentence.into(),
        ring_that_fits: None,
    }
}

/// The ring's size and the memory that a recording takes, where the ring's size
/// can be read.
fn memory(set_up: &SetUp) -> Option<(ByteCount, MemoryPlan)> {
    let only_the_ring = SetUp {
        filter: String::new(),
        age: String::new(),
        tail: "0".into(),
        rearm: false,
        target: TargetKind::Nothing,
        triggers: Vec::new(),
        actions: Vec::new(),
        folder: "/".into(),
        ..set_up.clone()
    };
    let profile = only_the_ring.raw(None).check().ok()?;
    let sources = set_up.interfaces.len().max(1);
    Some((profile.ring.size, MemoryPlan::new(&profile, sources)))
}

/// What is wrong with single fields.
fn fields(set_up: &SetUp, machine: &Machine) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in &set_up.interfaces {
        // Those of another network namespace are not seen from here.
        let listed = set_up.namespace().is_none() && !machine.interfaces.is_empty();
        if listed && machine.interface(name).is_none() {
            let sentence = format!(
                "{} is not there now. Choose another interface.",
                escaped(name)
            );
            problems.push(problem(Field::Interface, sentence));
        }
    }
    if let FilterCheck::Problem(words) = &set_up.filter_check {
        let meant = super::hint(&set_up.filter).map(|hint| hint.sentence);
        problems.push(problem(
            Field::Filter,
            meant.unwrap_or_else(|| words.clone()),
        ));
    }
    if let Err(error) = set_up.ring.trim().parse::<ByteCount>() {
        problems.push(problem(Field::Ring, error.to_string()));
    }
    if !set_up.age.trim().is_empty()
        && let Err(error) = parse_duration(set_up.age.trim())
    {
        problems.push(problem(Field::Age, error.to_string()));
    }
    problems.extend(target(set_up, machine).map(|sentence| problem(Field::Target, sentence)));
    let forms = set_up.counting().map(|form| (FormOf::Triggers, form));
    let actions = set_up.actions.iter().filter(|form| form.is_on());
    for (of, form) in forms.chain(actions.map(|form| (FormOf::Actions, form))) {
        if let (_, Some(wrong)) = form.says(of, "") {
            problems.push(problem(Field::Freeze, wrong));
        }
    }
    if set_up.target != TargetKind::Nothing && set_up.counting().next().is_none() {
        let sentence = "Choose at least one trigger, or no target.";
        problems.push(problem(Field::Freeze, sentence));
    }
    if let Err(error) = parse_duration(set_up.tail.trim()) {
        problems.push(problem(Field::Tail, error.to_string()));
    }
    problems.extend(
        set_up
            .keep_unreadable()
            .map(|sentence| problem(Field::Freeze, sentence)),
    );
    if set_up.folder.trim().is_empty() {
        problems.push(problem(Field::Folder, "Choose a folder for incidents."));
    }
    problems
}

fn target(set_up: &SetUp, machine: &Machine) -> Option<String> {
    match set_up.target {
        TargetKind::Process => match set_up.pid {
            None => Some("Choose a process, or another way to name the target.".into()),
            Some(pid) if !set_up.process_lives(machine) => {
                let who = match set_up.pid_name.as_str() {
                    "" => format!("Process {pid}"),
                    name => format!("{} (pid {pid})", escaped(name)),
                };
                Some(format!("{who} has ended. Choose another."))
            }
            Some(_) => None,
        },
        TargetKind::Name if set_up.name.trim().is_empty() => {
            Some("Type a name; * stands for any characters.".into())
        }
        TargetKind::Name if !set_up.wait && matching(set_up, machine) == Some(0) => Some(format!(
            "No process matches '{}' now. Wait for it, or type another name.",
            set_up.name.trim()
        )),
        TargetKind::Port if set_up.port.trim().parse::<u16>().is_err() => {
            Some("Type a port from 1 to 65535.".into())
        }
        // Nor who listens in another network namespace.
        TargetKind::Port if set_up.namespace().is_some() => None,
        TargetKind::Port if !set_up.wait && matching(set_up, machine) == Some(0) => Some(format!(
            "Nobody is seen to listen on port {} now. Wait for it, or type another port.",
            set_up.port.trim()
        )),
        TargetKind::Other if !set_up.wait && matching(set_up, machine) == Some(0) => {
            Some("No process matches now. Wait for it, or choose another target.".into())
        }
        TargetKind::Launch if set_up.launch.trim().is_empty() => {
            Some("Type the command that starts the target.".into())
        }
        _ => None,
    }
}

impl SetUp {
    /// Whether the chosen process is there, or not known to be gone. Another one
    /// may have got its pid.
    pub(crate) fn process_lives(&self, machine: &Machine) -> bool {
        let its = |one: &ProcessDetails| {
            Some(one.process.identity.pid) == self.pid
                && match self.pid_started {
                    Some(began) => one.process.identity.started == began,
                    None => self.pid_name.is_empty() || one.process.name == self.pid_name,
                }
        };
        // Looked for by itself each second, and among all of them more seldom.
        matching(self, machine) != Some(0)
            && (machine.processes.is_empty() || machine.processes.iter().any(its))
    }

    /// What is to be known before all is ready: what libpcap says of the filter, and
    /// whether the chosen process lives.
    fn awaits(&self, machine: &Machine) -> Option<String> {
        if matches!(self.filter_check, FilterCheck::Asked(_)) {
            return Some("Looking whether libpcap understands the filter.".into());
        }
        let unknown = machine.processes_old || machine.processes.is_empty();
        let by_pid = self.target == TargetKind::Process && self.pid.is_some();
        if !by_pid || !unknown || machine.processes_unlisted.is_some() {
            return None;
        }
        let who = match self.pid_name.as_str() {
            "" => "the process".to_owned(),
            name => escaped(name),
        };
        Some(format!("Looking whether {who} still runs."))
    }
}

/// How many processes match the name or the port now; `None` where that is not
/// known yet.
pub(crate) fn matching(set_up: &SetUp, machine: &Machine) -> Option<usize> {
    let (spec, found) = machine.matching.as_ref()?;
    (set_up.spec().as_ref() == Some(spec)).then_some(*found)
}

fn too_large(typed: &str, refusal: &MemoryRefusal) -> Problem {
    let (MemoryRefusal::Machine { largest, .. } | MemoryRefusal::ControlGroup { largest, .. }) =
        refusal;
    let mib = largest.0 >> 20;
    let sentence = match refusal {
        MemoryRefusal::Machine { available, .. } => {
            let free = super::written_like(typed, *available);
            format!("{} does not fit; {free} is free.", typed.trim())
        }
        MemoryRefusal::ControlGroup { available, .. } => {
            let left = super::written_like(typed, *available);
            let typed = typed.trim();
            format!("{typed} does not fit; this program's control group leaves {left}.")
        }
    };
    Problem {
        field: Field::Ring,
        sentence,
        ring_that_fits: Some(ByteCount(mib << 20)).filter(|size| size.0 > 0),
    }
}

/// How long the ring lasts at the rate that the interfaces count now. What the
/// filter lets pass is not known before.
fn lasts(set_up: &SetUp, machine: &Machine, profile: Option<&Profile>) -> Option<String> {
    if set_up.namespace().is_some() {
        return None;
    }
    let (packets_per_second, bytes_per_second) = machine.rate_of(&set_up.interfaces)?;
    let rate = Rate {
        bytes_per_second,
        packets_per_second,
    };
    let kept = profile.map_or(rate, |profile| rate.kept(&profile.capture));
    let hours = "for hours: hardly any traffic now";
    let forecast = forecast(set_up.ring_size()?, kept).filter(|span| *span <= HOURS);
    let age = age(set_up);
    if let Some(age) = age.filter(|age| forecast.is_none_or(|span| span >= *age)) {
        let age = duration_in_words(age);
        return Some(format!("{age}: what is older goes"));
    }
    let Some(span) = forecast else {
        return Some(hours.into());
    };
    let at_least = if set_up.filter.trim().is_empty() {
        "about"
    } else {
        "at least"
    };
    let span = duration_in_words(rounded(span));
    Some(format!(
        "{at_least} {span} at {}",
        super::rate(bytes_per_second)
    ))
}

/// The ring's age, where one is chosen.
fn age(set_up: &SetUp) -> Option<Duration> {
    let age = parse_duration(set_up.age.trim()).ok()?;
    (!age.is_zero()).then_some(age)
}

/// Beyond this it is not said how many.
const HOURS: Duration = Duration::from_secs(36 * 3_600);

/// To what a person says: seconds below ten minutes, then minutes.
fn rounded(span: Duration) -> Duration {
    let seconds = span.as_secs();
    Duration::from_secs(match seconds {
        0..600 => seconds,
        600..36_000 => seconds - seconds % 60,
        _ => seconds - seconds % 3_600,
    })
}

fn sentences(set_up: &SetUp) -> Vec<String> {
    let mut interfaces = match set_up.interfaces.as_slice() {
        [] => "all interfaces".to_owned(),
        names => escaped(&names.join(" and ")),
    };
    if let Some(namespace) = set_up.namespace() {
        interfaces += &format!(" in {}", escaped(&namespace.to_string()));
    }
    let what = if set_up.headers_only {
        "headers"
    } else {
        "packets"
    };
    let filter = match set_up.filter.trim() {
        "" => String::new(),
        _ if matches!(set_up.filter_check, FilterCheck::Problem(_)) => {
            " that match the filter, once it is mended".to_owned()
        }
        filter => format!(" that match \"{filter}\""),
    };
    let age = match age(set_up) {
        Some(age) => format!(", none older than {}", duration_in_words(age)),
        None => String::new(),
    };
    let mut all = vec![format!(
        "Keep the newest {} of {what} on {interfaces}{filter}{age}.",
        set_up.ring_size().map_or_else(|| "…".into(), size)
    )];
    all.push(format!(
        "Freeze {}. When that happens, {}.",
        moment(set_up),
        after(set_up)
    ));
    let actions = set_up.actions.iter().filter(|form| form.is_on());
    let actions: Vec<String> = actions
        .map(|form| form.says(FormOf::Actions, "").0)
        .collect();
    if !actions.is_empty() {
        all.push(format!("After that: {}.", actions.join(", then ")));
    }
    all.push(match (set_up.rearm, kept(set_up), set_up.drop_oldest) {
        (false, _, _) => "Then stop.".to_owned(),
        (true, None, _) => "Then record again; every incident is kept.".to_owned(),
        (true, Some(kept), true) => format!("Then record again; keep the newest {kept}."),
        (true, Some(kept), false) => format!("Then record again, until {kept} are kept."),
    });
    all
}

/// How much is kept, where that has a bound: "20 incidents".
fn kept(set_up: &SetUp) -> Option<String> {
    let keep = set_up.keep.trim();
    let count = (!keep.is_empty()).then(|| format!("{keep} incidents"));
    let bytes = set_up.beside.freeze.keep_bytes.map(|bytes| size(bytes.0));
    match (count, bytes) {
        (Some(count), Some(bytes)) => Some(format!("{count} or {bytes} of them")),
        (None, Some(bytes)) => Some(format!("{bytes} of incidents")),
        (count, None) => count,
    }
}

/// When it freezes: "when router_runner (pid 4121) ends".
pub(super) fn moment(set_up: &SetUp) -> String {
    let who = match set_up.target {
        TargetKind::Process => match set_up.pid {
            Some(pid) if set_up.pid_name.is_empty() => format!("process {pid}"),
            Some(pid) => format!("{} (pid {pid})", escaped(&set_up.pid_name)),
            None => "the chosen process".into(),
        },
        TargetKind::Name if set_up.name.trim().is_empty() => "a process of that name".into(),
        TargetKind::Name => format!("a process named {}", set_up.name.trim()),
        TargetKind::Port if set_up.port.trim().is_empty() => "whoever listens on that port".into(),
        TargetKind::Port => format!("whoever listens on port {}", set_up.port.trim()),
        TargetKind::Launch => "the launched command".into(),
        TargetKind::Other => set_up
            .other_in_words()
            .map_or_else(|| "the target".into(), |who| escaped(&who)),
        TargetKind::Nothing => "the target".into(),
    };
    let mut ways = Vec::new();
    if set_up.freezes_on("exit") {
        ways.push("ends");
    } else if set_up.freezes_on("crash") {
        ways.push("crashes");
    }
    if set_up.freezes_on("restart") {
        ways.push("was started again");
    }
    let mut clauses = Vec::new();
    if !ways.is_empty() {
        clauses.push(format!("{who} {}", ways.join(" or ")));
    }
    clauses.extend(others(set_up, &who));
    if clauses.is_empty() {
        return "when you press F9 or Freeze now".into();
    }
    format!("when {}", clauses.join(", or "))
}

/// What else freezes, a clause each.
fn others(set_up: &SetUp, who: &str) -> Vec<String> {
    let plainly = ["exit", "crash", "restart"];
    let forms = set_up.counting();
    forms
        .filter(|form| !plainly.contains(&&*form.kind))
        .map(|form| form.says(FormOf::Triggers, who).0)
        .collect()
}

/// Letters of the folder in the sentence; the field below has all of them.
const FOLDER_MAX: usize = 44;

fn after(set_up: &SetUp) -> String {
    let tail = match parse_duration(set_up.tail.trim()) {
        Ok(Duration::ZERO) | Err(_) => String::new(),
        Ok(tail) => format!("record {} more and ", duration_in_words(tail)),
    };
    let folder = super::elided_in_middle(set_up.folder.trim(), FOLDER_MAX);
    format!("{tail}save into {folder}")
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use crashcap_core::profile::raw::Netns;

    #[test]
    fn what_is_missing_is_said_field_by_field() {
        let set_up = SetUp {
            ring: "150 apples".into(),
            filter: "tcp prot 80".into(),
            filter_check: FilterCheck::Problem("syntax error".into()),
            triggers: Vec::new(),
            ..SetUp::default()
        };
        let plan = Plan::of(&set_up, &Machine::default());
        let fields: Vec<_> = plan.problems.iter().map(|one| one.field).collect();
        assert_eq!(
            fields,
            [Field::Filter, Field::Ring, Field::Target, Field::Freeze]
        );
        assert!(plan.profile.is_none());
    }

    #[test]
    fn good_choices_are_a_profile_and_sentences() {
        let set_up = SetUp {
            interfaces: vec!["lo".into()],
            filter: "tcp port 9973".into(),
            target: TargetKind::Process,
            pid: Some(4121),
            pid_name: "router_runner".into(),
            folder: "/tmp".into(),
            ..SetUp::default()
        };
        let plan = Plan::of(&set_up, &Machine::default());
        assert_eq!(plan.problems, []);
        insta::assert_snapshot!(plan.sentences.join("\n"), @r#"
        Keep the newest 150 MB of packets on lo that match "tcp port 9973".
        Freeze when router_runner (pid 4121) ends. When that happens, record 1 s more and save into /tmp.
        Then stop.
        "#);
        assert!(plan.profile.is_some());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_network_namespace_is_said_and_not_measured_by_this_one() {
        let mut set_up = SetUp {
            target: TargetKind::Port,
            port: "9973".into(),
            interfaces: vec!["eth7".into()],
            folder: "/tmp".into(),
            ..SetUp::default()
        };
        let mut machine = crate::model::samples::machine();
        machine.matching = set_up.spec().map(|spec| (spec, 0));
        let fields = |set_up: &SetUp| {
            let problems = Plan::of(set_up, &machine).problems;
            problems.iter().map(|one| one.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&set_up), [Field::Interface, Field::Target]);
        let namespace = "/run/netns/my shop".parse().unwrap();
        set_up.beside.capture.netns = Some(Netns(namespace));
        assert_eq!(fields(&set_up), []);
        let plan = Plan::of(&set_up, &machine);
        assert_eq!(
            plan.sentences[0],
            "Keep the newest 150 MB of packets on eth7 in the network namespace /run/netns/my shop."
        );
        assert_eq!(plan.lasts, None);
        let line = crate::model::command_line(&set_up);
        assert!(line.contains("--netns '/run/netns/my shop'"), "{line}");
    }

    #[test]
    fn what_keeps_packets_for_less_is_said() {
        let set_up = SetUp {
            interfaces: vec!["lo".into()],
            age: "2min".into(),
            filter: "tcp prot 80".into(),
            filter_check: FilterCheck::Problem("syntax error".into()),
            ..SetUp::default()
        };
        let plan = Plan::of(&set_up, &crate::model::samples::machine());
        assert_eq!(
            plan.sentences[0],
            "Keep the newest 150 MB of packets on lo that match the filter, once it is mended, \
             none older than 2 min."
        );
        assert_eq!(plan.lasts.as_deref(), Some("2 min: what is older goes"));
        let shorter = SetUp {
            ring: "1MB".into(),
            ..set_up
        };
        let plan = Plan::of(&shorter, &crate::model::samples::machine());
        assert!(
            plan.lasts.as_deref().unwrap().starts_with("at least "),
            "{:?}",
            plan.lasts
        );
    }

    #[test]
    fn what_is_not_typed_yet_leaves_no_hole() {
        for target in [TargetKind::Name, TargetKind::Port] {
            let set_up = SetUp {
                target,
                ..SetUp::default()
            };
            let sentences = Plan::of(&set_up, &Machine::default()).sentences.join(" ");
            assert!(!sentences.contains("  "), "{sentences}");
        }
    }

    #[test]
    fn a_chosen_process_is_looked_for_before_all_is_ready() {
        let mut machine = crate::model::samples::machine();
        let mut set_up = SetUp {
            pid: Some(4121),
            pid_name: "router_runner".into(),
            pid_started: Some(4121),
            folder: "/tmp".into(),
            ..SetUp::default()
        };
        let plan = Plan::of(&set_up, &machine);
        assert_eq!((plan.awaits, plan.problems.len()), (None, 0));
        // Another screen was shown meanwhile.
        machine.processes_old = true;
        let awaits = Plan::of(&set_up, &machine).awaits.unwrap();
        assert!(awaits.contains("router_runner"), "{awaits}");
        // Its pid went to another of its name.
        machine.processes_old = false;
        set_up.pid_started = Some(4122);
        let problem = Plan::of(&set_up, &machine).problems.remove(0);
        assert!(
            problem.sentence.contains("has ended"),
            "{}",
            problem.sentence
        );
    }

    #[test]
    fn a_ring_that_does_not_fit_says_which_would_whatever_else_is_missing() {
        let set_up = SetUp {
            ring: "2GiB".into(),
            filter_check: FilterCheck::Problem("syntax error".into()),
            tail: "soon".into(),
            ..SetUp::default()
        };
        let machine = Machine {
            available: crashcap_core::recorder::Available {
                machine: Some(ByteCount(1_400 << 20)),
                control_group: None,
            },
            ..Machine::default()
        };
        let plan = Plan::of(&set_up, &machine);
        let fields: Vec<_> = plan.problems.iter().map(|one| one.field).collect();
        let expected = [Field::Filter, Field::Ring, Field::Target, Field::Tail];
        assert_eq!(fields, expected);
        let problem = plan.problem(Field::Ring).unwrap();
        assert_eq!(problem.sentence, "2GiB does not fit; 1.3GiB is free.");
        let fits = problem.ring_that_fits.unwrap();
        assert!(fits.0 > 800 << 20 && fits.0 < 1_400 << 20, "{fits}");
    }
}
