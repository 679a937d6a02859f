//! The thread that looks at interfaces and processes, when it is asked to.
//!
//! - It looks only when asked, and the window asks only while somebody sees the
//!   lists.
//! - It opens no device and needs no rights.

use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::capture::{self, Glance};
use crashcap_core::clock::{self, Now};
use crashcap_core::incident;
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder::{Available, look_once};
use crashcap_core::units::ByteCount;
use crashcap_core::watch::{self, ProcessDetails, TargetSpec};

use super::Wake;
use crate::model::{Rights, Seen};

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The processes too, which takes a fifth of a second.
    pub(crate) processes: bool,
    /// How many processes this matches.
    pub(crate) spec: Option<TargetSpec>,
    /// How much this folder still takes.
    pub(crate) folder: PathBuf,
    /// What the trigger of each sees; servers and programs are not asked.
    pub(crate) triggers: Vec<RawProfile>,
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Looked {
    /// When.
    pub(crate) at: Now,
    /// The interfaces, or why they could not be listed.
    pub(crate) interfaces: Result<Vec<Glance>, String>,
    /// The processes, where they were asked for.
    pub(crate) processes: Option<Result<Vec<ProcessDetails>, String>>,
    /// How many processes match what was asked for; none where they can't be told.
    pub(crate) matching: Option<(TargetSpec, usize)>,
    /// What the triggers see.
    pub(crate) seen: Vec<Seen>,
    /// What the folder still takes.
    pub(crate) room: Option<ByteCount>,
    /// Whether this user may capture.
    pub(crate) rights: Option<Rights>,
    /// Memory that may be taken.
    pub(crate) available: Available,
}

/// The thread; it ends with this value.
#[derive(Debug)]
pub(crate) struct Lists {
    asks: Sender<Ask>,
    answers: Receiver<Looked>,
    /// An answer is on its way.
    asked: bool,
}

impl Lists {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no more threads.
    pub(crate) fn start(wake: Wake) -> std::io::Result<Self> {
        let (asks, asked) = bounded::<Ask>(1);
        let (answer, answers) = bounded(1);
        std::thread::Builder::new()
            .name("lists".into())
            .spawn(move || {
                for ask in asked {
                    if answer.send(look(&ask)).is_err() {
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

    /// Asks for a look, unless one is under way; says whether it did.
    pub(crate) fn ask(&mut self, ask: Ask) -> bool {
        if self.asked {
            return false;
        }
        self.asked = self.asks.try_send(ask).is_ok();
        self.asked
    }

    /// What was seen, if something was.
    pub(crate) fn take(&mut self) -> Option<Looked> {
        let looked = self.answers.try_recv().ok()?;
        self.asked = false;
        Some(looked)
    }
}

fn look(ask: &Ask) -> Looked {
    let at = clock::now();
    let interfaces = capture::glance().map_err(|error| error.to_string());
    let processes = ask
        .processes
        .then(|| watch::details().map_err(|error| error.to_string()));
    let matching = ask.spec.clone().map(|spec| {
        // That nobody matches is an error there and an answer here.
        let found = watch::resolve(&spec).map_or(0, |found| found.len());
        (spec, found)
    });
    Looked {
        at,
        interfaces,
        processes,
        matching,
        seen: ask.triggers.iter().map(|of| seen(of, false)).collect(),
        room: room(&ask.folder),
        rights: Some(super::rights()),
        available: Available::now(),
    }
}

/// What a trigger sees; with `test` servers and programs are asked, which may take
/// minutes.
pub(super) fn seen(of: &RawProfile, test: bool) -> Seen {
    let looks = of.check().map(|profile| look_once(&profile, test));
    Seen {
        of: of.clone(),
        looks: looks.map_err(|error| error.to_string()),
    }
}

/// The room in a folder, or in the next one above it that is there.
fn room(folder: &Path) -> Option<ByteCount> {
    folder
        .ancestors()
        .find_map(|folder| incident::room(folder).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn what_is_asked_for_is_seen() {
        let (woken, wakes) = bounded(4);
        let wake: Wake = Arc::new(move || {
            let _ = woken.try_send(());
        });
        let mut lists = Lists::start(wake).unwrap();
        let first = TargetSpec::Pid(1);
        lists.ask(Ask {
            processes: true,
            spec: Some(first.clone()),
            folder: "/no/such/folder".into(),
            ..Ask::default()
        });
        wakes.recv_timeout(Duration::from_secs(20)).unwrap();
        let looked = lists.take().unwrap();
        assert!(!looked.interfaces.unwrap().is_empty());
        let processes = looked.processes.unwrap().unwrap();
        assert!(
            processes
                .iter()
                .any(|one| one.process.identity.pid == std::process::id())
        );
        assert!(looked.room.is_some());
        assert_eq!(looked.matching, Some((first, 1)));
    }
}
