//! `crashcap record --json` as a child of a test.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crashcap_core::incident::FrozenBy;
use crashcap_core::recorder::{Event, Outcome, Status};
use crashcap_core::units::Timestamp;
use crashcap_core::watch::ExitStatus;
use rustix::process::{Pid, Signal, kill_process};
use shared_child::SharedChild;

use super::heard::{Heard, Listener};
use super::{Capture, PATIENCE};

/// A running recorder; dropping this ends it.
#[derive(Debug)]
pub struct Recording {
    child: SharedChild,
    heard: Listener,
}

/// A recorder that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its last event; `None` when it was refused.
    pub outcome: Option<Outcome>,
    /// Everything it told.
    pub events: Vec<Event>,
    /// Standard error.
    pub errors: String,
}

/// What was told of a file.
#[derive(Clone, Debug)]
pub struct SavedEvent {
    /// All files; the first is the only one unless it is classic pcap.
    pub paths: Vec<PathBuf>,
    /// Why it was frozen.
    pub frozen_by: FrozenBy,
    /// The incident in words.
    pub incident: String,
    /// Packets in all files.
    pub packets: u64,
    /// The last packet's time.
    pub last: Option<Timestamp>,
}

impl SavedEvent {
    /// Reads the first file with other programs, which must find it whole.
    pub fn check(&self) -> Capture {
        let capture = Capture::read(&self.paths[0]);
        capture.assert_whole(self.packets);
        assert!(
            capture.comment.contains(&self.incident),
            "{:?} is not in {:?}",
            self.incident,
            capture.comment
        );
        capture
    }
}

impl Recording {
    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = SharedChild::spawn(command).unwrap();
        let (output, errors) = (child.take_stdout().unwrap(), child.take_stderr().unwrap());
        Self {
            child,
            heard: Listener::new(output, errors),
        }
    }

    /// The recorder's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for an event from which `pick` makes something.
    pub fn wait<T>(&mut self, what: &str, pick: impl FnMut(&Event) -> Option<T>) -> T {
        self.heard.event(what, pick)
    }

    /// Waits for a line of standard error from which `pick` makes something.
    pub fn complaint<T>(&mut self, what: &str, pick: impl FnMut(&str) -> Option<T>) -> T {
        self.heard.complaint(what, pick)
    }

    /// Waits until packets are recorded and a target, if any, is watched.
    pub fn wait_until_recording(&mut self) {
        self.wait("recording", |event| {
            matches!(event, Event::Recording { .. }).then_some(())
        });
    }

    /// Waits until a process is found and watched.
    pub fn wait_for_target(&mut self, pid: u32) {
        self.wait(&format!("target {pid} found"), |event| match event {
            Event::TargetFound { process, .. } if process.identity.pid == pid => Some(()),
            _ => None,
        });
    }

    /// Waits for the end of a target with its status.
    pub fn wait_for_end_of(&mut self, pid: u32) -> ExitStatus {
        self.wait(&format!("end of target {pid}"), |event| match event {
            Event::TargetEnded {
                pid: ended, status, ..
            } if *ended == pid => status.clone(),
            Event::TargetStatus { pid: ended, status } if *ended == pid => Some(status.clone()),
            _ => None,
        })
    }

    /// Waits until the ring holds packets of at least this many bytes.
    pub fn wait_until_it_holds(&mut self, bytes: u64) {
        self.wait(&format!("{bytes} bytes held"), |event| match event {
            Event::Status(status) if status.held.0 >= bytes => Some(()),
            _ => None,
        });
    }

    /// Waits for a status of which `holds` is true.
    pub fn wait_for_status(&mut self, what: &str, holds: impl Fn(&Status) -> bool) {
        self.wait(what, |event| match event {
            Event::Status(status) if holds(status) => Some(()),
            _ => None,
        });
    }

    /// Waits for the next file.
    pub fn wait_until_saved(&mut self) -> SavedEvent {
        self.wait("saved", saved)
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(mut self) -> Ended {
        self.heard.finish();
        let status = self.child.wait_timeout(PATIENCE).unwrap();
        let status = status.unwrap_or_else(|| panic!("no end:\n{}", self.heard.transcript()));
        let mut ended = Ended {
            code: status.code(),
            outcome: None,
            events: Vec::new(),
            errors: String::new(),
        };
        for heard in self.heard.seen() {
            match heard {
                Heard::Event(event) => ended.events.push((**event).clone()),
                Heard::Line(line) => panic!("{line:?} is no event"),
                Heard::Complaint(line) => ended.errors += &format!("{line}\n"),
            }
        }
        ended.outcome = ended.events.last().and_then(|event| match event {
            Event::Finished { outcome } => Some(outcome.clone()),
            _ => None,
        });
        ended
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// It ended as it should after a firing.
    pub fn assert_frozen_and_saved(&self) -> &Self {
        assert_eq!(self.outcome, Some(Outcome::FrozenAndSaved), "{self:#?}");
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It ended by the user's wish, without saving.
    pub fn assert_stopped(&self) -> &Self {
        assert_eq!(self.outcome, Some(Outcome::Stopped), "{self:#?}");
        assert_eq!(self.code, Some(130), "{self:#?}");
        self
    }

    /// The sentences of firings.
    pub fn firings(&self) -> Vec<&str> {
        let fired = |event: &'_ Event| matches!(event, Event::Fired { .. });
        self.events
            .iter()
            .filter(|event| fired(event))
            .map(|event| match event {
                Event::Fired { sentence, .. } => sentence.as_str(),
                _ => "",
            })
            .collect()
    }

    /// The files that were saved.
    pub fn saved(&self) -> Vec<SavedEvent> {
        self.events.iter().filter_map(saved).collect()
    }
}

fn saved(event: &Event) -> Option<SavedEvent> {
    match event {
        Event::Saved {
            paths,
            frozen_by,
            incident,
            packets,
            last_ns,
            ..
        } => Some(SavedEvent {
            paths: paths.clone(),
            frozen_by: frozen_by.clone(),
            incident: incident.clone(),
            packets: packets.0,
            last: *last_ns,
        }),
        _ => None,
    }
}
