//! `crashcap serve`: the recorder of a window, as its child.
//!
//! - Standard output belongs to the frames: nothing else is ever written there.
//! - First of all, before any frame is read, a recorder that pkexec made root
//!   becomes the user who asked.
//! - When the window is gone without a goodbye, what the ring holds is frozen
//!   and saved, the file says why, and the program ends.

mod filter;
mod output;
mod refusal;

use std::io::{Read, Write, stdin};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};

use crashcap_core::link::{self, FromRecorder, Hearer, Speaker, StartRequest, ToRecorder};
use crashcap_core::profile::{Profile, RawProfile};
use crashcap_core::recorder::{Command, Event, Front, Outcome, Recorder};

use super::exit::{Exit, Failure, of_outcome};
use super::record::{Retry, about, catch_signals};
use super::text::complain;
use refusal::Refused;

/// How long a recorder whose window is gone tries to find a folder that takes
/// its evidence. After that it ends: it must not live on unseen for ever.
const UNSEEN_MAX: Duration = Duration::from_secs(600);

/// Serves one window until it ends.
pub(crate) fn run() -> Result<Exit, Failure> {
    #[cfg(target_os = "linux")]
    crashcap_core::recorder::become_asker().map_err(|error| Failure::new(Exit::NoRights, error))?;
    let broken =
        |error: std::io::Error| Failure::new(Exit::Failed, format!("talk to the window: {error}"));
    let output = output::take().map_err(broken)?;
    let mut speaker = Speaker::new(output).map_err(broken)?;
    let mut hearer = Hearer::new(stdin()).map_err(broken)?;
    while let Some(said) = hearer.hear::<ToRecorder>().map_err(broken)? {
        match said {
            ToRecorder::CheckFilter {
                id,
                filter,
                interfaces,
            } => {
                let problem = filter::problem(&filter, &interfaces);
                let answer = FromRecorder::FilterChecked { id, problem };
                speaker.say(&answer).map_err(broken)?;
            }
            ToRecorder::Start(request) => return record(&request, hearer, speaker),
            // There is no recording yet.
            ToRecorder::Command { .. } => {}
            ToRecorder::Goodbye => break,
        }
    }
    Ok(Exit::Done)
}

fn record(
    request: &StartRequest,
    hearer: Hearer<impl Read + Send + 'static>,
    mut speaker: Speaker<impl Write>,
) -> Result<Exit, Failure> {
    let started = profile(request).and_then(|profile| {
        let front = Front {
            program: request.program.clone(),
            profile_text: Some(profile.to_toml()),
            ..Front::default()
        };
        let recorder = Recorder::start(&profile, front)?;
        Ok((profile, recorder))
    });
    let (profile, recorder) = match started {
        Ok(started) => started,
        Err(Refused { refusal, sentence }) => {
            let exit = refusal::exit(refusal);
            // Whoever does not hear it sees how this program ends.
            let _ = speaker.say(&FromRecorder::NotStarted { refusal, sentence });
            return Ok(exit);
        }
    };
    if let Ok(signals) = catch_signals() {
        signals.pass_on(recorder.commands(), false);
    }
    let server = link::Server::start(recorder.commands(), recorder.latest(), about(&profile));
    if let Err(error) = &server {
        complain(&error.to_string());
    }
    let gone = listen(hearer, recorder.commands());
    let outcome = tell(&recorder, &profile, speaker, &gone);
    let (exit, sentence) = of_outcome(&outcome);
    if let Some(sentence) = sentence {
        complain(&sentence);
    }
    let _ = recorder.finish();
    Ok(exit)
}

fn profile(request: &StartRequest) -> Result<Profile, Refused> {
    let mut raw = RawProfile::from_toml(&request.profile)?;
    raw.target.launched = request.launched;
    Ok(raw.check()?)
}

/// Passes on what the window says, on a thread of its own. The receiver hears
/// when the window is gone.
fn listen(
    mut hearer: Hearer<impl Read + Send + 'static>,
    commands: Sender<Command>,
) -> Receiver<()> {
    let (leaving, gone) = bounded(1);
    // Without the thread the window is as good as gone, and the receiver says so.
    let _ = std::thread::Builder::new()
        .name("window".into())
        .spawn(move || {
            let _leaving = leaving;
            loop {
                let command = match hearer.hear::<ToRecorder>() {
                    Ok(Some(ToRecorder::Command { command })) => command,
                    Ok(Some(ToRecorder::Goodbye)) => {
                        let reason = "the window was closed".into();
                        let _ = commands.send(Command::Stop {
                            save: false,
                            reason,
                        });
                        return;
                    }
                    Ok(Some(_)) => continue,
                    Ok(None) | Err(_) => {
                        let reason = "the window ended without a word".into();
                        let _ = commands.send(Command::Stop { save: true, reason });
                        return;
                    }
                };
                if commands.send(command).is_err() {
                    return;
                }
            }
        });
    gone
}

/// Tells the window what happens until the end.
fn tell(
    recorder: &Recorder,
    profile: &Profile,
    speaker: Speaker<impl Write>,
    gone: &Receiver<()>,
) -> Outcome {
    let commands = recorder.commands();
    let mut speaker = Some(speaker);
    let mut retry = Retry::new();
    let mut gone = gone.clone();
    let mut unseen_too_long: Receiver<Instant> = never();
    loop {
        let event = select! {
            recv(recorder.events()) -> event => event,
            recv(retry.due()) -> _ => {
                let folder = profile.save.folder.clone();
                let _ = commands.send(Command::SaveTo { folder });
                retry.tried();
                continue;
            }
            recv(gone) -> _ => {
                gone = never();
                unseen_too_long = after(UNSEEN_MAX);
                continue;
            }
            recv(unseen_too_long) -> _ => {
                let reason = "the window is gone and no folder took it".into();
                let _ = commands.send(Command::Stop { save: false, reason });
                continue;
            }
        };
        let Ok(event) = event else {
            return Outcome::Failed {
                reason: "the recorder ended without a word; please report this".into(),
                saved: false,
            };
        };
        retry.heard(&event);
        let told = speaker.as_mut().map(|line| say(line, profile, &event));
        if let Some(Err(_)) = told {
            speaker = None;
            let reason = "the window does not listen any more".into();
            let _ = commands.try_send(Command::Stop { save: true, reason });
        }
        if let Event::Finished { outcome } = event {
            return outcome;
        }
    }
}

fn say(line: &mut Speaker<impl Write>, profile: &Profile, event: &Event) -> std::io::Result<()> {
    if let Event::Recording { memory, .. } = event {
        line.say(&FromRecorder::Started {
            about: about(profile),
            memory: *memory,
        })?;
    }
    let event = event.clone();
    line.say(&FromRecorder::Event { event })
}
