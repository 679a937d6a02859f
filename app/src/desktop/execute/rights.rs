//! The right to capture, for good.

use egui::Context;

use crate::command::Command;
use crate::model::{Model, Rights, Tone, Until};
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

/// What is told where Start was refused for want of rights; what to do stands in
/// the panel below it.
const MISSING: &str = "Recording did not start: the right to capture is missing.";

/// Recording was refused for want of rights. Where that is known already, the
/// panel has the one remedy; else the recorder's own words have it.
pub(super) fn missing(model: &mut Model, sentence: String) {
    look(model);
    match model.machine.rights {
        Rights::No(_) | Rights::NextLogin(_) => {
            model.tell_until(Until::Allowed, Tone::Danger, MISSING, &[]);
        }
        Rights::Yes | Rights::Unknown => {
            model.tell_until(Until::Allowed, Tone::Danger, sentence, remedies());
        }
    }
}

/// What can be done here without rights.
pub(super) fn remedies() -> &'static [Command] {
    #[cfg(target_os = "linux")]
    if crate::services::can_ask() {
        return &[Command::AllowThisTime];
    }
    &[Command::CheckAgain]
}

/// Looks again whether this user may capture.
pub(super) fn look(model: &mut Model) {
    model.machine.rights = crate::services::rights();
}

/// Takes in what the administrator answered.
pub(super) fn take_in(model: &mut Model, outside: &Outside) {
    let Some(done) = outside.always.take() else {
        return;
    };
    model.machine.asking = false;
    look(model);
    match done {
        Ok(()) if model.machine.rights == Rights::Yes => {
            model.tell(Tone::Good, "You may capture.", &[Command::Start]);
        }
        // The panel tells what is now.
        Ok(()) => {}
        Err(sentence) => {
            model.tell_until(
                Until::Allowed,
                Tone::Danger,
                sentence,
                &[Command::AllowAlways],
            );
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::model::Remedy;

    #[test]
    fn one_remedy_at_a_time_is_told() {
        let mut model = Model::default();
        model.machine.rights = Rights::No(Remedy::default());
        missing(&mut model, "open lo: not permitted; run as root".into());
        let [banner] = &model.banners[..] else {
            panic!("{:?}", model.banners);
        };
        match model.machine.rights {
            // Here it has the right, and yet it was refused: the words say why.
            Rights::Yes => assert!(banner.sentence.starts_with("open lo"), "{banner:?}"),
            _ => assert_eq!(
                (&*banner.sentence, &banner.remedies[..]),
                (MISSING, &[][..])
            ),
        }
    }
}
