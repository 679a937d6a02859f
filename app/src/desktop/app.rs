//! The program: it takes in what happened, shows the model, and carries out
//! what was asked.

use std::sync::Arc;
use std::time::Duration;

use crashcap_core::clock;
use egui::{Context, ViewportCommand};

use crate::command::{Message, Messages};
use crate::model::{Model, StateNow};
use crate::outside::Outside;
use crate::{execute, keys, screens, theme};

/// How often a recording is drawn: while the window has the focus, and else.
const REDRAW: Duration = Duration::from_millis(100);
const REDRAW_UNFOCUSED: Duration = Duration::from_millis(500);

/// The window.
pub(crate) struct Desktop {
    model: Model,
    outside: Outside,
    title: String,
    drawn: Option<clock::Now>,
}

impl Desktop {
    /// A window that has just been opened.
    pub(crate) fn new(context: &Context) -> Self {
        theme::apply(context);
        let waking = context.clone();
        let wake = Arc::new(move || waking.request_repaint());
        Self {
            model: Model::default(),
            outside: Outside::new(wake),
            title: String::new(),
            drawn: None,
        }
    }

    /// The state stands in the title, which every system shows.
    fn entitle(&mut self, context: &Context) {
        let title = StateNow::of(&self.model).title();
        if title != self.title {
            context.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for Desktop {
    /// Runs also while the window is minimised or hidden.
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        let now = clock::now();
        self.model.now = now;
        execute::take_in(&mut self.model, &mut self.outside, now);
        self.outside.check_filter(&mut self.model, now);
        if let Some(later) = self.outside.look(&mut self.model, now) {
            context.request_repaint_after(later);
        }
        self.entitle(context);
        execute::closing(&mut self.model, context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.drawn = Some(self.model.now);
        let mut out = Messages::new();
        keys::take(ui.ctx(), self.model.overlay.is_some(), &mut out);
        screens::show(ui, &self.model, &mut out);
        for message in out {
            match message {
                Message::Change(change) => {
                    execute::change(&mut self.model, &mut self.outside, &change, ui.ctx());
                }
                Message::Do(command) => {
                    execute::command(&mut self.model, &mut self.outside, command, ui.ctx());
                }
            }
        }
        if self.model.recording.runs() {
            let focused = ui.input(|input| input.focused);
            let later = if focused { REDRAW } else { REDRAW_UNFOCUSED };
            ui.ctx().request_repaint_after(later);
        }
    }
}
