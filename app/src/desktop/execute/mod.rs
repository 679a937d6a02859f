//! What is asked for, carried out; what happened, taken in.

mod closing;
mod recording;

use crashcap_core::clock::Now;
use egui::Context;

use crate::command::Command;
use crate::model::{Change, Model, Overlay, Screen};
use crate::outside::Outside;

pub(crate) use closing::closing;
pub(crate) use recording::take_in;

/// Carries out a command.
pub(crate) fn command(
    model: &mut Model,
    outside: &mut Outside,
    command: Command,
    context: &Context,
) {
    match command {
        Command::Start => recording::start(model, outside),
        Command::Stop => recording::stop(model, outside),
        Command::StartOrStop if model.recording.runs() => recording::stop(model, outside),
        Command::StartOrStop => recording::start(model, outside),
        Command::Freeze => recording::freeze(model, outside),
        Command::Peek => recording::peek(model, outside),
        #[cfg(target_os = "linux")]
        Command::AllowThisTime => recording::start_asking(model, outside),
        Command::CheckAgain => model.machine.rights = crate::services::rights(),
        Command::ShowSetUp => model.screen = Screen::SetUp,
        Command::ShowRecording => model.screen = Screen::Recording,
        Command::ShowIncidents => model.screen = Screen::Incidents,
        Command::CopyCommandLine => {
            context.copy_text(crate::model::command_line(&model.set_up));
        }
        Command::Palette => {
            model.overlay = Some(Overlay::Palette {
                search: String::new(),
            });
        }
        Command::Keys => model.overlay = Some(Overlay::Keys),
        Command::Settings => model.overlay = Some(Overlay::Settings),
        Command::LargerText => zoom(context, 1),
        Command::SmallerText => zoom(context, -1),
        Command::NormalText => context.set_zoom_factor(1.0),
        Command::Quit => context.send_viewport_cmd(egui::ViewportCommand::Close),
        _ => {}
    }
}

/// Applies a change, and does what the model alone cannot.
pub(crate) fn change(model: &mut Model, outside: &mut Outside, change: &Change, context: &Context) {
    model.apply(change);
    if let Change::Close(answer) = change {
        closing::answered(model, outside, *answer, context);
    }
}

/// Text in steps of a tenth, from 80 % to 200 %.
fn zoom(context: &Context, steps: i32) {
    let now = (context.zoom_factor() * 10.0).round() as i32;
    context.set_zoom_factor((now + steps).clamp(8, 20) as f32 / 10.0);
}

/// A recorder that says nothing is told of once.
pub(crate) fn silence(model: &mut Model, outside: &Outside, now: Now) {
    let silent = outside
        .recorder
        .as_ref()
        .is_some_and(|child| child.is_silent(now.monotonic));
    if silent && model.recording.runs() && !model.recording.opening {
        model.tell(
            crate::model::Tone::Danger,
            "The recorder does not answer. It goes on by itself if it can; Stop ends it.",
            &[Command::Stop],
        );
    }
}
