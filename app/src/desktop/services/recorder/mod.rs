//! The recorder as a child of this window.
//!
//! - The child holds the rights to capture; the window never does.
//! - Nothing that the child says is lost: what the window does not take waits in
//!   the child, and there only a status replaces one that nobody saw.
//! - A child whose line is closed without a goodbye freezes, saves and ends.

mod program;
mod spawn;

use std::io::{BufReader, Read};
use std::process::{Child, ChildStdin, ExitStatus};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::clock::Monotonic;
use crashcap_core::link::{FromRecorder, Hearer, Speaker, StartRequest, ToRecorder};

use super::Wake;
#[cfg(target_os = "linux")]
pub(crate) use program::recorder_program;
pub(crate) use spawn::Rights;

/// A recorder that says nothing for this long hangs.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// What waits for the window.
const WAITING_MAX: usize = 1024;
/// Of what the child says on standard error the end is kept.
const LAST_WORDS_MAX: usize = 4096;

/// Why there is no recorder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    /// The program cannot be started.
    #[error("start the recorder {program}: {source}; install Crashcap again")]
    Start {
        /// Its path.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended before it was told anything.
    #[error("talk to the recorder: {source}")]
    Line {
        /// What the system said.
        source: std::io::Error,
    },
}

/// What the child says, or what became of it.
#[derive(Debug)]
pub(crate) enum ChildSays {
    /// It said this.
    Said(FromRecorder),
    /// It is no more; in words.
    Gone {
        /// "signal 9", "exit status 3", with its last words.
        how: String,
    },
}

/// A recorder that runs as a child. Dropping it closes its line without a
/// goodbye: it freezes, saves and ends.
#[derive(Debug)]
pub(crate) struct RecorderChild {
    speaker: Option<Speaker<ChildStdin>>,
    said: Receiver<ChildSays>,
    heard_at: Monotonic,
}

impl RecorderChild {
    /// Starts a recorder and tells it to record.
    ///
    /// # Errors
    /// The program is missing or ends at once.
    pub(crate) fn start(
        request: StartRequest,
        rights: Rights,
        wake: Wake,
        now: Monotonic,
    ) -> Result<Self, ChildError> {
        let mut child = Self::spawn(rights, wake, now)?;
        child.send(&ToRecorder::Start(Box::new(request)))?;
        Ok(child)
    }

    /// Starts one without rights, to check filters.
    ///
    /// # Errors
    /// The program is missing or ends at once.
    pub(crate) fn for_filters(wake: Wake, now: Monotonic) -> Result<Self, ChildError> {
        Self::spawn(Rights::None, wake, now)
    }

    fn spawn(rights: Rights, wake: Wake, now: Monotonic) -> Result<Self, ChildError> {
        let line = |source| ChildError::Line { source };
        let (mut child, program) = spawn::spawn(rights)?;
        let (input, output, errors) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = (input, output, errors) else {
            return Err(line(std::io::Error::other(format!(
                "{program} has no standard input or output"
            ))));
        };
        let (sender, said) = bounded(WAITING_MAX);
        std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || follow(child, output, errors, &sender, &wake))
            .map_err(line)?;
        Ok(Self {
            speaker: Some(Speaker::new(input).map_err(line)?),
            said,
            heard_at: now,
        })
    }

    /// Tells the recorder something.
    ///
    /// # Errors
    /// It is gone, which [`ChildSays::Gone`] tells too.
    pub(crate) fn send(&mut self, what: &ToRecorder) -> Result<(), ChildError> {
        let Some(speaker) = &mut self.speaker else {
            return Ok(());
        };
        speaker
            .say(what)
            .map_err(|source| ChildError::Line { source })
    }

    /// What it says next, if it said something.
    pub(crate) fn hear(&mut self, now: Monotonic) -> Option<ChildSays> {
        let said = self.said.try_recv().ok()?;
        self.heard_at = now;
        Some(said)
    }

    /// Whether it has been silent for so long that it hangs.
    pub(crate) fn is_silent(&self, now: Monotonic) -> bool {
        now.since(self.heard_at) >= SILENCE_MAX
    }
}

/// Hears the child until it is no more, and then how it ended.
fn follow(
    mut child: Child,
    output: impl Read,
    errors: impl Read + Send + 'static,
    sender: &Sender<ChildSays>,
    wake: &Wake,
) {
    let (words, last_words) = bounded(1);
    let reading = std::thread::Builder::new()
        .name("recorder's errors".into())
        .spawn(move || words.send(end_of(errors)));
    if let Ok(mut hearer) = Hearer::new(BufReader::new(output)) {
        while let Ok(Some(said)) = hearer.hear::<FromRecorder>() {
            if sender.send(ChildSays::Said(said)).is_err() {
                break;
            }
            wake();
        }
    }
    let status = child.wait();
    let words = match reading {
        Ok(_) => last_words.recv().unwrap_or_default(),
        Err(_) => String::new(),
    };
    let how = match status {
        Ok(status) => in_words(status),
        Err(error) => error.to_string(),
    };
    let how = match words.trim() {
        "" => how,
        words => format!("{how}: {words}"),
    };
    let _ = sender.send(ChildSays::Gone { how });
    wake();
}

/// Reads to the end and keeps the end of it.
fn end_of(mut stream: impl Read) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        kept.extend_from_slice(&piece[..length]);
        let surplus = kept.len().saturating_sub(LAST_WORDS_MAX);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        // What pkexec answers itself (pkexec(1)).
        Some(126) => "the administrator's password was not given".into(),
        Some(127) => "this computer does not allow you to ask for it".into(),
        Some(code) => format!("exit status {code}"),
        None => "it ended".into(),
    }
}
