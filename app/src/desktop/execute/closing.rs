//! Closing the window while recording asks, also when it is minimised; so does
//! stopping, where it would lose what the ring holds.

use egui::{Context, ViewportCommand};

use crate::model::{CloseAnswer, Model, Overlay, Purpose, StopAnswer};
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

/// Stops; asks first where that would lose something.
pub(super) fn stop(model: &mut Model, outside: &mut Outside) {
    if model.stop_loses().is_some() {
        model.overlay = Some(Overlay::StopQuestion);
    } else {
        super::recording::stop(model, outside);
    }
}

/// Carries out the answer to that.
pub(super) fn stop_answered(model: &mut Model, outside: &mut Outside, answer: StopAnswer) {
    model.overlay = None;
    match answer {
        StopAnswer::Cancel => {}
        StopAnswer::Save => {
            super::recording::save_and_stop(model, outside, "Stop in the window");
        }
        StopAnswer::SaveElsewhere => {
            super::files::ask(model, outside, Purpose::SaveElsewhere);
        }
        StopAnswer::Lose => super::recording::stop(model, outside),
    }
}

/// A question about a recording that has ended meanwhile is none.
pub(super) fn unask(model: &mut Model) {
    if model.overlay == Some(Overlay::StopQuestion) && model.stop_loses().is_none() {
        model.overlay = None;
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
            super::recording::save_and_stop(model, outside, "the window was closed");
            // The window closes when it is saved; what no folder takes keeps it open.
            model.leaving = true;
        }
        CloseAnswer::QuitWithoutSaving => {
            super::recording::stop(model, outside);
            model.quit_anyway = true;
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}
