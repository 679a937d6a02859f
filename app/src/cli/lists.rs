//! `crashcap interfaces` and `crashcap processes`.

use std::time::Duration;

use crashcap_core::capture::{self, Interface, Network};
use crashcap_core::units::PacketCount;
use crashcap_core::watch::{self, Ports, ProcessDetails};

use super::args::{Interfaces, Processes};
use super::exit::{Exit, Failure};
use super::table::table;
use super::text::{complain, harmless, say};

/// How long the packet rate of the interfaces is measured.
const RATE_OVER: Duration = Duration::from_secs(1);

pub(crate) fn processes(args: &Processes) -> Result<Exit, Failure> {
    let mut list = watch::details().map_err(|error| Failure::new(Exit::Failed, error))?;
    if let Some(pattern) = &args.pattern {
        // The pattern stands in our own command line too.
        list.retain(|one| one.process.identity.pid != std::process::id());
        list.retain(|one| {
            one.process.name.contains(pattern) || one.process.command_line.contains(pattern)
        });
    }
    if args.json {
        for one in &list {
            say(&json(one).to_string());
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = list.iter().map(row).collect();
    for line in table(
        &[
            "pid",
            "user",
            "cpu",
            "memory",
            "ports",
            "name",
            "command line",
        ],
        &rows,
    ) {
        say(&line);
    }
    Ok(Exit::Done)
}

fn row(one: &ProcessDetails) -> Vec<String> {
    let ports = match &one.ports {
        Ports::Known(ports) if ports.is_empty() => "-".to_owned(),
        Ports::Known(ports) => {
            let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
            ports.join(",")
        }
        Ports::Unknown { .. } => "unknown".to_owned(),
    };
    vec![
        one.process.identity.pid.to_string(),
        one.process.user.clone().unwrap_or_else(|| "unknown".into()),
        format!("{:.0} %", one.cpu_percent),
        one.resident.to_string(),
        ports,
        one.process.name.clone(),
        one.process.command_line.clone(),
    ]
}

fn json(one: &ProcessDetails) -> serde_json::Value {
    let (ports, unknown) = match &one.ports {
        Ports::Known(ports) => (Some(ports), None),
        Ports::Unknown { reason } => (None, Some(reason)),
    };
    serde_json::json!({
        "process": one.process,
        "cpu_percent": one.cpu_percent,
        "resident": one.resident,
        "ports": ports,
        "ports_unknown": unknown,
    })
}

pub(crate) fn interfaces(args: &Interfaces) -> Result<Exit, Failure> {
    let network = Network::enter(args.netns.as_ref())?;
    let list = network.run(|| capture::interfaces(Some(RATE_OVER)))?;
    if args.json {
        for one in &list {
            let json = serde_json::to_string(one);
            say(&json.map_err(|error| Failure::new(Exit::Failed, error))?);
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = list.iter().map(interface_row).collect();
    let head = [
        "name",
        "state",
        "packets/s",
        "link type",
        "can be opened",
        "addresses",
    ];
    for line in table(&head, &rows) {
        say(&line);
    }
    for one in &list {
        if let Some(description) = &one.description {
            say(&harmless(&format!("{}: {description}", one.name)));
        }
    }
    // Without rights every interface says the same; once is enough.
    let mut refusals: Vec<&String> = list.iter().filter_map(|one| one.refusal.as_ref()).collect();
    if let [first, _, ..] = refusals.as_slice()
        && list.iter().all(|one| one.link_type.is_none())
    {
        refusals = vec![first];
    }
    for refusal in refusals {
        complain(&harmless(refusal));
    }
    Ok(Exit::Done)
}

fn interface_row(one: &Interface) -> Vec<String> {
    let mut state = vec![match (one.up, one.running) {
        (true, true) => "up",
        (true, false) => "no link",
        (false, _) => "down",
    }];
    state.extend(one.loopback.then_some("loopback"));
    state.extend(one.wireless.then_some("wireless"));
    let rate = one.packets_per_second.map(PacketCount);
    vec![
        one.name.clone(),
        state.join(", "),
        rate.map_or("no counter".into(), |rate| rate.to_string()),
        one.link_type_name.clone().unwrap_or_else(|| "-".into()),
        may_be_opened(one).into(),
        one.addresses.join(" "),
    ]
}

/// Whether it can be recorded; the sentences after the table say what to do.
fn may_be_opened(one: &Interface) -> &'static str {
    match (&one.link_type, &one.refusal) {
        (Some(_), _) => "yes",
        (None, Some(_)) if !one.up => "no: it is down",
        (None, Some(_)) => "no, see below",
        (None, None) => "not tried",
    }
}
