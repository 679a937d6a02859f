//! What is said to the recorder, by a thread of its own: one that hangs and reads
//! nothing holds nobody up.

use std::io::{self, ErrorKind};
use std::process::ChildStdin;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use crashcap_core::link::{Speaker, ToRecorder};
use crashcap_core::measure::Told;
use crashcap_core::recorder::Command;

/// What waits to be said; one that reads never lets so much wait.
const WAITING_MAX: usize = 256;

/// The way to the recorder. Dropped, it closes when all is said.
#[derive(Debug)]
pub(super) struct Line(Sender<ToRecorder>);

impl Line {
    /// Says what is given to it, and what a launched target was heard to say.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(speaker: Speaker<ChildStdin>, told: Receiver<Told>) -> io::Result<Self> {
        let (say, sayings) = bounded(WAITING_MAX);
        std::thread::Builder::new()
            .name("to the recorder".into())
            .spawn(move || speak(speaker, &sayings, told))?;
        Ok(Self(say))
    }

    /// Has one thing said.
    ///
    /// # Errors
    /// The recorder reads nothing any more.
    pub(super) fn say(&self, what: ToRecorder) -> io::Result<()> {
        self.0
            .try_send(what)
            .map_err(|_| io::Error::new(ErrorKind::WouldBlock, "it reads nothing any more"))
    }
}

/// Ends when nobody has anything to say, or the recorder is gone: how it ended is
/// told by what it says last.
fn speak(
    mut speaker: Speaker<ChildStdin>,
    sayings: &Receiver<ToRecorder>,
    mut told: Receiver<Told>,
) {
    loop {
        let saying = select! {
            recv(sayings) -> saying => match saying {
                Ok(saying) => saying,
                Err(_) => return,
            },
            recv(told) -> word => match word.map(Command::of_told) {
                Ok(Some(command)) => ToRecorder::Command { command },
                Ok(None) => continue,
                Err(_) => {
                    told = never();
                    continue;
                }
            },
        };
        if speaker.say(&saying).is_err() {
            return;
        }
    }
}
