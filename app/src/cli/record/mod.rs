//! `crashcap record`: the engine inside this process, driven by signals, keys
//! and others who ask, and shown as it goes.

mod keys;
mod launch;
mod retry;
mod service;
mod show;
mod signals;

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use crossbeam_channel::Sender;

use crashcap_core::action::{self, CheckContext};
use crashcap_core::link;
use crashcap_core::profile::{Profile, RawProfile};
use crashcap_core::recorder::{Command, Event, Front, Outcome, OutputConditions, Recorder};

pub(super) use self::retry::retry;
use self::service::Service;
use self::show::Show;
pub(super) use self::signals::listen as catch_signals;
use super::args::{Choices, Record};
use super::exit::{Exit, Failure, of_outcome};

/// The profile that options and file make.
pub(super) fn profile(choices: &Choices, launched: Option<u32>) -> Result<Profile, Failure> {
    let mut raw = match &choices.profile {
        Some(path) => read_profile(path)?,
        None => RawProfile::default(),
    };
    choices.lay_over(&mut raw, launched);
    raw.check()
        .map_err(|error| Failure::new(Exit::Usage, error))
}

fn read_profile(path: &Path) -> Result<RawProfile, Failure> {
    let failed = |exit, why: &dyn std::fmt::Display| {
        Failure::new(exit, format!("read the profile {}: {why}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(Exit::NotFound, &error))?;
    RawProfile::from_toml(&text).map_err(|error| failed(Exit::Usage, &error))
}

/// What the engine is told of this program.
pub(super) fn front(profile: &Profile) -> Front {
    Front {
        program: concat!("crashcap ", env!("CARGO_PKG_VERSION")).into(),
        profile_text: Some(profile.to_toml_without_secrets()),
        ..Front::default()
    }
}

/// Records until a trigger fires or somebody ends it.
pub(crate) fn run(record: &Record) -> Result<Exit, Failure> {
    if let Some(path) = &record.save_profile {
        may_write_profile(path, record.force)?;
    }
    // What can be refused without the target is refused before it is launched.
    let unlaunched = profile(&record.choices, (!record.command.is_empty()).then_some(1))?;
    let conditions = OutputConditions::of(&unlaunched);
    let launched = launch::launch(&record.command, record.json, &conditions)?;
    let pid = launched.as_ref().map(launch::AtGate::pid);
    let profile = profile(&record.choices, pid)?;
    // Signals count from here on: one that comes while the ring is being
    // prepared is heard when it is.
    let signals = signals::listen().map_err(|error| {
        Failure::new(Exit::RecordingFailed, format!("wait for signals: {error}"))
    })?;
    let front = Front {
        save_at_end: record.save_on_stop,
        ..front(&profile)
    };
    let recorder = Recorder::start(&profile, front)?;
    let mut service = Service::new(&recorder, about(&profile));
    let mut show = Show::new(record.json, service.listens());
    if let Some(path) = &record.save_profile
        && let Err(failure) = write_profile(path, &profile, record.force)
    {
        // What is recorded is worth more than the file.
        show.warn(&failure.sentence);
    }
    for warning in warnings(&profile) {
        show.warn(&warning);
    }
    show.will_say(plan(&profile, std::io::stdin().is_terminal()));
    signals.pass_on(recorder.commands(), record.save_on_stop);
    let server = link::Server::start(
        recorder.commands(),
        recorder.latest(),
        recorder.answers(),
        about(&profile),
    );
    if let Err(error) = &server {
        show.warn(&error.to_string());
    }
    let _keys = keys::listen(recorder.commands(), record.save_on_stop, record.json);
    if let Some(launched) = launched {
        // The sources are open and the target is watched.
        if let Err(error) = launched.let_go(&conditions, recorder.commands()) {
            show.warn(&format!("listen to what the target says: {error}"));
        }
    }
    retry(&recorder, profile.save.folder.clone());
    let outcome = follow(&recorder, &mut show, &mut service);
    service.ends();
    let (exit, sentence) = of_outcome(&outcome, show.saved());
    show.finish(&outcome, exit, sentence.as_deref());
    let _ = recorder.finish();
    Ok(exit)
}

/// Refuses a place for a profile before anything runs.
fn may_write_profile(path: &Path, force: bool) -> Result<(), Failure> {
    let folder = path.parent().filter(|one| !one.as_os_str().is_empty());
    if !force && path.symlink_metadata().is_ok() {
        Err(not_written(path, &ErrorKind::AlreadyExists.into()))
    } else if folder.is_some_and(|folder| !folder.is_dir()) {
        Err(not_written(path, &ErrorKind::NotFound.into()))
    } else {
        Ok(())
    }
}

/// Writes the profile; what is there is only replaced where that was asked for.
fn write_profile(path: &Path, profile: &Profile, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let file = options.create_new(!force).open(path);
    let written = file.and_then(|mut file| file.write_all(profile.to_toml().as_bytes()));
    written.map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    if error.kind() == ErrorKind::AlreadyExists {
        let sentence = format!(
            "write the profile {path}: there is such a file; --force replaces it, or name another"
        );
        Failure::new(Exit::Usage, sentence)
    } else {
        Failure::new(Exit::NotFound, format!("write the profile {path}: {error}"))
    }
}

/// What is recorded, for `crashcap status`.
pub(super) fn about(profile: &Profile) -> String {
    use crashcap_core::profile::SourceChoice;
    let mut about = match &profile.capture.sources {
        SourceChoice::All => "all interfaces".to_owned(),
        SourceChoice::Interfaces(names) => names.join(", "),
        SourceChoice::File { path, .. } => path.display().to_string(),
    };
    if let Some(namespace) = &profile.capture.namespace {
        about += &format!(" in {namespace}");
    }
    if let Some(filter) = &profile.capture.filter {
        about += &format!("; filter {filter}");
    }
    if let Some(target) = &profile.target {
        about += &format!("; watching {}", target.spec);
    }
    about
}

/// What was asked for and will not be done here.
fn warnings(profile: &Profile) -> Vec<String> {
    let context = CheckContext {
        folder: &profile.save.folder,
        format: profile.save.format,
        notifies: false,
    };
    let actions = profile.enabled_actions();
    let warnings = actions.iter();
    warnings
        .filter_map(|action| action::warning(action, &context))
        .collect()
}

/// What is recorded, where it goes, and what freezes it; `keys` where somebody
/// could press them.
fn plan(profile: &Profile, keys: bool) -> Vec<String> {
    let mut plan = vec![
        format!("records {}", about(profile)),
        format!(
            "keeps the newest {}; saves into {}",
            profile.ring.size,
            profile.save.folder.display()
        ),
    ];
    let triggers = profile.enabled_triggers();
    let called = profile.called();
    plan.extend(
        triggers
            .iter()
            .map(|trigger| format!("freezes when {}", trigger.clause(&called))),
    );
    let actions = profile.enabled_actions();
    plan.extend(actions.iter().map(|action| format!("then: {action}")));
    if triggers.is_empty() {
        plan.push("without a trigger nothing freezes by itself".into());
    }
    let [f, s, stop] = if keys {
        ["f, ", "s, ", "q or Ctrl-C"]
    } else {
        ["", "", "SIGTERM, which saves, or SIGINT"]
    };
    plan.push(format!(
        "freeze now: {f}SIGUSR1 or `crashcap freeze`; save and go on: {s}SIGUSR2 or `crashcap snapshot`; stop: {stop}"
    ));
    plan
}

/// Shows what happens until the end.
fn follow(recorder: &Recorder, show: &mut Show, service: &mut Service) -> Outcome {
    let commands = recorder.commands();
    for event in recorder.events() {
        service.event(&event);
        if let Event::Finished { outcome } = event {
            return outcome;
        }
        if !show.event(&event) {
            show.silence();
            stop(&commands, "standard output was closed");
        }
        if let Event::SaveFailed {
            fallback_follows: false,
            ..
        } = event
        {
            show.ask_for_a_place();
        }
    }
    ended_without_a_word()
}

/// What a recorder that is gone leaves to be said.
pub(super) fn ended_without_a_word() -> Outcome {
    Outcome::Failed {
        reason: "the recorder ended without a word; please report this".into(),
        saved: false,
    }
}

fn stop(commands: &Sender<Command>, reason: &str) {
    // A full queue means that somebody already asks for the same.
    let _ = commands.try_send(Command::Stop {
        save: true,
        reason: reason.into(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_target_it_says_that_nothing_freezes_by_itself() {
        let says = |raw: &RawProfile| plan(&raw.check().unwrap(), true).join("\n");
        let mut raw = RawProfile::default();
        let said = says(&raw);
        for part in [
            "records all interfaces",
            "keeps the newest 150 MB",
            "nothing freezes by itself",
            "`crashcap freeze`",
        ] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        raw.target.name = Some("router_runner".into());
        let said = says(&raw);
        assert!(!said.contains("by itself"), "{said}");
        assert!(said.contains("watching "), "{said}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn it_says_in_which_network_namespace_it_records() {
        let text = "[capture]\nnetns = 4711\nfilter = \"port 9973\"";
        let profile = RawProfile::from_toml(text).unwrap().check().unwrap();
        assert_eq!(
            about(&profile),
            "all interfaces in the network namespace of pid 4711; filter port 9973"
        );
    }

    #[test]
    fn a_profile_that_is_there_is_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "mine").unwrap();
        let profile = RawProfile::default().check().unwrap();
        for refused in [
            may_write_profile(&path, false).unwrap_err(),
            write_profile(&path, &profile, false).unwrap_err(),
        ] {
            assert!(refused.sentence.contains("--force"), "{refused:?}");
            assert_eq!(refused.exit, Exit::Usage);
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        write_profile(&path, &profile, true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), profile.to_toml());
        std::fs::remove_file(&path).unwrap();
        write_profile(&path, &profile, false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), profile.to_toml());
    }
}
