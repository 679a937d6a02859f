//! What a launched target says: only who launched it hears that, so the front
//! listens, and tells the recorder as [`Command`]s.

use std::io::{self, Read, Write};

use crossbeam_channel::Sender;

use super::messages::Command;
use crate::clock;
use crate::measure::{Expression, Spoken, Told, Word, listen_to_output};
use crate::profile::Profile;
use crate::trigger::{FireWhen, Observed, THE_TARGET, TriggerSet};

/// The conditions of a profile that listen to a launched target.
#[derive(Clone, Debug)]
pub struct OutputConditions {
    of: Vec<(u16, Spoken, Expression)>,
}

impl OutputConditions {
    /// Those of a profile; their numbers are those of its triggers.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let triggers = profile.enabled_triggers();
        let set = TriggerSet::new(triggers, FireWhen::Any, THE_TARGET, clock::now());
        let of = set.conditions().filter_map(|(leaf, condition)| {
            let Observed::Listener(listener) = &condition.of else {
                return None;
            };
            let (stream, expression) = listener.output()?;
            Some((leaf.0, stream, expression.clone()))
        });
        Self { of: of.collect() }
    }

    /// Whether any listens to this stream, standard output or standard error.
    #[must_use]
    pub fn want(&self, stream: Spoken) -> bool {
        self.of.iter().any(|(_, wanted, _)| wanted.includes(stream))
    }

    /// Listens to one stream on a thread of its own until the target has closed it,
    /// and passes on what is said. A full channel holds the target up no more than
    /// a slow reader of what it says does.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn listen(
        &self,
        stream: Spoken,
        output: impl Read + Send + 'static,
        onto: impl Write + Send + 'static,
        told: &Sender<Told>,
    ) -> io::Result<()> {
        let listens = self
            .of
            .iter()
            .filter(|(_, wanted, _)| wanted.includes(stream))
            .map(|(by, _, expression)| (*by, expression.clone()))
            .collect();
        let called = match stream {
            Spoken::Out => "the target's standard output",
            Spoken::Error => "the target's standard error",
            Spoken::Both => "the target's output",
        };
        listen_to_output(output, onto, called, listens, told)
    }
}

impl Command {
    /// What the recorder is told of a word that was heard; `None` where there is
    /// nothing to tell.
    #[must_use]
    pub fn of_told(told: Told) -> Option<Self> {
        match told.word {
            Word::Happened(happening) => Some(Self::Happened {
                condition: told.by,
                sentence: happening.sentence,
            }),
            Word::Trouble { sentence, .. } | Word::Note { sentence, .. } => {
                Some(Self::Remark { sentence })
            }
            Word::Measured { .. } | Word::Recovered { .. } => None,
        }
    }
}
