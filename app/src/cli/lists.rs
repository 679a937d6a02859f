//! `crashcap interfaces` and `crashcap processes`.

use crashcap_core::watch::{self, Ports, ProcessDetails};

use super::args::{List, Processes};
use super::exit::{Exit, Failure};
use super::table::table;
use super::text::say;

pub(crate) fn processes(args: &Processes) -> Result<Exit, Failure> {
    let mut list = watch::details().map_err(|error| Failure::new(Exit::Failed, error))?;
    if let Some(pattern) = &args.pattern {
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

pub(crate) fn interfaces(_args: &List) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
