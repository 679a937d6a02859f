//! Closing the window while recording asks; also when it is minimised.

use egui::{Context, ViewportCommand};

use crate::command::Command;
use crate::model::{CloseAnswer, Model, Overlay};
use crate::outside::Outside;

/// Keeps the window open where closing it needs an answer first.
pub(crate) fn closing(model: &mut Model, context: &Context) {
    let asked = context.input(|input| input.viewport().close_requested());
    if model.leaving && !model.recording.runs() {
        model.leaving = false;
        context.send_viewport_cmd(ViewportCommand::Close);
        return;
    }
    if asked && model.recording.runs() && !model.quit_anyway {
        context.send_viewport_cmd(ViewportCommand::CancelClose);
        // A question that nobody sees is none.
        context.send_viewport_cmd(ViewportCommand::Minimized(false));
        context.send_viewport_cmd(ViewportCommand::Focus);
        model.overlay = Some(Overlay::CloseQuestion);
    }
}

/// Carries out the answer.
pub(super) fn answered(
    model: &mut Model,
    outside: &mut Outside,
    answer: CloseAnswer,
    context: &Context,
) {
    model.overlay = None;
    match answer {
        CloseAnswer::Cancel => {}
        CloseAnswer::Minimise => context.send_viewport_cmd(ViewportCommand::Minimized(true)),
        CloseAnswer::SaveAndQuit => {
            super::recording::save_and_stop(model, outside);
            // The window closes when it is saved; what no folder takes keeps it open.
            model.leaving = true;
        }
        CloseAnswer::QuitWithoutSaving => {
            super::command(model, outside, Command::Stop, context);
            model.quit_anyway = true;
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}
