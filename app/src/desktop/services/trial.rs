//! The thread that tests triggers: servers and programs are asked, and one may
//! take minutes. Nothing else waits for it.

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::profile::RawProfile;

use super::Wake;
use super::lists::seen;
use crate::model::Seen;

/// The thread; it ends with this value, after what it looks at.
#[derive(Debug)]
pub(crate) struct Trial {
    asks: Sender<Vec<RawProfile>>,
    answers: Receiver<Vec<Seen>>,
    asked: bool,
}

impl Trial {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no more threads.
    pub(crate) fn start(wake: Wake) -> std::io::Result<Self> {
        let (asks, asked) = bounded::<Vec<RawProfile>>(1);
        let (answer, answers) = bounded(1);
        std::thread::Builder::new()
            .name("trial".into())
            .spawn(move || {
                for ask in asked {
                    let all = ask.iter().map(|of| seen(of, true)).collect();
                    if answer.send(all).is_err() {
                        return;
                    }
                    wake();
                }
            })?;
        Ok(Self {
            asks,
            answers,
            asked: false,
        })
    }

    /// Has the trigger of each tested, unless some are being tested.
    pub(crate) fn ask(&mut self, triggers: Vec<RawProfile>) {
        if !self.asked {
            self.asked = self.asks.try_send(triggers).is_ok();
        }
    }

    /// Whether some are being tested.
    pub(crate) fn is_under_way(&self) -> bool {
        self.asked
    }

    /// What they would have said, if that is known.
    pub(crate) fn take(&mut self) -> Option<Vec<Seen>> {
        let all = self.answers.try_recv().ok()?;
        self.asked = false;
        Some(all)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::Arc;
    use std::time::Duration;

    use crate::services::{Ask, Lists};

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_program_that_takes_its_time_keeps_no_list_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let gate = folder.path().join("gate");
        let made = std::process::Command::new("mkfifo").arg(&gate).status();
        assert!(made.unwrap().success());
        let text = format!(
            "[[trigger]]\nkind = \"command\"\ncommand = [\"cat\", {:?}]\ntimeout = \"20s\"",
            gate.display().to_string()
        );
        let profile = RawProfile::from_toml(&text).unwrap();
        let (woken, wakes) = bounded(4);
        let wake: Wake = Arc::new(move || {
            let _ = woken.try_send(());
        });
        let mut trial = Trial::start(Arc::clone(&wake)).unwrap();
        trial.ask(vec![profile.clone()]);
        assert!(trial.is_under_way());
        // The other thread answers while the program waits.
        let mut lists = Lists::start(wake).unwrap();
        assert!(lists.ask(Ask {
            folder: folder.path().to_owned(),
            ..Ask::default()
        }));
        wakes.recv_timeout(LONG).unwrap();
        assert!(lists.take().is_some());
        assert!(trial.take().is_none());
        let mut gate = std::fs::OpenOptions::new().write(true).open(&gate).unwrap();
        gate.write_all(b"now").unwrap();
        drop(gate);
        wakes.recv_timeout(LONG).unwrap();
        let seen = trial.take().unwrap();
        assert_eq!(seen[0].of, profile);
        assert!(seen[0].looks.as_ref().unwrap()[0].seen.is_ok(), "{seen:?}");
        assert!(!trial.is_under_way());
    }
}
