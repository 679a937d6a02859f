//! What happens while the story is played: one queue for the lines and the ends of all
//! children, one place that remembers what was seen, and waits with limits.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crashcap_tests::lab::events::{RecorderEvent, SavedIncident};
use crashcap_tests::lab::system::{self, Ending};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::children::{Ended, Running};
use super::failure::Failure;

/// More than the children say in a second; who says more waits.
const QUEUE: usize = 256;

/// Who is on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Server,
    Recorder,
    Load,
}

impl Who {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Recorder => "crashcap",
            Self::Load => "load",
        }
    }
}

/// One line of the story.
pub(super) fn say(who: Who, sentence: &str) {
    println!("{:<10}{sentence}", who.name());
}

#[derive(Debug)]
enum News {
    Line(Who, String),
    Ended(Who, std::io::Result<Ended>),
    Interrupted,
}

/// The freeze, as Crashcap told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frozen {
    pub(super) at_ns: u64,
    pub(super) after_end_ns: Option<u64>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) listening: Option<SocketAddr>,
    pub(super) recording: Option<()>,
    /// The trigger that fired first.
    pub(super) fired: Option<String>,
    pub(super) frozen: Option<Frozen>,
    pub(super) saved: Option<SavedIncident>,
    pub(super) outcome: Option<String>,
    ended: Vec<(Who, Ended)>,
}

impl Seen {
    pub(super) fn ended(&self, who: Who) -> Option<Ended> {
        let ended = self.ended.iter().find(|(ended, _)| *ended == who);
        ended.map(|(_, ended)| *ended)
    }
}

/// The children and what they told.
#[derive(Debug)]
pub(super) struct Stage {
    news: Receiver<News>,
    sender: Sender<News>,
    seen: Seen,
    running: Vec<Running>,
    recorder_log: Option<PathBuf>,
}

impl Stage {
    pub(super) fn new() -> Result<Self, Failure> {
        let (sender, news) = crossbeam_channel::bounded(QUEUE);
        let interrupted = sender.clone();
        system::on_request_to_end(move || {
            let _ = interrupted.send(News::Interrupted);
        })
        .map_err(Failure::Signals)?;
        Ok(Self {
            news,
            sender,
            seen: Seen::default(),
            running: Vec::new(),
            recorder_log: None,
        })
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Starts a child and gives its process id.
    pub(super) fn start(&mut self, who: Who, mut command: Command) -> Result<u32, Failure> {
        command.stdin(Stdio::null());
        let program = PathBuf::from(command.get_program());
        let (lines, end) = (self.sender.clone(), self.sender.clone());
        // When the demo is over nobody listens any more, and nothing is missed.
        let running = Running::start(
            command,
            move |line| {
                let _ = lines.send(News::Line(who, line));
            },
            move |ended| {
                let _ = end.send(News::Ended(who, ended));
            },
        )
        .map_err(|source| Failure::start(who.name(), program, source))?;
        let pid = running.pid();
        self.running.push(running);
        Ok(pid)
    }

    /// The same, with the child's standard error in a file that a failure quotes.
    pub(super) fn start_logged(
        &mut self,
        who: Who,
        mut command: Command,
        log: &Path,
    ) -> Result<u32, Failure> {
        let file = File::create(log).map_err(|source| Failure::Folder {
            path: log.to_owned(),
            source,
        })?;
        command.stderr(file);
        self.recorder_log = Some(log.to_owned());
        self.start(who, command)
    }

    /// Waits until `wanted` finds in what was seen what it looks for.
    pub(super) fn wait<T>(
        &mut self,
        what: &'static str,
        limit: Duration,
        wanted: impl Fn(&Seen) -> Option<T>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(found) = wanted(&self.seen) {
                return Ok(found);
            }
            if let Some(failure) = self.in_vain() {
                return Err(failure);
            }
            match self.news.recv_deadline(deadline) {
                Ok(news) => self.take(news)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Waited { what, limit });
                }
            }
        }
    }

    /// Whether somebody left too early for the story to go on.
    fn in_vain(&self) -> Option<Failure> {
        let seen = &self.seen;
        let server = seen.ended(Who::Server);
        if let Some(ended) = server.filter(|_| seen.listening.is_none() || seen.recording.is_none())
        {
            return Some(self.ended_badly(Who::Server, ended.status));
        }
        if let Some(ended) = seen.ended(Who::Recorder).filter(|_| seen.saved.is_none()) {
            return Some(self.ended_badly(Who::Recorder, ended.status));
        }
        let load = seen.ended(Who::Load).filter(|load| !load.status.success());
        load.map(|ended| self.ended_badly(Who::Load, ended.status))
    }

    /// The failure of a child that ended when it should not have, or not like this.
    pub(super) fn ended_badly(&self, who: Who, status: ExitStatus) -> Failure {
        let log = self.recorder_log.as_ref().filter(|_| who == Who::Recorder);
        let said = log.and_then(|log| fs::read_to_string(log).ok());
        Failure::EndedBadly {
            who: who.name(),
            ending: system::ending(status),
            said: said.map(|said| last_lines(&said)).unwrap_or_default(),
        }
    }

    fn take(&mut self, news: News) -> Result<(), Failure> {
        match news {
            News::Interrupted => return Err(Failure::Interrupted),
            News::Line(Who::Recorder, line) => self.recorder_said(&line)?,
            News::Line(Who::Server, line) => {
                let address = line
                    .strip_prefix("listening on ")
                    .and_then(|rest| rest.split(' ').next());
                self.seen.listening = address.and_then(|address| address.parse().ok());
            }
            News::Line(Who::Load, _) => {}
            News::Ended(who, ended) => {
                let ended = ended.map_err(Failure::Wait)?;
                if who == Who::Server {
                    say(who, &Ending::from(ended.status).to_string());
                }
                self.seen.ended.push((who, ended));
            }
        }
        Ok(())
    }

    fn recorder_said(&mut self, line: &str) -> Result<(), Failure> {
        let event = serde_json::from_str(line).map_err(|source| Failure::NotAnEvent {
            line: line.to_owned(),
            source,
        })?;
        match event {
            RecorderEvent::Recording {} => self.seen.recording = Some(()),
            RecorderEvent::Fired {
                trigger, sentence, ..
            } => {
                say(
                    Who::Recorder,
                    &format!("trigger {trigger} fired: {sentence}"),
                );
                self.seen.fired.get_or_insert(trigger);
            }
            RecorderEvent::Frozen {
                at_ns,
                after_end_ns,
            } => {
                say(Who::Recorder, "froze the ring");
                self.seen.frozen.get_or_insert(Frozen {
                    at_ns,
                    after_end_ns,
                });
            }
            RecorderEvent::Saved(saved) => {
                say(Who::Recorder, &format!("saved {}", saved.path.display()));
                self.seen.saved.get_or_insert(saved);
            }
            RecorderEvent::Finished { outcome } => {
                say(Who::Recorder, &format!("finished: {outcome}"));
                self.seen.outcome = Some(outcome);
            }
            RecorderEvent::Other => {}
        }
        Ok(())
    }
}

fn last_lines(text: &str) -> String {
    const LINES: usize = 5;
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    last.iter().map(|line| format!("\n  {line}")).collect()
}
