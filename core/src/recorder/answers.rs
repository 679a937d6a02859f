//! What became of a command, for somebody who waits to hear it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};

use crate::units::{ByteCount, PacketCount};

/// Tells one who waits from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ticket(u64);

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A file is complete on disk.
    Saved {
        /// All its files.
        paths: Vec<PathBuf>,
        /// Packets in it.
        packets: PacketCount,
        /// Bytes of the files.
        bytes: ByteCount,
    },
    /// It was not done.
    NotDone {
        /// Why, and what to do.
        reason: String,
    },
}

/// Those who wait, shared between them and the keeper, which answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    senders: BTreeMap<Ticket, Sender<Answer>>,
    /// The recorder has ended: nobody is answered any more.
    closed: bool,
}

impl Answers {
    /// A ticket to send with a command, and where its one answer comes; the
    /// channel is closed when the recorder ends without one.
    #[must_use]
    pub fn wait(&self) -> (Ticket, Receiver<Answer>) {
        let mut waiting = self.lock();
        let ticket = Ticket(waiting.next);
        waiting.next += 1;
        let (sender, receiver) = bounded(1);
        if !waiting.closed {
            waiting.senders.insert(ticket, sender);
        }
        (ticket, receiver)
    }

    /// Whoever had this ticket does not wait any more.
    pub fn forget(&self, ticket: Ticket) {
        self.lock().senders.remove(&ticket);
    }

    pub(super) fn give(&self, ticket: Ticket, answer: Answer) {
        if let Some(sender) = self.lock().senders.remove(&ticket) {
            // There is room for the one answer; who left needs none.
            let _ = sender.try_send(answer);
        }
    }

    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.senders.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        // Each change is whole, so it is right even after a panic.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ticket_gets_its_own_answer_and_the_end_ends_all_waiting() {
        let answers = Answers::default();
        let (first, hears_first) = answers.wait();
        let (_, hears_second) = answers.wait();
        let reason = "no".to_owned();
        answers.give(first, Answer::NotDone { reason });
        assert!(matches!(hears_first.recv(), Ok(Answer::NotDone { .. })));
        answers.close();
        assert!(hears_second.recv().is_err());
        assert!(answers.wait().1.recv().is_err());
    }
}
