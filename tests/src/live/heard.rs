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
pub enum Heard {
    /// Of standard output: an event.
    Event(Box<Event>),
    /// Of standard output, but no event.
    Line(String),
    /// Of standard error.
    Complaint(String),
}

/// Everything that a program says on both of its outputs.
#[derive(Debug)]
pub struct Listener {
    lines: Receiver<Heard>,
    seen: Vec<Heard>,
}

impl Listener {
    /// Reads both outputs until they are closed, each on a thread of its own.
    pub fn new(output: impl Read + Send + 'static, errors: impl Read + Send + 'static) -> Self {
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
        }
    }

    /// Waits for a line from which `pick` makes something. What was heard
    /// before is not looked at again.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Heard) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let Ok(heard) = self.lines.recv_deadline(until) else {
                panic!("{what} was not heard; but:\n{}", self.transcript());
            };
            let picked = pick(&heard);
            self.remember(heard);
            if let Some(picked) = picked {
                return picked;
            }
        }
    }

    /// Hears everything up to the end of both outputs.
    ///
    /// # Panics
    /// When there is no end.
    pub fn finish(&mut self) -> &[Heard] {
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
    pub fn seen(&self) -> &[Heard] {
        &self.seen
    }

    /// The same for people.
    pub fn transcript(&self) -> String {
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
