//! `crashcap info FILE`.

use crashcap_core::action::ActionResult;
use crashcap_core::capture::link_type_name;
use crashcap_core::inspect::{self, Info};
use crashcap_core::pcapng::SurveyedInterface;
use crashcap_core::units::{PacketCount, duration_in_words};

use super::args::Info as Args;
use super::exit::{Exit, Failure};
use super::table::table;
use super::text::{harmless, say};

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let info = inspect::info(&args.file).map_err(|error| Failure::new(Exit::NotFound, error))?;
    if args.json {
        say(&json(&info).to_string());
    } else {
        for line in lines(&info) {
            say(&harmless(&line));
        }
    }
    Ok(Exit::Done)
}

fn lines(info: &Info) -> Vec<String> {
    let survey = &info.survey;
    let mut lines = Vec::new();
    lines.extend(info.sentence.clone());
    lines.extend(info.facts_unreadable.clone());
    lines.extend(
        info.comments
            .iter()
            .map(|comment| format!("comment: {comment}")),
    );
    lines.extend(info.actions.iter().map(ActionResult::sentence));
    lines.extend(info.actions_unreadable.clone());
    for evidence in &info.evidence {
        lines.push(format!("evidence {}:", evidence.name));
        lines.extend(evidence.text.lines().map(|line| format!("  {line}")));
    }
    let span = match (survey.first, survey.last) {
        (Some(only), Some(_)) if survey.packets == PacketCount(1) => format!(" at {only}"),
        (Some(first), Some(last)) => {
            format!(
                " over {}, {first} to {last}",
                duration_in_words(last.since(first))
            )
        }
        _ => String::new(),
    };
    let packets = match survey.packets {
        PacketCount(1) => "1 packet".to_owned(),
        count => format!("{count} packets"),
    };
    lines.push(format!(
        "{}: {}, {packets}{span}",
        info.path.display(),
        survey.size
    ));
    if let Some(application) = &survey.application {
        lines.push(format!("written by {application}"));
    }
    for mark in &survey.marks {
        lines.push(format!("packet {}: {}", mark.number, mark.comment));
    }
    lines.extend(table(
        &["interface", "link type", "packets", "dropped", "filter"],
        &survey.interfaces.iter().map(row).collect::<Vec<_>>(),
    ));
    if let Some(broken) = &survey.broken {
        lines.push(broken.to_string());
    }
    lines
}

fn row(interface: &SurveyedInterface) -> Vec<String> {
    vec![
        interface.name.clone().unwrap_or_else(|| "-".into()),
        link_type_name(interface.link_type),
        interface.packets.to_string(),
        interface
            .drops()
            .map_or("not known".into(), |drops| drops.to_string()),
        interface.filter.clone().unwrap_or_else(|| "none".into()),
    ]
}

fn json(info: &Info) -> serde_json::Value {
    let survey = &info.survey;
    let interfaces: Vec<_> = survey
        .interfaces
        .iter()
        .map(|one| {
            serde_json::json!({
                "name": one.name,
                "link_type": one.link_type,
                "packets": one.packets,
                "dropped": one.drops(),
                "filter": one.filter,
            })
        })
        .collect();
    serde_json::json!({
        "path": info.path,
        "bytes": survey.size,
        "packets": survey.packets,
        "first_ns": survey.first,
        "last_ns": survey.last,
        "interfaces": interfaces,
        "sentence": info.sentence,
        "facts": info.facts,
        "actions": info.actions,
        "evidence": info.evidence.iter().map(|one| serde_json::json!({"name": one.name, "text": one.text})).collect::<Vec<_>>(),
        "broken": survey.broken.as_ref().map(ToString::to_string),
    })
}
