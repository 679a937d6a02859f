//! The program: it takes in what happened, shows the model, and carries out
//! what was asked.

use crate::command::{Message, Messages};
use crate::model::Model;
use crate::{screens, theme};

/// The window.
pub(crate) struct Desktop {
    model: Model,
}

impl Desktop {
    /// A window that has just been opened.
    pub(crate) fn new(context: &egui::Context) -> Self {
        theme::apply(context);
        Self {
            model: Model::default(),
        }
    }

    fn carry_out(&mut self, message: Message) {
        match message {
            Message::Change(change) => self.model.apply(&change),
            Message::Do(_) => {}
        }
    }
}

impl eframe::App for Desktop {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut out = Messages::new();
        screens::show(ui, &self.model, &mut out);
        for message in out {
            self.carry_out(message);
        }
    }
}
