//! `crashcap record --json`, and what its lines say.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tempfile::TempDir;

use super::super::child::{Line, Program};
use super::super::failure::Failure;
use super::super::stage::RECEIVING;
use super::super::traffic::FILTER;
use super::{Counts, Places, READY_LIMIT, interrupt};

/// How long the counts may lag behind the packets: statuses come four times a second, the
/// kernel's drops are read twice a second.
const COUNT_LIMIT: Duration = Duration::from_millis(1500);
/// How long an incident may take to be on disk.
const INCIDENT_LIMIT: Duration = Duration::from_secs(60);

/// The process watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched(pub(crate) u32);

/// What is recorded.
#[derive(Clone, Debug)]
pub(crate) struct RecorderPlan {
    pub(crate) interface: &'static str,
    pub(crate) filter: String,
    /// The ring, in bytes.
    pub(crate) ring: u64,
    /// The kernel buffer in bytes; Crashcap's own choice when `None`.
    pub(crate) kernel_buffer: Option<u64>,
    pub(crate) target: Watched,
    /// On the capturers' CPU, or wherever the system puts it.
    pub(crate) pinned: bool,
}

impl RecorderPlan {
    /// The generator's traffic; the target is the bench, which stays.
    pub(crate) fn on_stage(ring: u64) -> Self {
        Self {
            interface: RECEIVING,
            filter: FILTER.to_owned(),
            ring,
            kernel_buffer: None,
            target: Watched(std::process::id()),
            pinned: true,
        }
    }
}

/// An incident, from the freeze to the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Incident {
    /// When eviction stopped, in nanoseconds since the epoch.
    pub(crate) frozen_ns: u64,
    /// When the bench had read that the file is complete, in nanoseconds since the epoch.
    pub(crate) saved_ns: u64,
    /// Nanoseconds that writing it took.
    pub(crate) write_ns: u64,
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// Whether Crashcap was told of the fault, and not only of the end.
    pub(crate) fault_told: bool,
}

/// A recording Crashcap.
pub(crate) struct Recorder {
    // Before the folder, so that it is dead before its files go.
    program: Program,
    _folder: TempDir,
}

impl Recorder {
    /// Starts it and waits until it records.
    pub(crate) fn start(places: &Places, plan: &RecorderPlan) -> Result<Self, Failure> {
        let folder = places.folder()?;
        let mut command = Command::new(&places.crashcap);
        command
            .args(["record", "--json", "--interface", plan.interface])
            .args(["--filter", &plan.filter])
            .args(["--ring", &plan.ring.to_string()])
            .args(["--target-pid", &plan.target.0.to_string()])
            .args(["--trigger", "exit", "--tail", "0s", "--folder"])
            .arg(folder.path());
        if let Some(bytes) = plan.kernel_buffer {
            command.args(["--kernel-buffer", &bytes.to_string()]);
        }
        let cpu = places.capture_cpu.filter(|_| plan.pinned);
        let mut program = Program::start("crashcap", command, cpu)?;
        program.wait_for("the event \"recording\"", READY_LIMIT, |line| {
            Ok(matches!(event(line)?, Some(Event::Recording {})).then_some(()))
        })?;
        Ok(Self {
            program,
            _folder: folder,
        })
    }

    pub(super) fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Waits until it has counted `delivered` packets, lost ones among them, and gives its
    /// counts; the newest ones when that does not happen soon.
    pub(crate) fn counts(&mut self, delivered: u64) -> Result<Counts, Failure> {
        let mut newest = None;
        let waited = self
            .program
            .wait_for("the count of all packets", COUNT_LIMIT, |line| {
                let Some(Event::Status { sources }) = event(line)? else {
                    return Ok(None);
                };
                let counts = sum(&sources);
                newest = Some(counts);
                Ok((counts.captured + counts.dropped >= delivered).then_some(counts))
            });
        match (waited, newest) {
            (Ok(counts), _) => Ok(counts),
            // Packets that nobody counted: the comparison with what was delivered shows them.
            (Err(Failure::Silent { .. }), Some(newest)) => Ok(newest),
            (Err(failure), _) => Err(failure),
        }
    }

    pub(super) fn count_and_stop(mut self, delivered: u64) -> Result<Counts, Failure> {
        let counts = self.counts(delivered)?;
        interrupt(&self.program)?;
        self.program.finish()?;
        Ok(counts)
    }

    /// Asks for a freeze, as `kill -USR1` does.
    pub(crate) fn freeze(&self) -> Result<(), Failure> {
        self.program.signal(Signal::USR1)
    }

    /// Waits for the freeze and the file, and for the recorder's end.
    pub(crate) fn incident(mut self) -> Result<Incident, Failure> {
        let mut incident = Incident::default();
        self.program
            .wait_for("a saved incident", INCIDENT_LIMIT, |line| {
                match event(line)? {
                    Some(Event::Frozen { at_ns }) => incident.frozen_ns = at_ns,
                    Some(Event::Saved {
                        took_ns,
                        bytes,
                        frozen_by,
                    }) => {
                        incident.saved_ns = line.at_ns;
                        incident.write_ns = took_ns;
                        incident.bytes = bytes;
                        incident.fault_told = frozen_by.fault.is_some();
                        return Ok(Some(()));
                    }
                    Some(Event::SaveFailed { sentence }) => {
                        return Err(Failure::Impossible(format!("crashcap: {sentence}")));
                    }
                    _ => {}
                }
                Ok(None)
            })?;
        let (status, _) = self.program.finish()?;
        if incident.frozen_ns == 0 || !status.success() {
            return Err(Failure::Impossible(format!(
                "crashcap saved without having frozen, or failed ({status}):\n{}",
                self.program.said()
            )));
        }
        Ok(incident)
    }
}

/// The lines that the bench looks at.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Recording {},
    Status {
        sources: Vec<Source>,
    },
    Frozen {
        at_ns: u64,
    },
    Saved {
        took_ns: u64,
        bytes: u64,
        frozen_by: FrozenBy,
    },
    SaveFailed {
        sentence: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct FrozenBy {
    fault: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Source {
    counters: Counters,
}

#[derive(Debug, Deserialize)]
struct Counters {
    packets: u64,
    kernel_drops: Option<u64>,
    ring_drops: u64,
}

fn sum(sources: &[Source]) -> Counts {
    sources.iter().fold(Counts::default(), |sum, source| {
        let counters = &source.counters;
        Counts {
            captured: sum.captured + counters.packets,
            dropped: sum.dropped + counters.kernel_drops.unwrap_or(0) + counters.ring_drops,
        }
    })
}

/// The event of a line; `None` for one on standard error.
fn event(line: &Line) -> Result<Option<Event>, Failure> {
    if line.on_stderr {
        return Ok(None);
    }
    serde_json::from_str(&line.text)
        .map(Some)
        .map_err(|error| Failure::NotUnderstood {
            program: "crashcap".to_owned(),
            line: line.text.clone(),
            why: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, on_stderr: bool) -> Line {
        Line {
            at_ns: 0,
            on_stderr,
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_counts_of_a_status_are_summed_over_its_sources() {
        let text = r#"{"event":"status","phase":"recording","held":9,"sources":[
            {"name":"v1","counters":{"packets":10,"wire_bytes":640,"kernel_drops":2,"interface_drops":5,"ring_drops":1,"received":12}},
            {"name":"v2","counters":{"packets":5,"kernel_drops":null,"ring_drops":0}}]}"#;
        let Some(Event::Status { sources }) = event(&line(text, false)).unwrap() else {
            panic!("not a status");
        };
        let expected = Counts {
            captured: 15,
            dropped: 3,
        };
        assert_eq!(sum(&sources), expected);
    }

    #[test]
    fn a_fault_is_told_or_not() {
        let told = |fault: &str| {
            let text = format!(
                r#"{{"event":"saved","took_ns":1,"bytes":2,"frozen_by":{{"by":"firing"{fault}}}}}"#
            );
            let Some(Event::Saved { frozen_by, .. }) = event(&line(&text, false)).unwrap() else {
                panic!("not saved");
            };
            frozen_by.fault.is_some()
        };
        assert!(told(r#","fault":{"wall":5}"#));
        assert!(!told(r#","fault":null"#));
        assert!(!told(""));
    }

    #[test]
    fn other_events_are_passed_over_and_broken_lines_are_not() {
        let other = r#"{"event":"target_found","at_ns":1}"#;
        assert!(matches!(
            event(&line(other, false)).unwrap(),
            Some(Event::Other)
        ));
        assert!(event(&line("warning: x", true)).unwrap().is_none());
        assert!(event(&line(r#"{"event":"frozen"}"#, false)).is_err());
    }
}
