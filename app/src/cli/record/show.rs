//! What a recording looks like on a terminal, in a log, and as JSON.

use std::io::IsTerminal;
use std::time::Duration;

use crashcap_core::action::ActionResult;
use crashcap_core::capture::LinkState;
use crashcap_core::recorder::{Event, Outcome, Phase, Status};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp, duration_in_words};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::text::{complain, harmless, say};

/// A log gets a line on how things stand this often.
const LOG_INTERVAL: Duration = Duration::from_secs(60);
/// The log of a service that runs for weeks; how it stands its manager knows.
const SERVICE_LOG_INTERVAL: Duration = Duration::from_secs(3600);

/// Shows events in one of three ways.
#[derive(Debug)]
pub(super) struct Show {
    manner: Manner,
    /// The live line; hidden where there is no terminal.
    line: ProgressBar,
    logged: Option<Timestamp>,
    log_interval: Duration,
    /// What is said once recording has begun.
    plan: Vec<String>,
    /// Files that were saved so far.
    saved: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Terminal,
    Log,
    Json,
    Silent,
}

impl Show {
    pub(super) fn new(json: bool, service: bool) -> Self {
        let manner = match (json, std::io::stdout().is_terminal()) {
            (true, _) => Manner::Json,
            (false, true) => Manner::Terminal,
            (false, false) => Manner::Log,
        };
        let target = match manner {
            Manner::Terminal => ProgressDrawTarget::stdout(),
            _ => ProgressDrawTarget::hidden(),
        };
        let line = ProgressBar::with_draw_target(None, target);
        // As wide as the terminal and no wider: a line that wraps cannot be taken back.
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            line.set_style(style);
        }
        Self {
            manner,
            line,
            logged: None,
            log_interval: if service {
                SERVICE_LOG_INTERVAL
            } else {
                LOG_INTERVAL
            },
            plan: Vec::new(),
            saved: 0,
        }
    }

    /// Nobody reads any more.
    pub(super) fn silence(&mut self) {
        self.manner = Manner::Silent;
    }

    /// Something worth knowing that is no event.
    pub(super) fn warn(&self, sentence: &str) {
        self.line.suspend(|| complain(sentence));
    }

    /// Shows one event. False when nobody reads it.
    pub(super) fn event(&mut self, event: &Event) -> bool {
        self.saved += u32::from(matches!(event, Event::Saved { .. }));
        match self.manner {
            Manner::Silent => true,
            Manner::Json => match serde_json::to_string(event) {
                Ok(line) => say(&line),
                // A fault of ours, and nobody's leaving.
                Err(error) => say(&json!({"event": "notice", "sentence": format!("an event could not be written as JSON: {error}; please report this")}).to_string()),
            },
            Manner::Terminal | Manner::Log => match event {
                Event::Status(status) => self.status(status),
                event => self.line.suspend(|| {
                    let begins = matches!(event, Event::Recording { .. });
                    let plan = self.plan.iter().filter(|_| begins);
                    sentences(event)
                        .iter()
                        .chain(plan)
                        .all(|sentence| say(&harmless(sentence)))
                }),
            },
        }
    }

    fn status(&mut self, status: &Status) -> bool {
        if self.manner == Manner::Terminal {
            self.line.set_message(harmless(&live_line(status)));
            return true;
        }
        let logged = *self.logged.get_or_insert(status.at);
        if status.at.since(logged) < self.log_interval {
            return true;
        }
        self.logged = Some(status.at);
        say(&format!("{}  {}", status.at, live_line(status)))
    }

    /// Evidence could be saved nowhere: what the user can do now.
    pub(super) fn ask_for_a_place(&self) {
        self.warn(
            "the incident stays in memory and is tried again every 30 s: make room, or name another folder with `crashcap save-to FOLDER`; Ctrl-C (twice while recording goes on) gives it up",
        );
    }

    /// What is said once recording has begun; not as JSON.
    pub(super) fn will_say(&mut self, plan: Vec<String>) {
        self.plan = plan;
    }

    /// How many files were told of.
    pub(super) fn saved(&self) -> u32 {
        self.saved
    }

    /// The last words.
    pub(super) fn finish(&self, outcome: &Outcome, exit: Exit, sentence: Option<&str>) {
        self.line.finish_and_clear();
        if self.manner == Manner::Json {
            let mut last = serde_json::to_value(Event::Finished {
                outcome: outcome.clone(),
            })
            .unwrap_or_else(|_| json!({"event": "finished"}));
            if let Value::Object(fields) = &mut last {
                fields.insert("exit_code".into(), json!(exit as u8));
            }
            say(&last.to_string());
        } else if let Some(sentence) = sentence {
            complain(sentence);
        }
    }
}

/// A line has room for so many.
const CONDITIONS_SHOWN_MAX: usize = 2;

/// State, target, rate, what is held, what was lost: within 80 columns as a rule.
fn live_line(status: &Status) -> String {
    let state = match status.phase {
        Phase::Opening => "opening",
        Phase::Recording => "recording",
        Phase::Tail => "frozen, tail",
        Phase::Frozen => "frozen",
        Phase::Failed => "failed",
    };
    let span = match (status.oldest, status.newest) {
        (Some(oldest), Some(newest)) => duration_in_words(newest.since(oldest)),
        _ => "nothing".into(),
    };
    let target = match status.targets.as_slice() {
        [] => String::new(),
        [pid] => format!(" pid {pid}"),
        many => format!(" {} targets", many.len()),
    };
    let mut line = format!(
        "{state}{target}  {} packets/s  {}/s  {span}, {} of {}  {} lost",
        PacketCount(status.packets_per_second),
        ByteCount(status.bytes_per_second),
        status.held,
        status.ring_size,
        status.lost,
    );
    let down: Vec<&str> = status
        .sources
        .iter()
        .filter(|source| source.link != LinkState::Up)
        .map(|source| source.name.as_str())
        .collect();
    let measured = status.conditions.iter();
    let measured = measured.filter_map(|one| Some((one.kind, one.shown.as_ref()?)));
    for (kind, shown) in measured.take(CONDITIONS_SHOWN_MAX) {
        line += &format!("  {} {shown}", kind.word());
    }
    if !down.is_empty() {
        line += &format!("  {} not up", down.join(", "));
    }
    line
}

/// An event as lines; none for what is not worth one.
fn sentences(event: &Event) -> Vec<String> {
    let sentence = match event {
        Event::Status(_) | Event::Finished { .. } => return Vec::new(),
        Event::Recording { at_ns, memory } => {
            format!("{at_ns}  recording; {memory} of memory are taken")
        }
        Event::TargetFound { at_ns, process, .. } => format!(
            "{at_ns}  watching {} (pid {})",
            process.name, process.identity.pid
        ),
        Event::TargetEnded { at_ns, pid, status } => match status {
            Some(status) => format!("{at_ns}  pid {pid} {status}"),
            None => format!("{at_ns}  pid {pid} ended"),
        },
        Event::TargetStatus { pid, status } => format!("pid {pid} {status}"),
        Event::Fired {
            at_ns,
            sentence,
            freezes: true,
            ..
        } => format!("{at_ns}  {sentence}"),
        Event::Fired {
            at_ns, sentence, ..
        } => format!("{at_ns}  {sentence} (noted; it does not freeze now)"),
        Event::Frozen {
            at_ns,
            after_firing_ns: 0,
        } => format!("{at_ns}  frozen"),
        Event::Frozen {
            at_ns,
            after_firing_ns,
        } => format!(
            "{at_ns}  frozen {} after that was noticed",
            duration_in_words(Duration::from_nanos(*after_firing_ns))
        ),
        Event::Saved {
            paths,
            incident,
            bytes,
            took_ns,
            ..
        } => return vec![incident.clone(), saved(paths, *bytes, *took_ns)],
        Event::Acted { results, .. } => {
            return results.iter().map(ActionResult::sentence).collect();
        }
        Event::SaveFailed {
            sentence,
            fallback_follows,
        } if *fallback_follows => format!("{sentence}; trying the fallback folder"),
        Event::SaveFailed { sentence, .. } => sentence.clone(),
        Event::Link { at_ns, name, link } => match link {
            LinkState::Up => format!("{at_ns}  {name} is up again"),
            LinkState::Down => format!("{at_ns}  {name} is down; recording goes on when it is up"),
            LinkState::Gone { reason } => {
                format!("{at_ns}  {name} is gone ({reason}); it is opened again when it is back")
            }
        },
        Event::Notice { at_ns, sentence } => format!("{at_ns}  {sentence}"),
    };
    vec![sentence]
}

fn saved(paths: &[std::path::PathBuf], bytes: ByteCount, took_ns: u64) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    format!(
        "saved {bytes} in {}: {}",
        duration_in_words(Duration::from_nanos(took_ns)),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_line_says_all_that_matters() {
        let status = Status {
            phase: Phase::Recording,
            at: Timestamp(90_000_000_000),
            since: Timestamp(0),
            ring_size: ByteCount(150_000_000),
            held: ByteCount(41_000_000),
            oldest: Some(Timestamp(0)),
            newest: Some(Timestamp(47_000_000_000)),
            packets: PacketCount(1),
            wire_bytes: ByteCount(1),
            packets_per_second: 6_012,
            bytes_per_second: 4_100_000,
            lost: PacketCount(0),
            targets: vec![4121],
            incidents: 0,
            unsaved: None,
            conditions: Vec::new(),
            looking_took_ns: 0,
            sources: Vec::new(),
            traffic: Vec::new(),
        };
        assert_eq!(
            live_line(&status),
            "recording pid 4121  6,012 packets/s  4.10 MB/s  47 s, 41 MB of 150 MB  0 lost"
        );
    }
}
