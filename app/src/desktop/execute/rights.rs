//! The right to capture, for good.

use egui::Context;

use crate::command::Command;
use crate::model::{Model, Rights, Tone};
use crate::outside::Outside;

/// Asks an administrator to allow this user to capture from the next login on.
#[cfg(target_os = "linux")]
pub(super) fn allow_always(model: &mut Model, outside: &Outside) {
    if model.machine.asking {
        return;
    }
    let mut command = std::process::Command::new("pkexec");
    command.arg(crate::services::recorder::grant_program());
    command.arg("grant-rights");
    match outside.always.begin(command) {
        Ok(()) => model.machine.asking = true,
        Err(sentence) => model.tell(Tone::Danger, sentence, &[Command::AllowAlways]),
    }
}

/// Elsewhere the system has its own way, which the rights tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn allow_always(model: &mut Model, _outside: &Outside) {
    not_here(model);
}

/// Copies what an administrator types for the same.
pub(super) fn copy_grant(model: &mut Model, context: &Context) {
    #[cfg(target_os = "linux")]
    {
        let _ = model;
        context.copy_text(crate::services::grant_command());
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = context;
        not_here(model);
    }
}

#[cfg(not(target_os = "linux"))]
fn not_here(model: &mut Model) {
    let sentence = "This system has no such right to give. What it needs is told above Set up.";
    model.tell(Tone::Plain, sentence, &[Command::ShowSetUp]);
}

/// Opens the page where Npcap is.
pub(super) fn get_npcap(model: &mut Model) {
    const PAGE: &str = "https://npcap.com/#download";
    if let Err(error) = opener::open_browser(PAGE) {
        let sentence = format!("No browser opened ({error}). Npcap is at {PAGE}.");
        model.tell(Tone::Warning, sentence, &[]);
    }
}

/// Takes in what the administrator answered.
pub(super) fn take_in(model: &mut Model, outside: &Outside) {
    let Some(done) = outside.always.take() else {
        return;
    };
    model.machine.asking = false;
    model.machine.rights = crate::services::rights();
    match done {
        Ok(()) if model.machine.rights == Rights::Yes => {
            model.tell(Tone::Good, "You may capture.", &[Command::Start]);
        }
        // The panel tells what is now.
        Ok(()) => {}
        Err(sentence) => model.tell(Tone::Danger, sentence, &[Command::AllowAlways]),
    }
}
