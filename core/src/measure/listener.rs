//! What runs on a thread of its own and tells what it sees.
//!
//! - A listener never waits for who hears it: words for which there is no room
//!   are counted, and the count is told with the next.
//! - Dropped, it stops, ends what it started, and its thread is joined.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, never};

use super::paced::used_by_this_thread;
use super::{Happening, Reading};
use crate::clock::{Monotonic, Now, now};
use crate::units::nanoseconds;

/// A word of a listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Whose: the number that it was given.
    pub by: u16,
    /// What.
    pub word: Word,
}

/// What a listener tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// Something happened.
    Happened(Happening),
    /// A number that stands until the next one, or until trouble.
    Measured {
        /// When.
        at: Now,
        /// What.
        reading: Reading,
    },
    /// It cannot look now, so that no number stands; told once for as long as
    /// it is the same.
    Trouble {
        /// When it was noticed.
        at: Now,
        /// What, why and what to do.
        sentence: String,
    },
    /// It can look again.
    Recovered {
        /// Since when.
        at: Now,
    },
    /// Something worth knowing, which changes no number.
    Note {
        /// When.
        at: Now,
        /// What.
        sentence: String,
    },
}

/// Something that listens; dropped, it ends.
#[derive(Debug)]
pub struct Listener {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Nanoseconds on processors.
    cost: Arc<AtomicU64>,
}

impl Listener {
    /// Runs `listen` on a thread; its words come as those of `by`.
    pub(super) fn start(
        name: &str,
        by: u16,
        words: Sender<Told>,
        listen: impl FnOnce(&mut Teller) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let cost = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&cost);
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            let mut teller = Teller::new(by, words, stopped);
            teller.cost = told;
            listen(&mut teller);
        })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            cost,
        })
    }

    /// The time on processors that its thread took until it rested or told something
    /// last, where the system tells that; not that of programs that it runs.
    #[must_use]
    pub fn cost(&self) -> Duration {
        Duration::from_nanos(self.cost.load(Ordering::Relaxed))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // One that panicked has told all that it could.
            let _ = thread.join();
        }
    }
}

/// A listener's voice, and its ear for being stopped.
#[derive(Debug)]
pub(super) struct Teller {
    by: u16,
    words: Sender<Told>,
    stopped: Receiver<()>,
    /// The trouble that was told last and is not over.
    trouble: Option<String>,
    unheard: u64,
    cost: Arc<AtomicU64>,
}

impl Teller {
    fn new(by: u16, words: Sender<Told>, stopped: Receiver<()>) -> Self {
        Self {
            by,
            words,
            stopped,
            trouble: None,
            unheard: 0,
            cost: Arc::default(),
        }
    }

    /// One that nobody ends.
    pub(super) fn unstoppable(by: u16, words: Sender<Told>) -> Self {
        Self::new(by, words, never())
    }

    pub(super) fn happened(&mut self, sentence: String) {
        let at = now();
        self.tell(Word::Happened(Happening { at, sentence }));
    }

    pub(super) fn measured(&mut self, value: f64, note: Option<String>) {
        // The number itself says that it looks again.
        self.trouble = None;
        let reading = Reading { value, note };
        self.tell(Word::Measured { at: now(), reading });
    }

    pub(super) fn trouble(&mut self, sentence: String) {
        if self.trouble.as_ref() == Some(&sentence) {
            return;
        }
        self.trouble = Some(sentence.clone());
        self.tell(Word::Trouble {
            at: now(),
            sentence,
        });
    }

    pub(super) fn recovered(&mut self) {
        if self.trouble.take().is_some() {
            self.tell(Word::Recovered { at: now() });
        }
    }

    pub(super) fn note(&mut self, sentence: String) {
        self.tell(Word::Note {
            at: now(),
            sentence,
        });
    }

    fn tell(&mut self, word: Word) {
        self.count_cost();
        if self.unheard > 0 {
            let sentence = format!(
                "{} words of one condition were lost, since the recorder was too busy to hear them",
                self.unheard
            );
            let note = Word::Note {
                at: now(),
                sentence,
            };
            if self.send(note) {
                self.unheard = 0;
            }
        }
        if !self.send(word) {
            self.unheard += 1;
        }
    }

    fn send(&self, word: Word) -> bool {
        let told = Told { by: self.by, word };
        !matches!(self.words.try_send(told), Err(TrySendError::Full(_)))
    }

    fn count_cost(&self) {
        if let Some(used) = used_by_this_thread() {
            self.cost.store(nanoseconds(used), Ordering::Relaxed);
        }
    }

    /// Disconnected when it is to end.
    pub(super) fn stopped(&self) -> &Receiver<()> {
        &self.stopped
    }

    /// Waits for so long, and says whether it is to end.
    pub(super) fn rests(&self, span: Duration) -> bool {
        self.count_cost();
        match self.stopped.recv_timeout(span) {
            Err(RecvTimeoutError::Timeout) => false,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        }
    }
}

/// Turns at a fixed interval, of which those are skipped that are over before
/// the one before them is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    every: Duration,
    next: Monotonic,
}

impl Turns {
    /// The first turn is now.
    pub(super) fn new(every: Duration, now: Monotonic) -> Self {
        // No turns without end at one moment.
        let every = every.max(Duration::from_millis(1));
        Self { every, next: now }
    }

    /// How long it is until the next turn.
    pub(super) fn wait(&self, now: Monotonic) -> Duration {
        self.next.since(now)
    }

    /// A turn has ended; says how many were skipped by it.
    pub(super) fn end(&mut self, now: Monotonic) -> u64 {
        let late = now.since(self.next).as_nanos() / self.every.as_nanos();
        let skipped = u64::try_from(late).unwrap_or(u64::MAX);
        let step = self.every.as_nanos().saturating_mul(late + 1);
        let step = u64::try_from(step).unwrap_or(u64::MAX);
        self.next = Monotonic(self.next.0.saturating_add(step));
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    fn at(millis: u64) -> Monotonic {
        Monotonic(millis * 1_000_000)
    }

    #[test]
    fn turns_that_are_over_are_skipped() {
        let mut turns = Turns::new(Duration::from_millis(100), at(50));
        assert_eq!(turns.wait(at(50)), Duration::ZERO);
        assert_eq!(turns.end(at(60)), 0);
        assert_eq!(turns.wait(at(60)), Duration::from_millis(90));
        assert_eq!(turns.end(at(460)), 3);
        assert_eq!(turns.wait(at(460)), Duration::from_millis(90));
        let mut never = Turns::new(Duration::MAX, at(1));
        assert_eq!(never.end(at(2)), 0);
        assert!(never.wait(at(2)) > Duration::from_secs(1 << 30));
    }

    #[test]
    fn a_dropped_listener_has_ended() {
        let (words, heard) = bounded(4);
        let listener = Listener::start("test", 7, words, |teller| {
            assert!(teller.rests(Duration::from_secs(600)));
            teller.note("ended".to_owned());
        });
        drop(listener.unwrap());
        let Told { by: 7, word } = heard.try_recv().unwrap() else {
            panic!("another's word");
        };
        assert!(matches!(word, Word::Note { sentence, .. } if sentence == "ended"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_its_thread_takes_is_told() {
        let (words, heard) = bounded(4);
        let listener = Listener::start("test", 0, words, |teller| {
            let begun = used_by_this_thread().unwrap();
            while used_by_this_thread().unwrap() - begun < Duration::from_millis(2) {}
            teller.note("busy".to_owned());
            teller.rests(Duration::from_secs(600));
        });
        heard.recv().unwrap();
        assert!(listener.unwrap().cost() >= Duration::from_millis(2));
    }

    #[test]
    fn who_does_not_hear_holds_nothing_up_and_is_told_what_was_lost() {
        let (words, heard) = bounded(2);
        let (step, steps) = bounded::<()>(0);
        let _listener = Listener::start("test", 0, words, move |teller| {
            for number in 0..10 {
                teller.happened(number.to_string());
            }
            // All ten were told at the first; the channel is emptied before the second.
            let _ = (steps.recv(), steps.recv());
            teller.happened("last".to_owned());
        });
        step.send(()).unwrap();
        let mut said: Vec<_> = heard.try_iter().map(|told| told.word).collect();
        step.send(()).unwrap();
        said.extend(heard.iter().map(|told| told.word));
        let lost: u64 = said
            .iter()
            .filter_map(|word| match word {
                Word::Note { sentence, .. } => sentence.split(' ').next()?.parse::<u64>().ok(),
                _ => None,
            })
            .sum();
        let happened = said.iter().filter(|w| matches!(w, Word::Happened(_)));
        assert_eq!(happened.count() as u64 + lost, 11, "{said:?}");
        assert!(matches!(said.last(), Some(Word::Happened(last)) if last.sentence == "last"));
    }

    #[test]
    fn the_same_trouble_is_told_once() {
        let (words, heard) = bounded(16);
        let listener = Listener::start("test", 0, words, |teller| {
            for sentence in ["a", "a", "b", "b"] {
                teller.trouble(sentence.to_owned());
            }
            teller.recovered();
            teller.recovered();
            teller.trouble("b".to_owned());
        });
        drop(listener.unwrap());
        let said: Vec<_> = heard
            .iter()
            .map(|told| match told.word {
                Word::Trouble { sentence, .. } => sentence,
                Word::Recovered { .. } => "over".to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(said, ["a", "b", "over", "b"]);
    }
}
