//! The recorder as a child of this window.
//!
//! - The child holds the rights to capture; the window never does.
//! - Nothing that the child says is lost: what the window does not take waits in
//!   the child, and there only a status replaces one that nobody saw.
//! - A child whose line is closed without a goodbye freezes, saves and ends.

mod line;
mod program;
mod spawn;

use std::io::{BufReader, ErrorKind, Read};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never};

use crashcap_core::clock::Monotonic;
use crashcap_core::link::{FromRecorder, Hearer, Speaker, StartRequest, ToRecorder};
use crashcap_core::measure::Told;

use self::line::Line;
use super::Wake;
#[cfg(target_os = "linux")]
pub(crate) use program::{HELPERS, grant_program, recorder_program};
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
    /// Nobody can be asked for the password.
    #[error("ask for an administrator's password: start pkexec: {source}; install polkit")]
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
    Ask {
        /// What the system said.
        source: std::io::Error,
    },
    /// It could not be told anything.
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
    line: Option<Line>,
    /// Held by whoever waits for its end, when it has said its last.
    child: Arc<Mutex<Child>>,
    said: Receiver<ChildSays>,
    heard_at: Monotonic,
}

impl RecorderChild {
    /// Starts a recorder and tells it to record. It is told too what a launched
    /// target was heard to say.
    ///
    /// # Errors
    /// The program is missing, or its line does not take what is said.
    pub(crate) fn start(
        request: StartRequest,
        told: Receiver<Told>,
        rights: Rights,
        wake: Wake,
        now: Monotonic,
    ) -> Result<Self, ChildError> {
        let child = Self::spawn(rights, told, wake, now)?;
        child.send(ToRecorder::Start(Box::new(request)))?;
        Ok(child)
    }

    /// Starts one without rights, to check filters.
    ///
    /// # Errors
    /// The program is missing, or its line does not take what is said.
    pub(crate) fn for_filters(wake: Wake, now: Monotonic) -> Result<Self, ChildError> {
        Self::spawn(Rights::None, never(), wake, now)
    }

    fn spawn(
        rights: Rights,
        told: Receiver<Told>,
        wake: Wake,
        now: Monotonic,
    ) -> Result<Self, ChildError> {
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
        let child = Arc::new(Mutex::new(child));
        let followed = Arc::clone(&child);
        std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || follow(&followed, output, errors, &sender, &wake))
            .map_err(line)?;
        let speaker = unless_ended(Speaker::new(input))?;
        let started = speaker.map(|speaker| Line::start(speaker, told));
        Ok(Self {
            line: started.transpose().map_err(line)?,
            child,
            said,
            heard_at: now,
        })
    }

    /// Tells the recorder something.
    ///
    /// # Errors
    /// It is gone, which [`ChildSays::Gone`] tells too.
    pub(crate) fn send(&self, what: ToRecorder) -> Result<(), ChildError> {
        let Some(line) = &self.line else {
            return Ok(());
        };
        line.say(what).map_err(|source| ChildError::Line { source })
    }

    /// What it says next, if it said something.
    pub(crate) fn hear(&mut self, now: Monotonic) -> Option<ChildSays> {
        let said = self.said.try_recv().ok()?;
        self.heard_at = now;
        Some(said)
    }

    /// Ends a recorder that hangs.
    ///
    /// # Errors
    /// A sentence: an administrator's recorder only an administrator may end.
    pub(crate) fn end(&self) -> Result<(), String> {
        let Ok(mut child) = self.child.try_lock() else {
            // It has said its last, and is ending.
            return Ok(());
        };
        let pid = child.id();
        child
            .kill()
            .map_err(|error| format!("End the recorder (pid {pid}): {error}. {}", by_hand(pid)))
    }

    /// Whether it has been silent for so long that it hangs. What a window that
    /// was slow or hidden has not yet heard is no silence.
    pub(crate) fn is_silent(&self, now: Monotonic) -> bool {
        self.said.is_empty() && now.since(self.heard_at) >= SILENCE_MAX
    }
}

/// What was written to a child. One that has ended already says why itself: how it
/// ended is heard as [`ChildSays::Gone`].
fn unless_ended<T>(written: std::io::Result<T>) -> Result<Option<T>, ChildError> {
    match written {
        Ok(written) => Ok(Some(written)),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(None),
        Err(source) => Err(ChildError::Line { source }),
    }
}

/// Hears the child until it is no more, and then how it ended.
fn follow(
    child: &Mutex<Child>,
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
    let status = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
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

/// How an administrator ends it.
fn by_hand(pid: u32) -> String {
    if cfg!(windows) {
        format!("As an administrator, run: taskkill /F /PID {pid}")
    } else {
        format!("In a terminal, run: sudo kill -9 {pid}")
    }
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
        Some(127) => "this computer did not let you ask for an administrator's password".into(),
        Some(code) => format!("exit status {code}"),
        None => "it ended".into(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};
    use std::sync::Arc;

    use super::*;

    fn shell(script: &str) -> Child {
        Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// How a child ends that a shell plays.
    fn end(script: &str) -> String {
        let mut child = shell(script);
        let (output, errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, said) = bounded(1);
        let wake: Wake = Arc::new(|| {});
        follow(&Mutex::new(child), output, errors, &sender, &wake);
        match said.try_recv() {
            Ok(ChildSays::Gone { how }) => how,
            other => panic!("{other:?}"),
        }
    }

    fn silent(child: Child, said: Receiver<ChildSays>) -> RecorderChild {
        RecorderChild {
            line: None,
            child: Arc::new(Mutex::new(child)),
            said,
            heard_at: Monotonic(0),
        }
    }

    #[test]
    fn one_that_hangs_can_be_ended() {
        let mut hangs = shell("kill -STOP $$");
        let (output, errors) = (hangs.stdout.take().unwrap(), hangs.stderr.take().unwrap());
        let (sender, said) = bounded(1);
        let child = silent(hangs, said);
        let wake: Wake = Arc::new(|| {});
        std::thread::scope(|scope| {
            scope.spawn(|| follow(&child.child, output, errors, &sender, &wake));
            child.end().unwrap();
        });
        let gone = child.said.try_recv();
        assert!(
            matches!(&gone, Ok(ChildSays::Gone { how }) if how == "signal 9"),
            "{gone:?}"
        );
    }

    #[test]
    fn a_child_that_is_gone_is_told_with_its_last_words() {
        assert_eq!(end("kill -KILL $$"), "signal 9");
        assert_eq!(
            end("echo the disk is gone >&2; exit 3"),
            "exit status 3: the disk is gone"
        );
        assert!(end("exit 126").contains("password"));
        let long = end("seq 100000 >&2; exit 1");
        assert!(long.ends_with("100000"), "{long}");
        assert!(long.len() < LAST_WORDS_MAX + 100);
    }

    #[test]
    fn what_was_not_yet_heard_is_no_silence() {
        let (sender, said) = bounded(1);
        let mut child = silent(shell("true"), said);
        let later = Monotonic(0).after(SILENCE_MAX);
        assert!(child.is_silent(later));
        let checked = FromRecorder::FilterChecked {
            id: 1,
            problem: None,
        };
        sender.send(ChildSays::Said(checked)).unwrap();
        assert!(!child.is_silent(later));
        assert!(child.hear(later).is_some());
        assert!(!child.is_silent(later));
    }
}
