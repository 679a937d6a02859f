//! Starting, stopping and following the recorder.

use crashcap_core::clock::{self, Now};
use crashcap_core::link::{FromRecorder, Refusal, StartRequest, ToRecorder};
use crashcap_core::measure::Told;
use crashcap_core::recorder::{self, Event, OutputConditions};
use crossbeam_channel::{Receiver, never};

use crate::command::Command;
use crate::launch::Launched;
use crate::model::{
    Field, FilterCheck, Model, Plan, Screen, Stage, TargetKind, Tone, Until, without_options,
};
use crate::outside::Outside;
use crate::services::launch;
use crate::services::recorder::{ChildSays, RecorderChild, Rights};

/// Starts recording, or says what is missing.
pub(super) fn start(model: &mut Model, outside: &mut Outside) {
    start_with(model, outside, Rights::Own);
}

/// Starts recording with an administrator's password.
#[cfg(target_os = "linux")]
pub(super) fn start_asking(model: &mut Model, outside: &mut Outside) {
    start_with(model, outside, Rights::Asked);
}

fn start_with(model: &mut Model, outside: &mut Outside, rights: Rights) {
    if model.recording.runs() {
        model.screen = Screen::Recording;
        let sentence = "A recording is running already. Choices take effect at the next Start.";
        model.tell(Tone::Plain, sentence, &[]);
        return;
    }
    let plan = Plan::of(&model.set_up, &model.machine);
    if let Some(first) = plan.problems.first() {
        model.screen = Screen::SetUp;
        // The bar beside Start says what is missing; the field is shown.
        model.set_up.sought = Some(first.field);
        return;
    }
    if let Err(sentence) = try_start(model, outside, rights) {
        model.screen = Screen::SetUp;
        model.recording.opening = false;
        model.tell_until(Until::Chosen, Tone::Danger, sentence, &[]);
    }
}

fn try_start(model: &mut Model, outside: &mut Outside, rights: Rights) -> Result<(), String> {
    let (launched, told) = launched(model)?;
    let pid = launched.as_ref().map(|launched| launched.pid);
    let profile = model.set_up.raw(pid).check();
    let request = StartRequest {
        profile: profile.map_err(|error| error.to_string())?.to_toml(),
        launched: pid,
        program: concat!("crashcap-desktop ", env!("CARGO_PKG_VERSION")).into(),
    };
    let now = clock::now();
    let child = RecorderChild::start(request, told, rights, outside.wake.clone(), now.monotonic)
        .map_err(|error| error.to_string())?;
    // Banners told of what was before this.
    model.banners.clear();
    model.set_up.refused = None;
    model.recording.begin(&model.set_up, now);
    model.screen = Screen::Recording;
    outside.recorder = Some(child);
    outside.launched = launched;
    outside.recent.recording_since = Some(now.wall);
    remember(model, outside);
    Ok(())
}

/// The command at its gate, where one is to be launched, and what is heard of it.
fn launched(model: &Model) -> Result<(Option<Launched>, Receiver<Told>), String> {
    if model.set_up.target != TargetKind::Launch {
        return Ok((None, never()));
    }
    // Any pid stands for that of the command, which is not known yet.
    let profile = model.set_up.raw(Some(1)).check();
    let conditions = OutputConditions::of(&profile.map_err(|error| error.to_string())?);
    let (launched, told) = launch::launch(&model.set_up.launch, &conditions)?;
    Ok((Some(launched), told))
}

/// What was used is offered again.
fn remember(model: &mut Model, outside: &mut Outside) {
    let recent = &mut outside.recent;
    recent.process.clone_from(&model.set_up.pid_name);
    let launches = model.set_up.target == TargetKind::Launch;
    recent.launch.clear();
    if launches {
        recent.launch.clone_from(&model.set_up.launch);
    }
    // Any pid stands for that of a command, which no profile has.
    let launched = launches.then_some(1);
    recent.profile = model
        .set_up
        .raw(launched)
        .check()
        .map_or_else(|_| String::new(), |profile| profile.to_toml());
    recent.used(&model.set_up.filter);
    model.set_up.recent_filters.clone_from(&recent.filters);
    if let Err(sentence) = outside.keep_recent() {
        model.tell(Tone::Warning, sentence, &[]);
    }
}

pub(super) fn stop(model: &mut Model, outside: &mut Outside) {
    let reason = "Stop in the window".into();
    let command = recorder::Command::Stop {
        save: false,
        reason,
    };
    tell(model, outside, command);
}

pub(super) fn freeze(model: &mut Model, outside: &mut Outside) {
    let by = "the window".into();
    tell(model, outside, recorder::Command::Freeze { by });
}

pub(super) fn peek(model: &mut Model, outside: &mut Outside) {
    let by = "the window".into();
    tell(model, outside, recorder::Command::Snapshot { by });
}

/// What is told while the recorder says nothing.
const SILENT: &str = "The recorder does not answer. What it holds is saved if it comes back; \
    ended now, what only its memory holds is lost.";

/// Ends a recorder that hangs.
pub(super) fn end(model: &mut Model, outside: &mut Outside) {
    match &outside.recorder {
        Some(child) if model.recording.silent => {
            if let Err(sentence) = child.end() {
                model.tell(Tone::Danger, sentence, &[]);
            }
        }
        Some(_) => model.tell(
            Tone::Plain,
            "The recorder answers. Stop ends it, and loses nothing that froze.",
            &[Command::Stop],
        ),
        None => nothing_recorded(model),
    }
}

/// Tells that the recorder says nothing, until it does again.
fn silence(model: &mut Model, outside: &Outside, now: Now) {
    let child = outside.recorder.as_ref();
    let silent = model.recording.runs()
        && !model.recording.opening
        && child.is_some_and(|child| child.is_silent(now.monotonic));
    if silent == model.recording.silent {
        return;
    }
    model.recording.silent = silent;
    if silent {
        model.tell(Tone::Danger, SILENT, &[Command::EndRecorder]);
    } else {
        model.take_back(SILENT);
    }
}

/// Freezes, saves and ends; the file says for what reason.
pub(super) fn save_and_stop(model: &mut Model, outside: &mut Outside, reason: &str) {
    let reason = reason.into();
    let command = recorder::Command::Stop { save: true, reason };
    tell(model, outside, command);
}

fn tell(model: &mut Model, outside: &mut Outside, command: recorder::Command) {
    let Some(child) = &outside.recorder else {
        nothing_recorded(model);
        return;
    };
    // That it is gone is told by what it says last.
    let _ = child.send(ToRecorder::Command { command });
}

fn nothing_recorded(model: &mut Model) {
    let sentence = "Nothing is being recorded.";
    model.tell(Tone::Plain, sentence, &[Command::ShowSetUp]);
}

/// Takes in what the recorder said since the last time.
pub(super) fn take_in(model: &mut Model, outside: &mut Outside, now: Now) {
    silence(model, outside, now);
    super::closing::unask(model);
    if let Some(why) = outside.notifier.failure() {
        let sentence = format!("this desktop shows no notifications ({why})");
        model.recording.note(&sentence, now);
    }
    while let Some(says) = outside
        .recorder
        .as_mut()
        .and_then(|child| child.hear(now.monotonic))
    {
        match says {
            ChildSays::Said(FromRecorder::Event { event }) => {
                let saved = matches!(event, Event::Saved { .. });
                let ended = matches!(event, Event::Finished { .. });
                model.recording.heard(event, now);
                announce(model, outside);
                if saved {
                    super::files::list(model, outside);
                }
                if ended {
                    // What is not saved by now is told otherwise.
                    model.settle(Until::Saved);
                    appear(model, outside);
                }
            }
            ChildSays::Said(FromRecorder::NotStarted { refusal, sentence }) => {
                model.recording.refused();
                // What was to be launched never runs.
                outside.launched = None;
                model.screen = Screen::SetUp;
                match refusal {
                    Refusal::NoRights => super::rights::missing(model, sentence),
                    other => refused(model, other, &sentence),
                }
            }
            ChildSays::Said(FromRecorder::Started { .. }) => {
                // The sources are open and the target is watched.
                if let Some(launched) = outside.launched.take() {
                    launched.let_go();
                }
            }
            ChildSays::Said(FromRecorder::Notify { title, text }) => {
                outside.notifier.notify(&title, &text, Stage::Alone);
            }
            ChildSays::Said(FromRecorder::FilterChecked { .. }) => {}
            ChildSays::Gone { how } => {
                outside.recorder = None;
                outside.launched = None;
                if model.recording.runs() {
                    gone(model, &how, now);
                }
            }
        }
    }
}

/// When a recording has ended with an incident, that appears by itself.
fn appear(model: &mut Model, outside: &Outside) {
    let mut saved = model.recording.saved.iter().rev();
    let incident = saved
        .find(|saved| !saved.snapshot)
        .map(|saved| saved.path.clone());
    if let Some(path) = incident.filter(|_| model.screen == Screen::Recording) {
        super::files::open(model, outside, &path);
    }
}

/// The recorder ended while recording went on.
fn gone(model: &mut Model, how: &str, now: Now) {
    let opening = model.recording.opening;
    // A window that was to close when all is saved stays, to tell that it is not.
    model.leaving = false;
    model.settle(Until::Saved);
    model.recording.lost(how, now);
    if opening {
        model.screen = Screen::SetUp;
    }
    if opening {
        let sentence = format!("Recording did not start: {how}.");
        let again = match model.machine.rights {
            crate::model::Rights::No(_) | crate::model::Rights::NextLogin(_) => {
                super::rights::remedies()
            }
            _ => &[Command::RecordAgain],
        };
        model.tell_until(Until::Allowed, Tone::Danger, sentence, again);
        return;
    }
    let sentence = format!(
        "The recorder stopped ({how}). Saved incidents are safe; what was only in memory is lost."
    );
    model.tell(Tone::Danger, sentence, &[Command::RecordAgain]);
}

/// What froze is told above every screen.
fn announce(model: &mut Model, outside: &Outside) {
    let Some(news) = model.recording.news() else {
        return;
    };
    if model.settings.notifications {
        outside
            .notifier
            .notify("Crashcap", &news.sentence, news.stage);
    }
    model.announce(news);
}

/// The recorder refused: that is told, and marked at the field that it is about.
fn refused(model: &mut Model, refusal: Refusal, sentence: &str) {
    let sentence = without_options(sentence);
    let field = match refusal {
        Refusal::Interface => Some(Field::Interface),
        Refusal::Filter => Some(Field::Filter),
        Refusal::Target => Some(Field::Target),
        Refusal::Memory => Some(Field::Ring),
        Refusal::Folder => Some(Field::Folder),
        _ => None,
    };
    let told = match refusal {
        Refusal::Filter => {
            format!("Recording did not start: libpcap refuses the filter: {sentence}")
        }
        _ => sentence.clone(),
    };
    if refusal == Refusal::Filter {
        model.set_up.filter_check = FilterCheck::Problem(sentence);
    } else {
        model.set_up.refused = field.map(|field| (field, sentence));
    }
    model.set_up.sought = field;
    model.tell_until(Until::Chosen, Tone::Danger, told, remedies(refusal));
}

fn remedies(refusal: Refusal) -> &'static [Command] {
    match refusal {
        Refusal::NoLibrary => &[Command::CheckAgain],
        Refusal::Folder => &[Command::ChooseFolder],
        Refusal::Interface => &[Command::AllInterfaces],
        Refusal::Filter => &[Command::EditFilter],
        _ => &[],
    }
}
