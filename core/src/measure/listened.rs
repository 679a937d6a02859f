//! What a user chooses to have listened to.

use std::time::Duration;

use crossbeam_channel::Sender;

use super::command::{Answer, Asked, CommandCondition, Facts, Program};
use super::{
    Alarm, Answered, Expression, HealthCheck, Listener, LogCondition, LogSource, Question, Spoken,
    Told, Unmeasured,
};

/// A program that is asked every so often.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandChoice {
    /// What is run.
    pub program: Program,
    /// How often.
    pub every: Duration,
    /// How long it may run.
    pub timeout: Duration,
    /// What of its end means that it is so.
    pub answer: Answer,
}

/// Something that a thread of its own listens to.
#[derive(Clone, Debug, PartialEq)]
pub enum ListenerChoice {
    /// Lines of a log.
    Log(LogCondition),
    /// A server.
    Health(HealthCheck),
    /// A program.
    Command(CommandChoice),
    /// The clock.
    Time(Alarm),
}

impl CommandChoice {
    /// The same with what it is told of the recording.
    #[must_use]
    pub fn with(self, facts: Facts) -> CommandCondition {
        CommandCondition {
            program: self.program,
            every: self.every,
            timeout: self.timeout,
            answer: self.answer,
            facts,
        }
    }
}

impl ListenerChoice {
    /// What is looked for in a launched target's words, which only who launched it
    /// hears.
    #[must_use]
    pub fn output(&self) -> Option<(Spoken, &Expression)> {
        match self {
            Self::Log(LogCondition {
                source: LogSource::Output(stream),
                expression,
            }) => Some((*stream, expression)),
            _ => None,
        }
    }

    /// Whether it talks over the network, and so belongs where that is. A program
    /// belongs where programs run.
    #[must_use]
    pub fn asks_a_server(&self) -> bool {
        let Self::Health(check) = self else {
            return false;
        };
        !matches!(check.question, Question::Command(_))
    }

    /// Whether it can be listened to, told before a recording. A command is run
    /// once, with these facts: only so a refusal shows.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] with the reason and what to do.
    pub fn check(&self, facts: &Facts) -> Result<(), Unmeasured> {
        match self {
            Self::Log(log) => log.source.check(),
            Self::Command(_) => self.look(facts).map(drop),
            // A server may be down now: that is what is watched for. A program that
            // cannot be run is none.
            Self::Health(check) => match &check.question {
                Question::Command(_) => self.look(facts).map(drop),
                Question::Connect { .. } | Question::Get { .. } => Ok(()),
            },
            Self::Time(_) => Ok(()),
        }
    }

    /// What is seen now, as a number and a clause; `None` for what only happens.
    /// A command is told these facts.
    ///
    /// # Errors
    /// As for [`Self::check`].
    pub fn look(&self, facts: &Facts) -> Result<Option<(f64, String)>, Unmeasured> {
        match self {
            Self::Log(log) => log.source.check().map(|()| None),
            Self::Time(_) => Ok(None),
            Self::Health(check) => {
                let answered = check.ask().map_err(|error| Unmeasured::CannotAsk {
                    sentence: error.to_string(),
                });
                let Answered { well, sentence } = answered?;
                Ok(Some((f64::from(u8::from(!well)), sentence)))
            }
            Self::Command(choice) => {
                let condition = choice.clone().with(facts.clone());
                let asked = condition.ask().map_err(|error| Unmeasured::CannotAsk {
                    sentence: error.to_string(),
                });
                let Asked { is_so, sentence } = asked?;
                Ok(Some((f64::from(u8::from(is_so)), sentence)))
            }
        }
    }

    /// Listens on a thread of its own from now on; words come as those of `by`.
    ///
    /// # Errors
    /// As for [`Self::check`], or there is no thread.
    pub fn listen(
        self,
        by: u16,
        words: Sender<Told>,
        facts: Facts,
    ) -> Result<Listener, Unmeasured> {
        let (what, listener) = match self {
            Self::Log(log) => return log.listen(by, words),
            Self::Health(check) => (check.question.to_string(), check.listen(by, words, facts)),
            Self::Command(choice) => {
                let what = choice.program.name();
                (what, choice.with(facts).listen(by, words))
            }
            Self::Time(alarm) => (alarm.to_string(), alarm.listen(by, words)),
        };
        listener.map_err(|error| Unmeasured::Refused {
            what,
            reason: error.to_string(),
            remedy: "end other programs and try again".to_owned(),
        })
    }
}
