//! A program that is run again and again to ask whether something is so.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, never};

use super::program::{CannotRun, Program};
use super::run::{End, Outcome, run_program_until};
use crate::clock::now;
use crate::limits;
use crate::measure::expression::{Expression, quoted};
use crate::measure::listener::{Listener, Teller, Told, Turns};
use crate::units::{Timestamp, duration_in_words};

/// What of a program's end means that it is so.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It exits with status 0.
    Success,
    /// It ends in any other way than with status 0, or does not end in its time.
    Failure,
    /// What it says matches, however it ends.
    Output(Expression),
}

/// Facts of the recording as variables of the environment; clones share them,
/// and each run has them as they are when it begins.
#[derive(Clone, Debug, Default)]
pub struct Facts(Arc<Mutex<BTreeMap<OsString, OsString>>>);

/// What is known of a recording from its start, see [`Facts::of`].
#[derive(Clone, Copy, Debug)]
pub struct KnownFacts<'a> {
    /// How the target is called, where there is one.
    pub target: Option<&'a str>,
    /// What is recorded, by name.
    pub interfaces: &'a [String],
    /// The filter.
    pub filter: Option<&'a str>,
    /// Where incidents go.
    pub folder: &'a Path,
    /// Since when it is recorded.
    pub started: Timestamp,
}

impl Facts {
    /// What is known from the start: `CRASHCAP_TARGET`, `CRASHCAP_INTERFACES` (parted
    /// by spaces), `CRASHCAP_FILTER`, `CRASHCAP_FOLDER`, `CRASHCAP_STARTED` (RFC 3339
    /// in UTC) and `CRASHCAP_PID`, this process. What is not known is not set. Who the
    /// target is changes: `CRASHCAP_TARGET_PIDS` is set as it does.
    #[must_use]
    pub fn of(known: &KnownFacts<'_>) -> Self {
        let facts = Self::default();
        // No environment can hold a zero byte.
        let text = |text: &str| text.replace('\0', "\u{fffd}");
        if let Some(target) = known.target {
            facts.set("CRASHCAP_TARGET", text(target));
        }
        facts.set("CRASHCAP_INTERFACES", text(&known.interfaces.join(" ")));
        if let Some(filter) = known.filter {
            facts.set("CRASHCAP_FILTER", text(filter));
        }
        facts.set("CRASHCAP_FOLDER", known.folder);
        facts.set("CRASHCAP_STARTED", known.started.to_jiff().to_string());
        facts.set("CRASHCAP_PID", std::process::id().to_string());
        facts
    }

    /// Sets one, such as `CRASHCAP_TARGET_PID`.
    pub fn set(&self, name: impl Into<OsString>, value: impl Into<OsString>) {
        // A map is whole after each of its operations.
        let mut facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        facts.insert(name.into(), value.into());
    }

    /// Takes one away.
    pub fn remove(&self, name: &str) {
        let mut facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        facts.remove(std::ffi::OsStr::new(name));
    }

    pub(in crate::measure) fn all(&self) -> BTreeMap<OsString, OsString> {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        facts.clone()
    }
}

/// A program that is asked every so often.
///
/// Each run that ends tells a number, 1 when it is so and else 0, and a
/// happening when it is so. Two runs never overlap: the turns that a long one
/// takes up are skipped, and told.
#[derive(Clone, Debug)]
pub struct CommandCondition {
    /// What is run.
    pub program: Program,
    /// How often.
    pub every: Duration,
    /// How long it may run.
    pub timeout: Duration,
    /// What of its end means that it is so.
    pub answer: Answer,
    /// What it is told of the recording.
    pub facts: Facts,
}

/// What one run says.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Whether it is so.
    pub is_so: bool,
    /// How it ended, as a clause: "check.sh exited with status 0 after 12 ms: "3 open"".
    pub sentence: String,
}

/// Why a run says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandTrouble {
    /// It cannot be run.
    #[error(transparent)]
    CannotRun(#[from] CannotRun),
    /// It took too long.
    #[error(
        "run {name}: it still ran after {} and was ended; give it more time, or find out what it \
         waits for",
        duration_in_words(*.timeout)
    )]
    TimedOut {
        /// Its name.
        name: String,
        /// The time that it was given.
        timeout: Duration,
    },
    /// It was told to stop.
    #[error("run {name}: it was stopped with the recording")]
    Stopped {
        /// Its name.
        name: String,
    },
}

impl CommandTrouble {
    /// How a run ended that took too long, as a clause; `None` for any other trouble.
    pub(in crate::measure) fn hung(&self) -> Option<String> {
        let Self::TimedOut { name, timeout } = self else {
            return None;
        };
        let timeout = duration_in_words(*timeout);
        Some(format!("{name} still ran after {timeout} and was ended"))
    }
}

impl CommandCondition {
    /// What is measured, in words: "whether check.sh exits with status 0".
    #[must_use]
    pub fn what(&self) -> String {
        let name = self.program.name();
        match &self.answer {
            Answer::Success => format!("whether {name} exits with status 0"),
            Answer::Failure => format!("whether {name} fails"),
            Answer::Output(expression) => {
                format!("whether {name} says {}", expression.as_str())
            }
        }
    }

    /// Asks once, to see before a recording whether it can be asked at all. One that
    /// takes too long is refused there whatever is waited for: every run would.
    ///
    /// # Errors
    /// It cannot be run, or takes too long.
    pub fn ask(&self) -> Result<Asked, CommandTrouble> {
        self.ask_until(&never())
    }

    /// The same, and is stopped by a word of `stop`, or when nobody can send one.
    pub(in crate::measure) fn ask_until(
        &self,
        stop: &Receiver<()>,
    ) -> Result<Asked, CommandTrouble> {
        let program = self.program.clone().with(self.facts.all());
        let room = limits::COMMAND_OUTPUT_MAX;
        let outcome = run_program_until(&program, self.timeout, room, stop)?;
        let name = self.program.name();
        match &outcome.end {
            End::TimedOut => Err(CommandTrouble::TimedOut {
                name,
                timeout: self.timeout,
            }),
            End::Stopped => Err(CommandTrouble::Stopped { name }),
            End::Ended(status) => Ok(Asked {
                is_so: self.is_so(&outcome),
                sentence: format!(
                    "{name} {status} after {}{}",
                    duration_in_words(outcome.took),
                    self.said(&outcome)
                ),
            }),
        }
    }

    /// A run that took too long is a failure, for whoever waits for one.
    fn hung(&self, trouble: &CommandTrouble) -> Option<Asked> {
        let sentence = trouble.hung()?;
        let is_so = true;
        (self.answer == Answer::Failure).then_some(Asked { is_so, sentence })
    }

    fn is_so(&self, outcome: &Outcome) -> bool {
        match &self.answer {
            Answer::Success => outcome.succeeded(),
            Answer::Failure => !outcome.succeeded(),
            Answer::Output(expression) => expression.is_match(outcome.output.text.as_bytes()),
        }
    }

    /// The line of its output that matters: the one that matches, or the last.
    fn said(&self, outcome: &Outcome) -> String {
        let mut lines = outcome.output.text.lines().map(str::trim);
        let line = match &self.answer {
            Answer::Output(expression) => lines.find(|line| expression.is_match(line.as_bytes())),
            Answer::Success | Answer::Failure => lines.rfind(|line| !line.is_empty()),
        };
        line.map_or_else(String::new, |line| format!(": {}", quoted(line.as_bytes())))
    }

    /// Asks on a thread of its own from now on; its words come as those of `by`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn listen(self, by: u16, words: Sender<Told>) -> io::Result<Listener> {
        Listener::start("command", by, words, move |teller| self.run(teller))
    }

    fn run(&self, teller: &mut Teller) {
        let mut turns = Turns::new(self.every, now().monotonic);
        let mut skipped = 0_u64;
        while !teller.rests(turns.wait(now().monotonic)) {
            match self.ask_until(teller.stopped()) {
                Ok(asked) => tell(teller, asked),
                Err(CommandTrouble::Stopped { .. }) => return,
                Err(trouble) => match self.hung(&trouble) {
                    Some(asked) => tell(teller, asked),
                    None => teller.trouble(trouble.to_string()),
                },
            }
            let more = turns.end(now().monotonic);
            if more > 0 {
                skipped += more;
                teller.note(format!(
                    "{} takes longer than the {} between two runs: {more} skipped, {skipped} so far",
                    self.program.name(),
                    duration_in_words(self.every)
                ));
            }
        }
    }
}

fn tell(teller: &mut Teller, asked: Asked) {
    let Asked { is_so, sentence } = asked;
    teller.measured(f64::from(u8::from(is_so)), Some(sentence.clone()));
    if is_so {
        teller.happened(sentence);
    }
}
