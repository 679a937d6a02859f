//! Processes that end, crash, come and come back, and one that is stopped.

use std::time::Duration;

use rustix::process::Signal;

use super::super::super::capturer::Places;
use super::super::super::child::run;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::Recording;
use super::{Case, EVERY, EVERY_WORD, LOOK, measured, now_doing, options};

/// How the servers are called: those of other benches are none.
fn name() -> String {
    format!("fire_{}", std::process::id())
}

/// How often the recorder lists processes while it waits for one, and while it has one.
const AWAITED: Duration = Duration::from_millis(250);
const HAVING: Duration = Duration::from_secs(1);
const SUSTAINED: Duration = Duration::from_millis(300);
/// Processes of another name that come and go.
const OTHERS: usize = 10;

/// All kinds about processes.
pub(super) fn cases(places: &Places) -> Vec<Box<dyn Case>> {
    let all = [
        Kind::Exit,
        Kind::Crash,
        Kind::Restart,
        Kind::Appears,
        Kind::Processes,
        Kind::Stuck,
    ];
    all.into_iter()
        .map(|kind| -> Box<dyn Case> {
            Box::new(Processes {
                kind,
                places: places.clone(),
                servers: Vec::new(),
            })
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exit,
    Crash,
    Restart,
    Appears,
    Processes,
    Stuck,
}

struct Processes {
    kind: Kind,
    places: Places,
    servers: Vec<Server>,
}

impl Processes {
    fn start(&mut self) -> Result<(), Failure> {
        let server = Server::start(&self.places, &["--threads", "2", "--name", &name()])?;
        self.servers.push(server);
        Ok(())
    }

    /// Ends the newest.
    fn end(&mut self, signal: Signal) -> Result<u64, Failure> {
        let mut server = self.newest()?;
        let (at_ns, ()) = now_doing(|| server.program.signal(signal))?;
        server.program.wait()?;
        Ok(at_ns)
    }

    fn newest(&mut self) -> Result<Server, Failure> {
        let none = || Failure::Impossible("no server runs".to_owned());
        self.servers.pop().ok_or_else(none)
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        self.servers
            .iter()
            .try_for_each(|one| one.program.signal(signal))
    }

    /// Waits until the recorder watches those that run and no others.
    fn watched(&self, recording: &mut Recording) -> Result<(), Failure> {
        let pids: Vec<u32> = self.servers.iter().map(Server::pid).collect();
        recording.wait_for_status("that it watches them", |status| {
            status.targets.len() == pids.len()
                && pids.iter().all(|pid| status.targets.contains(pid))
        })?;
        Ok(())
    }
}

impl Case for Processes {
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Exit => "exit",
            Kind::Crash => "crash",
            Kind::Restart => "restart",
            Kind::Appears => "appears",
            Kind::Processes => "processes",
            Kind::Stuck => "stuck",
        }
    }

    fn what(&self) -> &'static str {
        match self.kind {
            Kind::Exit => "SIGTERM",
            Kind::Crash => "SIGABRT",
            Kind::Restart => "started again",
            Kind::Appears => "started",
            Kind::Processes => "a second one, above 1",
            Kind::Stuck => "SIGSTOP, for 300 ms",
        }
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let trigger = match self.kind {
            Kind::Processes => format!("processes above=1 {EVERY_WORD}"),
            Kind::Stuck => format!("stuck how=stopped sustained=300ms {EVERY_WORD}"),
            _ => self.kind().to_owned(),
        };
        Ok(options(&[
            "--target",
            &name(),
            "--wait",
            "--trigger",
            &trigger,
        ]))
    }

    fn bound(&self) -> Duration {
        match self.kind {
            Kind::Exit | Kind::Crash => LOOK,
            Kind::Restart | Kind::Appears => AWAITED + LOOK,
            Kind::Processes => HAVING + EVERY + LOOK,
            Kind::Stuck => EVERY + SUSTAINED + LOOK,
        }
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        if self.servers.is_empty() && self.kind != Kind::Appears {
            self.start()?;
        }
        self.watched(recording)?;
        match self.kind {
            Kind::Processes | Kind::Stuck => measured(recording),
            _ => Ok(()),
        }
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        match self.kind {
            Kind::Crash => {
                // An orderly end is no crash.
                for _ in 0..3 {
                    self.end(Signal::TERM)?;
                    self.ready(recording)?;
                }
                Ok(())
            }
            Kind::Stuck => {
                // Shorter than its time, and not in step with the looks.
                for _ in 0..quiet.as_millis() / 250 {
                    self.signal(Signal::STOP)?;
                    recording.listen(Duration::from_millis(100))?;
                    self.signal(Signal::CONT)?;
                    recording.listen(Duration::from_millis(150))?;
                }
                Ok(())
            }
            _ => {
                for _ in 0..OTHERS {
                    run("true", &[])?;
                }
                recording.listen(quiet)
            }
        }
    }

    fn provoke(&mut self, recording: &mut Recording) -> Result<u64, Failure> {
        match self.kind {
            Kind::Exit => self.end(Signal::TERM),
            Kind::Crash => self.end(Signal::ABORT),
            Kind::Restart => {
                self.end(Signal::TERM)?;
                self.watched(recording)?;
                now_doing(|| self.start()).map(|(at_ns, ())| at_ns)
            }
            Kind::Appears | Kind::Processes => now_doing(|| self.start()).map(|(at_ns, ())| at_ns),
            Kind::Stuck => now_doing(|| self.signal(Signal::STOP)).map(|(at_ns, ())| at_ns),
        }
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        match self.kind {
            Kind::Exit | Kind::Crash | Kind::Restart => Ok(()),
            Kind::Appears | Kind::Processes => self.end(Signal::TERM).map(drop),
            Kind::Stuck => self.signal(Signal::CONT),
        }
    }
}
