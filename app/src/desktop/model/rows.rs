//! Rows and advice of the set-up page, as data.

use crashcap_core::units::{ByteCount, PacketCount};
use crashcap_core::watch::{Ports, ProcessDetails};

use super::{Machine, SetUp, TargetKind};

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
            about.extend(now.description.clone());
            about.extend(now.addresses.iter().cloned());
            Self {
                name: Some(now.name.clone()),
                label: now.name.clone(),
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
        rows
    }
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
    /// Its name.
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
            name: super::escaped(&one.process.name),
            user: one.process.user.clone().unwrap_or_else(|| "unknown".into()),
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
                Ports::Unknown { reason } => Some(super::escaped(reason)),
            },
            command_line: super::escaped(&one.process.command_line),
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
            self.name.clone(),
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
    let words: Vec<&str> = filter.split_whitespace().collect();
    let one_way = |word: &&str| matches!(*word, "dst" | "src");
    // "src or dst" and "src and dst" mean both.
    let both = words.contains(&"src") && words.contains(&"dst");
    if both || !words.iter().any(&one_way) {
        return None;
    }
    let wider: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !one_way(word))
        .collect();
    let missing = if words.contains(&"dst") {
        "Answers will be missing: this filter sees one direction."
    } else {
        "Requests will be missing: this filter sees one direction."
    };
    Some(FilterAdvice {
        sentence: missing.into(),
        button: Some("See both directions".into()),
        filter: wider.join(" "),
    })
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

/// The port that the chosen process listens on.
fn of_target(set_up: &SetUp, machine: &Machine) -> Option<FilterAdvice> {
    if !set_up.filter.trim().is_empty() || set_up.target != TargetKind::Process {
        return None;
    }
    let chosen = set_up.pid?;
    let mut all = machine.processes.iter();
    let process = all.find(|one| one.process.identity.pid == chosen)?;
    let Ports::Known(ports) = &process.ports else {
        return None;
    };
    let port = ports.first()?;
    let filter = format!("tcp port {port}");
    Some(FilterAdvice {
        sentence: format!("{} listens there.", super::escaped(&process.process.name)),
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
        let advice = one_direction("dst port 9973").unwrap();
        assert_eq!(advice.filter, "port 9973");
        assert!(advice.sentence.starts_with("Answers"));
        assert_eq!(
            one_direction("src host a and port 1").unwrap().filter,
            "host a and port 1"
        );
        assert_eq!(one_direction("port 9973"), None);
        assert_eq!(one_direction("src or dst port 9973"), None);
    }
}
