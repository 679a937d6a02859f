//! What the choices come to: the profile, what is wrong with it, and what will
//! happen, in sentences.

use std::time::Duration;

use crashcap_core::profile::{Profile, Then};
use crashcap_core::recorder::{MemoryPlan, MemoryRefusal, Rate, forecast};
use crashcap_core::units::{ByteCount, duration_in_words, parse_duration};
use crashcap_core::watch::ProcessDetails;

use super::{FilterCheck, Machine, SetUp, TargetKind};

/// Where a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The interfaces.
    Interface,
    /// The filter.
    Filter,
    /// The ring's size or age.
    Ring,
    /// The target.
    Target,
    /// Triggers, tail and what follows.
    Freeze,
    /// The folder.
    Folder,
}

impl Field {
    /// What the panel is called.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Interface => "Interface",
            Self::Filter => "Filter",
            Self::Ring => "Ring",
            Self::Target => "Target",
            Self::Freeze => "Freeze",
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
    /// How long the ring lasts at the rate that the interfaces count now. What the
/// filter lets pass is not known before.
fn lasts(set_up: &SetUp, machine: &Machine, profile: Option<&Profile>) -> Option<String> {
    let (packets_per_second, bytes_per_second) = machine.rate_of(&set_up.interfaces)?;
    let rate = Rate {
        bytes_per_second,
        packets_per_second,
    };
    let kept = profile.map_or(rate, |profile| rate.kept(&profile.capture));
    let hours = "for hours: hardly any traffic now";
    let Some(span) = forecast(set_up.ring_size()?, kept) else {
        return Some(hours.into());
    };
    if span > HOURS {
        return Some(hours.into());
    }
    let at_least = if set_up.filter.trim().is_empty() {
        "about"
    } else {
        "at least"
    };
    let span = duration_in_words(rounded(span));
    Some(format!("{at_least} {span} at {}/s", ByteCount(bytes_per_second)))
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

fn sentences(set_up: &SetUp, profile: Option<&Profile>) -> Vec<String> {
    let interfaces = match set_up.interfaces.as_slice() {
        [] => "all interfaces".to_owned(),
        names => names.join(" and "),
    };
    let what = if set_up.headers_only {
        "headers"
    } else {
        "packets"
    };
    let filter = match set_up.filter.trim() {
        "" => String::new(),
        filter => format!(" that match \"{filter}\""),
    };
    let mut all = vec![format!(
        "Keep the newest {} of {what} on {interfaces}{filter}.",
        set_up
            .ring_size()
            .map_or_else(|| "…".into(), |size| size.to_string())
    )];
    all.push(format!(
        "{} When that happens, {}.",
        moment(set_up),
        after(set_up)
    ));
    if let Some(profile) = profile {
        let then = match &profile.then {
            Then::Stop => "Then stop.".to_owned(),
            Then::Rearm { .. } if set_up.drop_oldest => format!(
                "Then record again; keep the newest {} incidents.",
                set_up.keep.trim()
            ),
            Then::Rearm { .. } => format!(
                "Then record again, until {} incidents are kept.",
                set_up.keep.trim()
            ),
        };
        all.push(then);
    }
    all
}

/// When it freezes.
fn moment(set_up: &SetUp) -> String {
    let who = match set_up.target {
        TargetKind::Process => match set_up.pid {
            Some(pid) => format!("{} (pid {pid})", set_up.pid_name),
            None => "the chosen process".into(),
        },
        TargetKind::Name => format!("a process named {}", set_up.name.trim()),
        TargetKind::Port => format!("whoever listens on port {}", set_up.port.trim()),
        TargetKind::Launch => "the launched command".into(),
        TargetKind::Nothing => return "Freeze when you press F9 or Freeze now.".into(),
    };
    let mut ways = Vec::new();
    if set_up.on_exit {
        ways.push("ends");
    } else if set_up.on_crash {
        ways.push("crashes");
    }
    if set_up.on_restart {
        ways.push("was started again");
    }
    format!("Freeze when {who} {}.", ways.join(" or "))
}

fn after(set_up: &SetUp) -> String {
    let tail = match parse_duration(set_up.tail.trim()) {
        Ok(Duration::ZERO) | Err(_) => String::new(),
        Ok(_) => format!("record {} more and ", set_up.tail.trim()),
    };
    format!("{tail}save into {}", set_up.folder.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_field_by_field() {
        let set_up = SetUp {
            ring: "150 apples".into(),
            filter: "tcp prot 80".into(),
            filter_check: FilterCheck::Problem("syntax error".into()),
            on_exit: false,
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
        Freeze when router_runner (pid 4121) ends. When that happens, record 1s more and save into /tmp.
        Then stop.
        "#);
        assert!(plan.profile.is_some());
    }

    #[test]
    fn a_ring_that_does_not_fit_says_which_would() {
        let set_up = SetUp {
            ring: "2GiB".into(),
            target: TargetKind::Nothing,
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
        let problem = plan.problem(Field::Ring).unwrap();
        let fits = problem.ring_that_fits.unwrap();
        assert!(fits.0 > 800 << 20 && fits.0 < 1_400 << 20, "{fits}");
    }
}
