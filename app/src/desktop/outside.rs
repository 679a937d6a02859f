//! Everything outside the window that it talks to.

use std::time::Duration;

use crashcap_core::clock::{Monotonic, Now};
use crashcap_core::link::{FromRecorder, ToRecorder};

use crate::launch::Launched;
use crate::model::{FilterCheck, InterfaceNow, Model, Overlay, Screen};
use crate::services::dialogs::Dialogs;
use crate::services::files::Work;
use crate::services::incidents::Reader;
use crate::services::recorder::{ChildSays, RecorderChild};
use crate::services::scheme::Schemes;
use crate::services::store::{Recent, Store};
use crate::services::{Always, Ask, Lists, Looked, Notifier, Trial, Wake};

/// How often interfaces are looked at while somebody sees them.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How often the incidents folder is.
const FOLDER_INTERVAL: Duration = Duration::from_secs(2);
/// Every how many looks the processes are listed: gently.
const PROCESSES_EVERY: u32 = 3;

/// The threads and children of this window.
pub(crate) struct Outside {
    /// Wakes the window.
    pub(crate) wake: Wake,
    /// The recorder of the recording that runs.
    pub(crate) recorder: Option<RecorderChild>,
    /// The target that waits until that recorder records.
    pub(crate) launched: Option<Launched>,
    /// Reads folders and files.
    pub(crate) reader: Option<Reader>,
    /// The system's dialogs.
    pub(crate) dialogs: Dialogs,
    /// Settings and recent things.
    pub(crate) store: Option<Store>,
    /// What was used before, as it is kept.
    pub(crate) recent: Recent,
    /// What takes time with files.
    pub(crate) work: Work,
    /// Asks to be allowed to capture for good.
    pub(crate) always: Always,
    /// Tells on the desktop.
    pub(crate) notifier: Notifier,
    /// Dark or light, as the desktop says.
    pub(crate) schemes: Schemes,
    lists: Option<Lists>,
    looked_at: Option<Monotonic>,
    folder_looked_at: Option<Monotonic>,
    trial: Option<Trial>,
    looks: u32,
    /// Set up was shown when it was looked last.
    on_set_up: bool,
    filters: Option<RecorderChild>,
    /// What was asked of it last, and the question's number.
    filter_asked: Option<(String, Vec<String>)>,
    questions: u64,
}

impl Outside {
    pub(crate) fn new(wake: Wake) -> Self {
        Self {
            lists: Lists::start(wake.clone()).ok(),
            trial: Trial::start(wake.clone()).ok(),
            reader: Reader::start(wake.clone()).ok(),
            dialogs: Dialogs::new(wake.clone()),
            store: Store::of_user(),
            recent: Recent::default(),
            work: Work::new(wake.clone()),
            always: Always::new(wake.clone()),
            notifier: Notifier::start(wake.clone()),
            schemes: Schemes::watch(wake.clone()),
            wake,
            recorder: None,
            launched: None,
            looked_at: None,
            folder_looked_at: None,
            looks: 0,
            on_set_up: false,
            filters: None,
            filter_asked: None,
            questions: 0,
        }
    }

    /// Writes down what was used before.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn keep_recent(&self) -> Result<(), String> {
        match &self.store {
            Some(store) => store.keep_recent(&self.recent),
            None => Ok(()),
        }
    }

    /// Looks at what the set-up screen shows, where that is due. The moment to
    /// come back, if there is one.
    pub(crate) fn look(&mut self, model: &mut Model, now: Now) -> Option<Duration> {
        self.take_tested(model);
        let lists = self.lists.as_mut()?;
        if let Some(looked) = lists.take() {
            take_in(model, looked);
        }
        let set_up = model.screen == Screen::SetUp;
        // Who ended while something else was looked at is told before anything else.
        let returned = set_up && !self.on_set_up;
        self.on_set_up = set_up;
        if returned || !set_up {
            model.machine.processes_old = true;
        }
        if model.screen == Screen::Incidents {
            return self.watch_folder(model, now);
        }
        let since = self.looked_at.map(|at| now.monotonic.since(at));
        let due = since.and_then(|since| LOOK_INTERVAL.checked_sub(since));
        if let Some(left) = due.filter(|_| !returned) {
            return Some(left);
        }
        let edited = matches!(model.overlay, Some(Overlay::Forms { .. }));
        let triggers = model.set_up.triggers.iter().filter(|_| edited);
        lists.ask(Ask {
            processes: set_up
                && (model.machine.processes_old || self.looks.is_multiple_of(PROCESSES_EVERY)),
            spec: model.set_up.spec(),
            folder: model.set_up.folder.trim().into(),
            triggers: triggers
                .filter_map(|form| model.set_up.alone(form))
                .collect(),
        });
        self.looks += 1;
        self.looked_at = Some(now.monotonic);
        Some(LOOK_INTERVAL)
    }

    /// Has triggers tested, unless some are being tested.
    pub(crate) fn test_triggers(&mut self, model: &mut Model) {
        let Some(trial) = &mut self.trial else {
            return;
        };
        model.machine.tested.clear();
        let set_up = &model.set_up;
        let triggers = set_up.triggers.iter();
        trial.ask(triggers.filter_map(|form| set_up.alone(form)).collect());
        model.machine.testing = trial.is_under_way();
    }

    fn take_tested(&mut self, model: &mut Model) {
        if let Some(trial) = &mut self.trial {
            if let Some(tested) = trial.take() {
                model.machine.tested = tested;
            }
            model.machine.testing = trial.is_under_way();
        }
    }

    /// Looks for new files while the list of incidents is shown. The moment to
    /// come back, if there is one.
    fn watch_folder(&mut self, model: &Model, now: Now) -> Option<Duration> {
        if model.incidents.open.is_some() {
            return None;
        }
        let since = self.folder_looked_at.map(|at| now.monotonic.since(at));
        if let Some(left) = since.and_then(|since| FOLDER_INTERVAL.checked_sub(since)) {
            return Some(left);
        }
        crate::execute::list_if_changed(model, self);
        self.folder_looked_at = Some(now.monotonic);
        Some(FOLDER_INTERVAL)
    }

    /// Has the filter compiled, where it was changed, and takes in the answer.
    pub(crate) fn check_filter(&mut self, model: &mut Model, now: Now) {
        let set_up = &mut model.set_up;
        let wanted = (set_up.filter.clone(), set_up.interfaces.clone());
        if wanted.0.trim().is_empty() {
            // The same text again is asked about again.
            self.filter_asked = None;
            set_up.filter_check = FilterCheck::Fine;
        } else if self.filter_asked.as_ref() != Some(&wanted) {
            set_up.filter_check = match self.ask_about(&wanted, now) {
                true => FilterCheck::Asked(self.questions),
                // It is compiled when recording starts.
                false => FilterCheck::Fine,
            };
            self.filter_asked = Some(wanted);
        }
        while let Some(said) = self
            .filters
            .as_mut()
            .and_then(|child| child.hear(now.monotonic))
        {
            match said {
                ChildSays::Said(FromRecorder::FilterChecked { id, problem }) => {
                    if set_up.filter_check == FilterCheck::Asked(id) {
                        set_up.filter_check =
                            problem.map_or(FilterCheck::Fine, FilterCheck::Problem);
                    }
                }
                ChildSays::Said(_) => {}
                ChildSays::Gone { .. } => {
                    // It is compiled again when recording starts.
                    self.filters = None;
                    set_up.filter_check = FilterCheck::Fine;
                }
            }
        }
    }

    /// False where nobody can be asked.
    fn ask_about(&mut self, (filter, interfaces): &(String, Vec<String>), now: Now) -> bool {
        if self.filters.is_none() {
            self.filters = RecorderChild::for_filters(self.wake.clone(), now.monotonic).ok();
        }
        self.questions += 1;
        let Some(child) = &mut self.filters else {
            return false;
        };
        // That it is gone is told by itself.
        let _ = child.send(ToRecorder::CheckFilter {
            id: self.questions,
            filter: filter.clone(),
            interfaces: interfaces.clone(),
        });
        true
    }
}

fn take_in(model: &mut Model, looked: Looked) {
    let machine = &mut model.machine;
    match looked.interfaces {
        Ok(list) => {
            let list = list.into_iter().map(|one| InterfaceNow {
                friendly: one.friendly_name,
                description: one.description,
                name: one.name,
                addresses: one.addresses,
                up: one.up,
                loopback: one.loopback,
                wireless: one.wireless,
                counted: one
                    .counted
                    .map(|counted| (counted.packets.0, counted.bytes.0)),
            });
            machine.glanced(list.collect(), looked.at.monotonic);
        }
        Err(sentence) => machine.interfaces_unlisted = Some(sentence),
    }
    match looked.processes {
        Some(Ok(list)) => {
            machine.processes = list;
            machine.processes_old = false;
            machine.processes_unlisted = None;
        }
        Some(Err(sentence)) => machine.processes_unlisted = Some(sentence),
        None => {}
    }
    if looked.matching.is_some() {
        machine.matching = looked.matching;
    }
    machine.seen = looked.seen;
    model.room = looked.room;
    machine.available = looked.available;
    if let Some(rights) = looked.rights {
        machine.rights = rights;
    }
}
