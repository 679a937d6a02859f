//! What a running program says, line by line.

use std::io::{BufRead, BufReader, Read};
use std::thread;
use std::time::Instant;

use crashcap_core::recorder::Event;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::PATIENCE;

/// Lines that may wait to be looked at: a recorder tells a few a second.
const LINES_MAX: usize = 4096;

/// One line.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// Of standard output: an event.
    Event(Box<Event>),
    /// Of standard output, but no event.
    Line(String),
    /// Of standard error.
    Complaint(String),
}

/// Everything that a program says on both of its outputs.
#[derive(Debug)]
pub(super) struct Listener {
    lines: Receiver<Heard>,
    seen: Vec<Heard>,
    /// What was heard while something on the other output was waited for.
    left: Vec<Heard>,
}

impl Heard {
    fn is_complaint(&self) -> bool {
        matches!(self, Self::Complaint(_))
    }
}

impl Listener {
    /// Reads both outputs until they are closed, each on a thread of its own.
    pub(super) fn new(
        output: impl Read + Send + 'static,
        errors: impl Read + Send + 'static,
    ) -> Self {
        let (sender, lines) = bounded(LINES_MAX);
        listen(output, sender.clone(), |line| {
            match serde_json::from_str(&line) {
                Ok(event) => Heard::Event(Box::new(event)),
                Err(_) => Heard::Line(line),
            }
        });
        listen(errors, sender, Heard::Complaint);
        Self {
            lines,
            seen: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Waits for an event from which `pick` makes something. Events that were
    /// waited for before are not looked at again.
    ///
    /// # Panics
    /// When it does not come.
    pub(super) fn event<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        self.wait(what, Heard::is_complaint, |heard| match heard {
            Heard::Event(event) => pick(event),
            _ => None,
        })
    }

    /// The same for lines of standard error, whose order among the events
    /// nobody knows.
    ///
    /// # Panics
    /// When it does not come.
    pub(super) fn complaint<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> T {
        self.wait(
            what,
            |heard| !heard.is_complaint(),
            |heard| match heard {
                Heard::Complaint(line) => pick(line),
                _ => None,
            },
        )
    }

    /// What is for `later` is left for whoever waits for that.
    fn wait<T>(
        &mut self,
        what: &str,
        later: impl Fn(&Heard) -> bool,
        mut pick: impl FnMut(&Heard) -> Option<T>,
    ) -> T {
        let until = Instant::now() + PATIENCE;
        let mut left = std::mem::take(&mut self.left).into_iter();
        loop {
            let heard = left.next().unwrap_or_else(|| self.hear(what, until));
            if later(&heard) {
                self.left.push(heard);
            } else if let Some(picked) = pick(&heard) {
                self.left.extend(left);
                return picked;
            }
        }
    }

    fn hear(&mut self, what: &str, until: Instant) -> Heard {
        match self.lines.recv_deadline(until) {
            Ok(heard) => {
                self.remember(heard.clone());
                heard
            }
            Err(_) => panic!("{what} was not heard; but:\n{}", self.transcript()),
        }
    }

    /// Hears everything up to the end of both outputs.
    ///
    /// # Panics
    /// When there is no end.
    pub(super) fn finish(&mut self) -> &[Heard] {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_deadline(until) {
                Ok(heard) => self.remember(heard),
                Err(error) if error.is_timeout() => {
                    panic!("no end was heard; but:\n{}", self.transcript());
                }
                Err(_) => return &self.seen,
            }
        }
    }

    /// Everything heard so far.
    pub(super) fn seen(&self) -> &[Heard] {
        &self.seen
    }

    /// The same for people.
    pub(super) fn transcript(&self) -> String {
        let line = |heard: &Heard| match heard {
            Heard::Event(event) => format!("{event:?}"),
            Heard::Line(line) => line.clone(),
            Heard::Complaint(line) => format!("! {line}"),
        };
        let lines: Vec<String> = self.seen.iter().map(line).collect();
        lines.join("\n")
    }

    /// Of the many lines on how things stand the newest is enough.
    fn remember(&mut self, heard: Heard) {
        let status = |heard: &Heard| matches!(heard, Heard::Event(event) if matches!(**event, Event::Status(_)));
        if status(&heard) && self.seen.last().is_some_and(status) {
            self.seen.pop();
        }
        self.seen.push(heard);
    }
}

fn listen(
    source: impl Read + Send + 'static,
    lines: Sender<Heard>,
    heard: impl Fn(String) -> Heard + Send + 'static,
) {
    thread::spawn(move || {
        for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if lines.send(heard(line)).is_err() {
                return;
            }
        }
    });
}
