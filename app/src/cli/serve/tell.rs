//! What happens, told to the window until the end.

use std::io::Write;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never, select};

use crashcap_core::link::{FromRecorder, Speaker};
use crashcap_core::recorder::{Command, Event, Outcome, Recorder};

use super::notices::Notice;
use crate::cli::record::ended_without_a_word;

/// How long a recorder whose window is gone tries to find a folder that takes
/// its evidence. After that it ends: it must not live on unseen for ever.
const UNSEEN_MAX: Duration = Duration::from_secs(600);
/// What is just being tried when that is over is given up this much later.
const UNSEEN_AGAIN: Duration = Duration::from_secs(10);
/// A window that leaves closes both ends of the line: what it said last is
/// heard before an output that nobody reads means anything.
const LAST_WORD_MAX: Duration = Duration::from_secs(1);

/// Tells the window what happens. `gone` is closed when the window is gone.
pub(super) fn tell(
    recorder: &Recorder,
    about: &str,
    speaker: Speaker<impl Write>,
    mut gone: Receiver<()>,
    mut notices: Receiver<Notice>,
) -> Outcome {
    let commands = recorder.commands();
    let mut speaker = Some(speaker);
    let mut unseen_too_long: Receiver<Instant> = never();
    let mut unheard: Receiver<Instant> = never();
    loop {
        let event = select! {
            recv(recorder.events()) -> event => event,
            recv(notices) -> notice => {
                match (notice, &mut speaker) {
                    // A line that is broken is noticed with the next event.
                    (Ok(Notice { title, text }), Some(line)) => {
                        let _ = line.say(&FromRecorder::Notify { title, text });
                    }
                    (Ok(_), None) => {}
                    (Err(_), _) => notices = never(),
                }
                continue;
            }
            recv(gone) -> _ => {
                gone = never();
                unseen_too_long = after(UNSEEN_MAX);
                continue;
            }
            recv(unheard) -> _ => {
                unheard = never();
                unseen_too_long = after(UNSEEN_MAX);
                let reason = "the window does not listen any more".into();
                let _ = commands.try_send(Command::Stop { save: true, reason });
                continue;
            }
            recv(unseen_too_long) -> _ => {
                unseen_too_long = after(UNSEEN_AGAIN);
                let reason = "a recorder whose window has been gone for 10 minutes".into();
                // Where the queue is full it is tried again.
                let _ = commands.try_send(Command::Stop { save: false, reason });
                continue;
            }
        };
        let Ok(event) = event else {
            return ended_without_a_word();
        };
        let told = speaker.as_mut().map(|line| say(line, about, &event));
        if let Some(Err(_)) = told {
            speaker = None;
            unheard = after(LAST_WORD_MAX);
        }
        if let Event::Finished { outcome } = event {
            return outcome;
        }
    }
}

fn say(line: &mut Speaker<impl Write>, about: &str, event: &Event) -> std::io::Result<()> {
    if let Event::Recording { memory, .. } = event {
        line.say(&FromRecorder::Started {
            about: about.to_owned(),
            memory: *memory,
        })?;
    }
    let event = event.clone();
    line.say(&FromRecorder::Event { event })
}
