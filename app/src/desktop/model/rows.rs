//! Rows and advice of the set-up page, as data.

use crashcap_core::units::{ByteCount, PacketCount};
use crashcap_core::watch::{Ports, ProcessDetails};

use super::filter_hint::tokens;
use super::{InterfaceNow, Machine, SetUp, TargetKind, escaped};

/// A row of the interface list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InterfaceRow {
    /// Its name; `None` for all.
    pub(crate) name: Option<String>,
    /// What stands beside the check box.
    pub(crate) label: String,
    /// Description and addresses.
    pub(crate) about: String,
    /// It is chosen.
    pub(crate) chosen: bool,
    /// Bytes a second of the last minute; `None` where the system does not count.
    pub(crate) rates: Option<Vec<u64>>,
    /// The rate in words.
    pub(crate) rate: String,
}

impl InterfaceRow {
    /// All rows: "all" first.
    pub(crate) fn all(set_up: &SetUp, machine: &Machine) -> Vec<Self> {
        let any = machine.interface("any");
        let mut rows = vec![Self {
            name: None,
            label: "All interfaces".into(),
            about: "also those that come later".into(),
            chosen: set_up.interfaces.is_empty(),
            rates: any.map(|one| one.rates.iter().copied().collect()),
            rate: any
                .and_then(|one| one.packets_per_second)
                .map_or_else(String::new, per_second),
        }];
        let others = machine
            .interfaces
            .iter()
            .filter(|one| one.now.name != "any");
        rows.extend(others.map(|one| {
            let now = &one.now;
            let mut about = Vec::new();
            if now.loopback {
                about.push("loopback".to_owned());
            }
            if now.wireless {
                about.push("wireless".to_owned());
            }
            if !now.up {
                about.push("down".to_owned());
            }
            let (label, more) = called(now);
            about.extend(more);
            about.extend(now.addresses.iter().cloned());
            Self {
                name: Some(now.name.clone()),
                label,
                about: about.join(" · "),
                chosen: set_up.interfaces.contains(&now.name),
                rates: now.counted.map(|_| one.rates.iter().copied().collect()),
                rate: match (now.counted, one.packets_per_second) {
                    (None, _) => "no counter".into(),
                    (Some(_), Some(rate)) => per_second(rate),
                    (Some(_), None) => String::new(),
                },
            }
        }));
        rows.extend(missing(set_up, machine));
        rows
    }
}

/// What an interface is called here, and what else is told of it. Nobody knows one
/// by the GUID that Windows names it with.
fn called(now: &InterfaceNow) -> (String, Vec<String>) {
    let friendly = now.friendly.as_deref().filter(|name| *name != now.name);
    let by_guid = now.name.starts_with(r"\Device\");
    let (label, more) = match friendly {
        Some(friendly) if by_guid => (friendly, None),
        friendly => (&*now.name, friendly),
    };
    let more = more.into_iter().chain(now.description.as_deref());
    (escaped(label), more.map(escaped).collect())
}

/// Chosen interfaces that are not there, so that they can be left out.
fn missing(set_up: &SetUp, machine: &Machine) -> impl Iterator<Item = InterfaceRow> {
    let listed = !machine.interfaces.is_empty();
    let names = set_up.interfaces.iter();
    let gone = names.filter(move |name| listed && machine.interface(name).is_none());
    gone.map(|name| InterfaceRow {
        name: Some(name.clone()),
        label: escaped(name),
        about: "not there now".into(),
        chosen: true,
        rates: None,
        rate: String::new(),
    })
}

fn per_second(packets: u64) -> String {
    match packets {
        0 => "quiet".into(),
        _ => format!("{} /s", PacketCount(packets)),
    }
}

/// A row of the process list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProcessRow {
    /// Its number.
    pub(crate) pid: u32,
    /// When it began, as the system counts.
    pub(crate) started: u64,
    /// Its name, as it is.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) user: String,
    cpu: String,
    memory: ByteCount,
    ports: String,
    /// Why its ports are not to be seen.
    pub(crate) ports_unknown: Option<String>,
    command_line: String,
}

impl ProcessRow {
    /// The processes that match what is searched, those that listen first.
    pub(crate) fn all(set_up: &SetUp, machine: &Machine) -> Vec<Self> {
        let search = set_up.search.trim().to_lowercase();
        let mut rows: Vec<(bool, Self)> = machine
            .processes
            .iter()
            .map(|one| (listens(one), Self::of(one)))
            .filter(|(_, row)| row.matches(&search))
            .collect();
        // Those that listen are what most people look for.
        rows.sort_by_key(|(listens, row)| (!listens, row.name.to_lowercase(), row.pid));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn of(one: &ProcessDetails) -> Self {
        Self {
            pid: one.process.identity.pid,
            started: one.process.identity.started,
            name: one.process.name.clone(),
            user: escaped(one.process.user.as_deref().unwrap_or("unknown")),
            cpu: format!("{:.0} %", one.cpu_percent),
            memory: one.resident,
            ports: match &one.ports {
                Ports::Known(ports) => {
                    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                    ports.join(", ")
                }
                Ports::Unknown { .. } => "unknown".into(),
            },
            ports_unknown: match &one.ports {
                Ports::Known(_) => None,
                Ports::Unknown { reason } => Some(escaped(reason)),
            },
            command_line: escaped(&one.process.command_line),
        }
    }

    fn matches(&self, search: &str) -> bool {
        search.is_empty()
            || self.name.to_lowercase().contains(search)
            || self.command_line.to_lowercase().contains(search)
            || self.user.to_lowercase() == search
            || self.pid.to_string() == search
            || self.ports.split(", ").any(|port| port == search)
    }

    /// Its texts, a column each, and its whole command line for who points at it.
    pub(crate) fn cells(&self) -> Vec<String> {
        vec![
            escaped(&self.name),
            self.pid.to_string(),
            self.user.clone(),
            self.cpu.clone(),
            super::size(self.memory),
            self.ports.clone(),
            without_folder(&self.command_line).to_owned(),
            match &self.ports_unknown {
                None => self.command_line.clone(),
                Some(why) => format!("{}\n\nPorts unknown: {why}", self.command_line),
            },
        ]
    }
}

/// A command line without the folder of its program: beside a long one of an
/// interpreter nobody would see which script it runs.
fn without_folder(command_line: &str) -> &str {
    let program = command_line.split(' ').next().unwrap_or_default();
    match program.rfind(['/', '\\']) {
        Some(at) if at + 1 < program.len() => &command_line[at + 1..],
        _ => command_line,
    }
}

fn listens(one: &ProcessDetails) -> bool {
    matches!(&one.ports, Ports::Known(ports) if !ports.is_empty())
}

/// What would make the filter better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterAdvice {
    /// Why.
    pub(crate) sentence: String,
    /// The button that does it, if there is one.
    pub(crate) button: Option<String>,
    /// The filter then.
    pub(crate) filter: String,
}

impl FilterAdvice {
    /// What there is to say, the most important first.
    pub(crate) fn of(set_up: &SetUp, machine: &Machine) -> Vec<Self> {
        let mut advice = Vec::new();
        advice.extend(one_direction(&set_up.filter));
        advice.extend(of_target(set_up, machine));
        advice.extend(of_session(set_up, machine));
        advice
    }
}

/// A filter that sees only one direction shows no answers.
fn one_direction(filter: &str) -> Option<FilterAdvice> {
    let tokens = tokens(filter);
    let ways = one_ways(&tokens);
    if ways.is_empty() || sees_both(&tokens, &ways) {
        return None;
    }
    let wider: Vec<&str> = (0..tokens.len())
        .filter(|at| !ways.contains(at))
        .map(|at| &*tokens[at])
        .collect();
    let missing = match ways.iter().any(|at| is(&tokens[*at], "dst")) {
        true => "Answers will be missing: this filter sees one direction.",
        false => "Requests will be missing: this filter sees one direction.",
    };
    Some(FilterAdvice {
        sentence: missing.into(),
        button: Some("See both directions".into()),
        filter: wider.join(" ").replace("( ", "(").replace(" )", ")"),
    })
}

fn is(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

fn is_way(token: &str) -> bool {
    is(token, "src") || is(token, "dst")
}

/// Where a filter says src or dst alone: `src or dst` and `src and dst` mean both
/// (pcap-filter(7)), and after `host` stands a name.
fn one_ways(tokens: &[String]) -> Vec<usize> {
    let joins = |token: &str| ["or", "and", "||", "&&"].iter().any(|word| is(token, word));
    let names = |token: &str| {
        ["host", "net", "gateway"]
            .iter()
            .any(|word| is(token, word))
    };
    let mut ways = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let follows = |steps: usize| tokens.get(at + steps).map_or("", String::as_str);
        if !is_way(&tokens[at]) || at > 0 && names(&tokens[at - 1]) {
            at += 1;
        } else if joins(follows(1)) && is_way(follows(2)) {
            at += 3;
        } else {
            ways.push(at);
            at += 1;
        }
    }
    ways
}

/// Whether what is said of one direction is said of the other too:
/// `src host a or dst host a`.
fn sees_both(tokens: &[String], ways: &[usize]) -> bool {
    let ends = |token: &&String| ["or", "and", "||", "&&", "(", ")"].contains(&&***token);
    let said = |word: &str| {
        let of = ways.iter().filter(|at| is(&tokens[**at], word));
        let mut said: Vec<Vec<&String>> = of
            .map(|at| {
                tokens[at + 1..]
                    .iter()
                    .take_while(|one| !ends(one))
                    .collect()
            })
            .collect();
        said.sort();
        said
    };
    said("src") == said("dst")
}

/// The packets of one's own session.
fn of_session(set_up: &SetUp, machine: &Machine) -> Option<FilterAdvice> {
    let filter = machine.session.as_ref()?.left_out(&set_up.filter)?;
    Some(FilterAdvice {
        sentence: "What this session sends is recorded too.".into(),
        button: Some("Leave out your own SSH session".into()),
        filter,
    })
}

/// Ports that are put into one suggestion; a filter of more is not read any more.
const PORTS_MAX: usize = 16;

/// The ports that the target listens on.
fn of_target(set_up: &SetUp, machine: &Machine) -> Option<FilterAdvice> {
    if !set_up.filter.trim().is_empty() {
        return None;
    }
    let (who, ports) = match set_up.target {
        TargetKind::Process => {
            let chosen = set_up.pid?;
            let mut all = machine.processes.iter();
            let process = all.find(|one| one.process.identity.pid == chosen)?;
            let Ports::Known(ports) = &process.ports else {
                return None;
            };
            (escaped(&process.process.name), ports.clone())
        }
        TargetKind::Port => {
            let port = set_up.port.trim().parse().ok().filter(|port| *port > 0)?;
            ("the target".into(), vec![port])
        }
        _ => return None,
    };
    if ports.is_empty() || ports.len() > PORTS_MAX {
        return None;
    }
    let filter: Vec<String> = ports
        .iter()
        .map(|port| format!("tcp port {port}"))
        .collect();
    let filter = filter.join(" or ");
    Some(FilterAdvice {
        sentence: format!("{who} listens there."),
        button: Some(filter.clone()),
        filter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_seen_and_the_whole_is_kept() {
        let mut one = crate::model::samples::process(7, "python3.11", "dev", &[8123]);
        one.process.command_line = "/root/.pyenv/versions/3.11.7/bin/python3.11 shop.py".into();
        let cells = ProcessRow::of(&one).cells();
        assert_eq!(cells[5], "8123");
        assert_eq!(cells[6], "python3.11 shop.py");
        assert_eq!(cells[7], one.process.command_line);
        assert_eq!(without_folder("bash /dev/fd/3"), "bash /dev/fd/3");
        assert_eq!(without_folder("/"), "/");
        assert_eq!(without_folder(r"C:\lab\lab.exe /x"), "lab.exe /x");
    }

    #[test]
    fn rows_say_what_is_seen_and_why_ports_are_not() {
        let model = crate::model::samples::set_up_with_hidden_ports();
        let rows = ProcessRow::all(&model.set_up, &model.machine);
        let lines: Vec<String> = rows
            .iter()
            .take(3)
            .map(|row| row.cells().join(" | ").replace('\n', "/"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        日本語サーバ | 2210 | dev | 10 % | 66.3 MB | 8080 | 日本語サーバ --config /etc/日本語サーバ.conf | /usr/bin/日本語サーバ --config /etc/日本語サーバ.conf
        bash | 3301 | dev | 21 % | 99.0 MB |  | bash --config /etc/bash.conf | /usr/bin/bash --config /etc/bash.conf
        postgres | 990 | postgres | 30 % | 29.7 MB | unknown | postgres --config /etc/postgres.conf | /usr/bin/postgres --config /etc/postgres.conf//Ports unknown: seen only with rights
        ");
        let interfaces = InterfaceRow::all(&model.set_up, &model.machine);
        let lines: Vec<String> = interfaces
            .iter()
            .map(|row| {
                format!(
                    "{} | {} | {} | {}",
                    row.chosen, row.label, row.about, row.rate
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        false | All interfaces | also those that come later | 3,300 /s
        true | eth0 | 192.0.2.17/24 | 3,100 /s
        false | wlan0 | wireless · 198.51.100.4/24 | 40 /s
        false | lo | loopback · 127.0.0.1/8 | 160 /s
        ");
    }

    #[test]
    fn a_filter_for_one_direction_is_told_and_widened() {
        for (filter, wider, missing) in [
            ("dst port 9973", "port 9973", "Answers"),
            ("src host a and port 1", "host a and port 1", "Requests"),
            (
                "src host a and dst port 80",
                "host a and port 80",
                "Answers",
            ),
            ("tcp and (dst port 80)", "tcp and (port 80)", "Answers"),
            (
                "(SRC net 10.0.0.0/8)&&tcp",
                "(net 10.0.0.0/8) && tcp",
                "Requests",
            ),
            (
                "src or dst host a and dst port 1",
                "src or dst host a and port 1",
                "Answers",
            ),
        ] {
            let advice = one_direction(filter).unwrap_or_else(|| panic!("{filter}"));
            assert_eq!(advice.filter, wider);
            assert!(advice.sentence.starts_with(missing), "{filter}");
        }
        for both in [
            "port 9973",
            "src or dst port 9973",
            "src and dst net 10.0.0.0/8",
            "tcp and (src||dst port 80)",
            "src host a or dst host a",
            "(dst port 80) or (src port 80)",
            "host src or host dst",
            "",
        ] {
            assert_eq!(one_direction(both), None, "{both}");
        }
    }

    #[test]
    fn every_port_of_the_target_is_suggested() {
        let mut machine = crate::model::samples::machine();
        machine.processes = vec![crate::model::samples::process(7, "shop", "dev", &[80, 443])];
        let mut set_up = SetUp {
            pid: Some(7),
            ..SetUp::default()
        };
        let advised = |set_up: &SetUp| {
            let advice = of_target(set_up, &machine);
            advice.map(|advice| (advice.filter, advice.sentence))
        };
        let expected = (
            "tcp port 80 or tcp port 443".into(),
            "shop listens there.".into(),
        );
        assert_eq!(advised(&set_up), Some(expected));
        set_up.target = TargetKind::Port;
        assert_eq!(advised(&set_up), None);
        set_up.port = " 9973".into();
        let expected = ("tcp port 9973".into(), "the target listens there.".into());
        assert_eq!(advised(&set_up), Some(expected));
        set_up.filter = "tcp".into();
        assert_eq!(advised(&set_up), None);
    }

    #[test]
    fn interfaces_have_names_that_people_know_and_none_plays_tricks() {
        let mut machine = Machine::default();
        let guid = r"\Device\NPF_{0C8C5A5B-2B0E-4B59-9B5D-0A1B2C3D4E5F}";
        let one = |name: &str, friendly: Option<&str>| InterfaceNow {
            name: name.into(),
            friendly: friendly.map(Into::into),
            description: Some("a card".into()),
            up: true,
            ..InterfaceNow::default()
        };
        let list = vec![
            one(guid, Some("Ethernet 2")),
            one("en0", Some("Wi-Fi")),
            one("a\u{202e}b", None),
        ];
        machine.glanced(list, crashcap_core::clock::Monotonic(0));
        let set_up = SetUp {
            interfaces: vec!["gone0".into()],
            ..SetUp::default()
        };
        let rows = InterfaceRow::all(&set_up, &machine);
        let shown: Vec<_> = rows.iter().map(|row| (&*row.label, &*row.about)).collect();
        let expected = [
            ("Ethernet 2", "a card"),
            ("en0", "Wi-Fi · a card"),
            ("a<U+202E>b", "a card"),
            ("gone0", "not there now"),
        ];
        assert_eq!(shown[1..], expected);
        assert_eq!(rows[1].name.as_deref(), Some(guid));
        assert!(rows[4].chosen, "it can be left out");
    }

    #[test]
    fn a_name_is_escaped_where_it_is_shown_and_kept_as_it_is() {
        let one = crate::model::samples::process(7, "a\u{202e}b*", "d\u{202e}v", &[]);
        let row = ProcessRow::of(&one);
        assert_eq!(row.name, "a\u{202e}b*");
        assert_eq!(
            (&*row.cells()[0], &*row.cells()[2]),
            ("a<U+202E>b*", "d<U+202E>v")
        );
    }
}
