//! `crashcap serve`: the recorder of a window, as its child.
//!
//! - Standard output belongs to the frames: nothing else is ever written there.
//! - First of all, before any frame is read, a recorder that pkexec made root
//!   becomes the user who asked.
//! - When the window is gone without a goodbye, what the ring holds is frozen
//!   and saved, the file says why, and the program ends.

mod filter;
mod notices;
mod output;
mod refusal;
mod tell;
mod window;

use std::io::{Read, Write, stdin};
use std::sync::Arc;

use crashcap_core::link::{self, FromRecorder, Hearer, Speaker, StartRequest, ToRecorder};
use crashcap_core::profile::{Profile, RawProfile};
use crashcap_core::recorder::{Front, Recorder};

use super::exit::{Exit, Failure, of_outcome};
use super::record::{about, catch_signals, retry};
use super::text::complain;
use refusal::Refused;

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
    // Signals count from here on: one that comes while the ring is being
    // prepared is heard when it is.
    let (to_window, notices) = notices::to_window();
    let started = catch_signals().map_err(Refused::from).and_then(|signals| {
        let profile = profile(request)?;
        let front = Front {
            program: request.program.clone(),
            profile_text: Some(profile.to_toml_without_secrets()),
            notifier: Some(Arc::new(to_window)),
            ..Front::default()
        };
        let recorder = Recorder::start(&profile, front)?;
        signals.pass_on(recorder.commands(), false);
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
    let server = link::Server::start(
        recorder.commands(),
        recorder.latest(),
        recorder.answers(),
        about(&profile),
    );
    if let Err(error) = &server {
        complain(&error.to_string());
    }
    retry(&recorder, profile.save.folder.clone());
    let gone = window::listen(hearer, recorder.commands(), recorder.latest());
    let outcome = tell::tell(&recorder, &about(&profile), speaker, gone, notices);
    let saved = recorder.latest().get().map_or(0, |status| status.incidents);
    let (exit, sentence) = of_outcome(&outcome, saved);
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
