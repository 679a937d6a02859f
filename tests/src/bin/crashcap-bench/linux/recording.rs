//! `crashcap record --json` as the parts about triggers run it: for long, with re-arm, and heard
//! all the while.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use serde::Deserialize;
use tempfile::TempDir;

use super::capturer::Places;
use super::child::{Line, Program};
use super::failure::Failure;
use super::usage::{self, Usage};

const READY_LIMIT: Duration = Duration::from_secs(30);
/// How long anything that was brought about may take to be told.
pub(crate) const TOLD_LIMIT: Duration = Duration::from_secs(60);
/// How long `crashcap freeze` may take: it waits for the file.
const ASK_LIMIT: &str = "60";
/// How it tells of an incident that had to go.
const DELETED: &str = "deleted ";
/// Different notices that are remembered.
const NOTICES_MAX: usize = 32;
/// Firings whose sentences are.
const SENTENCES_MAX: usize = 40;

/// A running recorder; dropping this kills it.
pub(crate) struct Recording {
    // Before the folder, so that it is dead before its files go.
    program: Program,
    folder: TempDir,
    heard: Heard,
    began_ns: u64,
}

/// What a recorder has told so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The newest status.
    pub(crate) status: Option<Status>,
    /// Firings that froze.
    pub(crate) froze: u64,
    /// Firings that were noted only.
    pub(crate) noted: u64,
    /// What the newest firings said.
    pub(crate) sentences: VecDeque<String>,
    /// Incidents that were deleted because as many are kept as may be.
    pub(crate) deleted: u64,
    /// Other notices, each once.
    pub(crate) notices: Vec<String>,
}

/// A line of standard output, as far as the bench looks at it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    Recording {
        at_ns: u64,
    },
    Status(Box<Status>),
    TargetFound {
        process: Process,
    },
    Fired {
        sentence: String,
        freezes: bool,
    },
    Frozen {
        at_ns: u64,
    },
    Saved(Saved),
    SaveFailed {
        sentence: String,
    },
    Notice {
        sentence: String,
    },
    #[serde(other)]
    Other,
}

/// How things stand.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Status {
    /// Packets of all sources.
    pub(crate) packets: u64,
    /// Packets lost, as far as known.
    pub(crate) lost: u64,
    /// Target processes watched now.
    pub(crate) targets: Vec<u32>,
    /// Incidents on disk or once there.
    pub(crate) incidents: u64,
    #[serde(default)]
    pub(crate) conditions: Vec<Condition>,
    /// Nanoseconds on processors that looking for triggers took.
    #[serde(default)]
    pub(crate) looking_took_ns: u64,
}

/// How a condition stands.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Condition {
    pub(crate) value: Option<f64>,
    /// Whether that number counts now.
    #[serde(default)]
    pub(crate) counts: bool,
    pub(crate) times: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Process {
    identity: Identity,
}

#[derive(Clone, Debug, Deserialize)]
struct Identity {
    pid: u32,
}

/// A file that is complete.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Saved {
    pub(crate) path: PathBuf,
    pub(crate) packets: u64,
    pub(crate) lost: u64,
}

impl Recording {
    /// Starts it with these options, and waits until it records.
    pub(crate) fn start(places: &Places, options: &[&str]) -> Result<Self, Failure> {
        let folder = places.folder()?;
        let incidents = folder.path().join("incidents");
        for path in [&incidents, &folder.path().join("run")] {
            fs::create_dir(path).map_err(Failure::system("make a folder"))?;
        }
        let mut command = asking(places, &folder);
        command.args(["record", "--json", "--folder"]);
        command.arg(&incidents).args(options);
        let mut recording = Self {
            program: Program::start("crashcap", command, None)?,
            folder,
            heard: Heard::default(),
            began_ns: 0,
        };
        recording.began_ns =
            recording.wait(
                "the event \"recording\"",
                READY_LIMIT,
                |event| match event {
                    Event::Recording { at_ns } => Some(*at_ns),
                    _ => None,
                },
            )?;
        Ok(recording)
    }

    /// When it began, in nanoseconds since the epoch.
    pub(crate) fn began_ns(&self) -> u64 {
        self.began_ns
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// What it has told so far.
    pub(crate) fn heard(&self) -> &Heard {
        &self.heard
    }

    /// Where incidents go.
    pub(crate) fn incidents(&self) -> PathBuf {
        self.folder.path().join("incidents")
    }

    /// What it uses now.
    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        usage::usage(self.pid())
    }

    /// Waits for an event from which `pick` makes something; an incident that could not be
    /// saved is a failure.
    pub(crate) fn wait<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut pick: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T, Failure> {
        let heard = &mut self.heard;
        self.program.wait_for(what, limit, |line| {
            let Some(event) = event(line)? else {
                return Ok(None);
            };
            heard.take(&event)?;
            Ok(pick(&event))
        })
    }

    /// The same; `None` when it does not come in that time.
    pub(crate) fn wait_within<T>(
        &mut self,
        length: Duration,
        pick: impl FnMut(&Event) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        match self.wait("", length, pick) {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Silent { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Listens for so long.
    pub(crate) fn listen(&mut self, length: Duration) -> Result<(), Failure> {
        self.wait_within(length, |_| None::<()>).map(drop)
    }

    /// Waits until this process is found and watched.
    pub(crate) fn wait_for_target(&mut self, pid: u32) -> Result<(), Failure> {
        self.wait("the target", TOLD_LIMIT, |event| match event {
            Event::TargetFound { process } if process.identity.pid == pid => Some(()),
            _ => None,
        })
    }

    /// Waits for the next status of which this is so.
    pub(crate) fn wait_for_status(
        &mut self,
        what: &str,
        is_so: impl Fn(&Status) -> bool,
    ) -> Result<Status, Failure> {
        self.wait(what, TOLD_LIMIT, |event| match event {
            Event::Status(status) if is_so(status) => Some((**status).clone()),
            _ => None,
        })
    }

    /// Waits for the next complete file.
    pub(crate) fn wait_until_saved(&mut self) -> Result<Saved, Failure> {
        self.wait("a saved incident", TOLD_LIMIT, saved)
    }

    /// Asks for a freeze, as a user does, and waits for the file.
    pub(crate) fn freeze(&mut self, places: &Places) -> Result<Saved, Failure> {
        let mut command = Command::new("timeout");
        command.arg(ASK_LIMIT).arg(&places.crashcap);
        environment(&mut command, &self.folder);
        command.args(["freeze", "--pid", &self.pid().to_string()]);
        let output = command.output().map_err(|source| Failure::Start {
            program: places.crashcap.clone(),
            source,
        })?;
        if !output.status.success() {
            return Err(Failure::Refused {
                command: "crashcap freeze".to_owned(),
                said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        self.wait_until_saved()
    }

    /// Stops it, and gives what it told in all and its files, which are then gone.
    pub(crate) fn stop(mut self) -> Result<(Heard, usize), Failure> {
        self.program.signal(Signal::INT)?;
        let (status, rest) = self.program.finish()?;
        for line in &rest {
            if let Some(event) = event(line)? {
                self.heard.take(&event)?;
            }
        }
        self.expect_stopped(status)?;
        let files = count_files(&self.incidents())?;
        Ok((self.heard, files))
    }

    /// A stop by Ctrl-C is status 130, or 0 where incidents were saved.
    fn expect_stopped(&self, status: ExitStatus) -> Result<(), Failure> {
        match status.code() {
            Some(0 | 130) => Ok(()),
            _ => Err(Failure::Impossible(format!(
                "crashcap ended with {status}:\n{}",
                self.program.said()
            ))),
        }
    }
}

/// The saved incident of an event.
pub(crate) fn saved(event: &Event) -> Option<Saved> {
    match event {
        Event::Saved(saved) => Some(saved.clone()),
        _ => None,
    }
}

impl Heard {
    fn take(&mut self, event: &Event) -> Result<(), Failure> {
        match event {
            Event::Status(status) => self.status = Some((**status).clone()),
            Event::Fired { sentence, freezes } => {
                *(if *freezes {
                    &mut self.froze
                } else {
                    &mut self.noted
                }) += 1;
                if self.sentences.len() == SENTENCES_MAX {
                    self.sentences.pop_front();
                }
                self.sentences.push_back(sentence.clone());
            }
            Event::Notice { sentence } if sentence.starts_with(DELETED) => self.deleted += 1,
            Event::Notice { sentence }
                if self.notices.len() < NOTICES_MAX && !self.notices.contains(sentence) =>
            {
                self.notices.push(sentence.clone());
            }
            Event::SaveFailed { sentence } => {
                return Err(Failure::Impossible(format!("crashcap: {sentence}")));
            }
            _ => {}
        }
        Ok(())
    }
}

/// The program, with a place of its own for the socket by which it is asked.
fn asking(places: &Places, folder: &TempDir) -> Command {
    let mut command = Command::new(&places.crashcap);
    environment(&mut command, folder);
    command
}

fn environment(command: &mut Command, folder: &TempDir) {
    command
        .env("XDG_RUNTIME_DIR", folder.path().join("run"))
        .env("TMPDIR", folder.path())
        .current_dir(folder.path());
}

fn count_files(folder: &Path) -> Result<usize, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::system("read the incidents' folder"))?;
    Ok(entries.count())
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

    #[test]
    fn notices_are_told_once_and_firings_counted() {
        let mut heard = Heard::default();
        for text in [
            r#"{"event":"notice","at_ns":1,"sentence":"a"}"#,
            r#"{"event":"notice","at_ns":2,"sentence":"a"}"#,
            r#"{"event":"fired","at_ns":3,"trigger":"exit","sentence":"b","freezes":true}"#,
            r#"{"event":"fired","at_ns":3,"trigger":"exit","sentence":"b","freezes":false}"#,
            r#"{"event":"link","at_ns":3}"#,
        ] {
            heard.take(&serde_json::from_str(text).unwrap()).unwrap();
        }
        assert_eq!((heard.froze, heard.noted, heard.notices.len()), (1, 1, 1));
        let failed = r#"{"event":"save_failed","sentence":"no room","fallback_follows":true}"#;
        assert!(heard.take(&serde_json::from_str(failed).unwrap()).is_err());
    }
}
