//! Asking so that it can be stopped.

use std::io;
use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::connect::Connector;
use super::{Answered, HealthCheck, Question};
use crate::measure::command::{
    Answer, Asked, CannotRun, CommandCondition, CommandTrouble, Facts, Program,
};

/// Somebody who asks one question again and again, one at a time.
pub(super) enum Asking {
    /// A program; one that is asked when it is to stop is ended.
    Program(CommandCondition),
    /// A server, by a thread that is left behind when it is to stop: it ends with
    /// the answer, or when the time for one is over.
    Server {
        ask: Sender<()>,
        answers: Receiver<Answered>,
    },
}

impl Asking {
    /// Begins with nothing yet.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn new(check: &HealthCheck, facts: Facts) -> io::Result<Self> {
        if let Question::Command(program) = &check.question {
            return Ok(Self::Program(of_program(check, program, facts)));
        }
        let (ask, asked) = bounded::<()>(1);
        let (tell, answers) = bounded(1);
        let check = check.clone();
        Builder::new().name("asking".to_owned()).spawn(move || {
            let mut connector = Connector::default();
            for () in asked {
                if tell.send(check.ask_server(&mut connector)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self::Server { ask, answers })
    }

    /// Asks once; `None` when it was stopped.
    ///
    /// # Errors
    /// A program that cannot be run.
    pub(super) fn ask(&self, stop: &Receiver<()>) -> Result<Option<Answered>, CannotRun> {
        match self {
            Self::Program(condition) => of_run(condition.ask_until(stop)),
            Self::Server { ask, answers } => {
                // Each answer was taken before this, so that there is room.
                let _ = ask.send(());
                Ok(select! {
                    recv(answers) -> answered => answered.ok(),
                    recv(stop) -> _ => None,
                })
            }
        }
    }
}

/// A program that is well when it exits with status 0.
pub(super) fn of_program(check: &HealthCheck, program: &Program, facts: Facts) -> CommandCondition {
    CommandCondition {
        program: program.clone(),
        every: check.every,
        timeout: check.timeout,
        answer: Answer::Success,
        facts,
    }
}

/// What a run says of its health.
///
/// # Errors
/// It cannot be run.
pub(super) fn of_run(run: Result<Asked, CommandTrouble>) -> Result<Option<Answered>, CannotRun> {
    match run {
        Ok(Asked { is_so, sentence }) => Ok(Some(Answered {
            well: is_so,
            sentence,
        })),
        Err(CommandTrouble::CannotRun(why)) => Err(why),
        Err(CommandTrouble::Stopped { .. }) => Ok(None),
        Err(hung @ CommandTrouble::TimedOut { .. }) => Ok(hung.hung().map(|sentence| Answered {
            well: false,
            sentence,
        })),
    }
}
