//! `crashcap status`, `freeze` and `snapshot`: asking a running recorder.

use crashcap_core::link::{Reply, Request, RunningRecorder, ask, find};
use crashcap_core::recorder::Status;
use crashcap_core::trigger::ConditionStatus;
use crashcap_core::units::{ByteCount, PacketCount, duration_in_words};

use super::args::{SaveTo, Which};
use super::exit::{Exit, Failure};
use super::text::{harmless, say};

/// The recorders that are meant: the named one, or all for a question.
fn recorders(which: &Which) -> Result<Vec<RunningRecorder>, Failure> {
    let running = find();
    if let Some(pid) = which.pid {
        return match running.into_iter().find(|one| one.pid == pid) {
            Some(one) => Ok(vec![one]),
            None => Err(Failure::new(
                Exit::Failed,
                format!(
                    "no recorder that this user may ask has pid {pid}; `crashcap status` lists them"
                ),
            )),
        };
    }
    if running.is_empty() {
        return Err(Failure::new(
            Exit::Failed,
            "no recorder that this user may ask is running; `crashcap record` starts one",
        ));
    }
    Ok(running)
}

/// The one recorder that is meant.
fn one(which: &Which) -> Result<RunningRecorder, Failure> {
    match recorders(which)?.as_slice() {
        [one] => Ok(one.clone()),
        many => {
            let pids: Vec<String> = many.iter().map(|one| one.pid.to_string()).collect();
            Err(Failure::new(
                Exit::Usage,
                format!(
                    "several recorders are running (pid {}): say which with --pid",
                    pids.join(", ")
                ),
            ))
        }
    }
}

fn asked(recorder: &RunningRecorder, request: &Request) -> Result<Reply, Failure> {
    match ask(recorder, request) {
        Ok(Reply::Refused { reason }) => Err(Failure::new(Exit::Failed, reason)),
        Ok(reply) => Ok(reply),
        Err(error) => Err(Failure::new(Exit::Failed, error)),
    }
}

pub(crate) fn status(which: &Which) -> Result<Exit, Failure> {
    for recorder in recorders(which)? {
        let Reply::Status { status, about } = asked(&recorder, &Request::Status)? else {
            continue;
        };
        if which.json {
            let json = serde_json::json!({"pid": recorder.pid, "about": about, "status": status});
            say(&json.to_string());
        } else {
            for line in lines(recorder.pid, &about, status.as_deref()) {
                say(&harmless(&line));
            }
        }
    }
    Ok(Exit::Done)
}

fn lines(pid: u32, about: &str, status: Option<&Status>) -> Vec<String> {
    let mut lines = vec![format!("recorder {pid}: {about}")];
    let Some(status) = status else {
        lines.push("  just started".into());
        return lines;
    };
    let span = match (status.oldest, status.newest) {
        (Some(oldest), Some(newest)) => duration_in_words(newest.since(oldest)),
        _ => "nothing".into(),
    };
    let phase = serde_json::to_value(status.phase).ok();
    let phase = phase.as_ref().and_then(serde_json::Value::as_str);
    lines.push(format!(
        "  {} for {}",
        phase.unwrap_or("unknown"),
        duration_in_words(status.at.since(status.since))
    ));
    lines.push(format!(
        "  holds {span}, {} of {}",
        status.held, status.ring_size
    ));
    lines.push(format!(
        "  {} packets/s, {}/s; {} packets since it began, {} lost",
        PacketCount(status.packets_per_second),
        ByteCount(status.bytes_per_second),
        status.packets,
        status.lost
    ));
    let pids: Vec<String> = status.targets.iter().map(ToString::to_string).collect();
    if !pids.is_empty() {
        lines.push(format!("  watches pid {}", pids.join(", ")));
    }
    for condition in &status.conditions {
        lines.push(format!("  {}: {}", condition.clause, now(condition)));
    }
    if let Some(share) = status.looking_percent() {
        lines.push(format!(
            "  measuring for triggers takes {share:.2} % of a core"
        ));
    }
    if let Some(why) = &status.unsaved {
        lines.push(format!(
            "  an incident is not on disk: {why}; `crashcap save-to FOLDER` names another place"
        ));
    }
    if status.incidents > 0 {
        lines.push(format!("  {} incidents saved", status.incidents));
    }
    lines
}

/// How a condition stands now.
fn now(condition: &ConditionStatus) -> String {
    let note = condition.note.as_ref();
    match (&condition.shown, condition.times) {
        (Some(shown), _) => match note {
            Some(note) => format!("now {shown} ({note})"),
            None => format!("now {shown}"),
        },
        (None, 0) => note.map_or_else(|| "not seen".into(), |note| format!("not known, {note}")),
        (None, times) => format!("{times} times, the last {}", note.map_or("", |note| note)),
    }
}

pub(crate) fn freeze(which: &Which) -> Result<Exit, Failure> {
    let by = "`crashcap freeze`".to_owned();
    tell(which, &Request::Freeze { by }, "froze")
}

pub(crate) fn snapshot(which: &Which) -> Result<Exit, Failure> {
    let by = "`crashcap snapshot`".to_owned();
    tell(which, &Request::Snapshot { by }, "goes on")
}

pub(crate) fn save_to(args: &SaveTo) -> Result<Exit, Failure> {
    // The recorder may run in another folder.
    let folder = std::path::absolute(&args.folder).map_err(|error| {
        let folder = args.folder.display();
        Failure::new(Exit::Usage, format!("save to {folder}: {error}"))
    })?;
    tell(&args.which, &Request::SaveTo { folder }, "has it on disk")
}

/// Asks, waits until the file is complete, and says which it is.
fn tell(which: &Which, request: &Request, done: &str) -> Result<Exit, Failure> {
    let recorder = one(which)?;
    let Reply::Saved {
        paths,
        packets,
        bytes,
    } = asked(&recorder, request)?
    else {
        let pid = recorder.pid;
        let sentence = format!("the recorder with pid {pid} answered something else");
        return Err(Failure::new(Exit::Failed, sentence));
    };
    if which.json {
        let json = serde_json::json!({
            "pid": recorder.pid,
            "reply": "saved",
            "paths": paths,
            "packets": packets,
            "bytes": bytes,
        });
        say(&json.to_string());
    } else {
        let sentence = format!(
            "recorder {} {done}; saved {packets} packets, {bytes}: {}",
            recorder.pid,
            paths.join(", ")
        );
        say(&harmless(&sentence));
    }
    Ok(Exit::Done)
}
