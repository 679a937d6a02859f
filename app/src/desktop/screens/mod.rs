//! The screens and what stands above them.

mod forms;
#[cfg(test)]
mod forms_tests;
mod incident;
mod incident_tables;
#[cfg(test)]
mod incident_tests;
mod incidents;
#[cfg(test)]
mod kept_tests;
mod overlay;
#[cfg(test)]
mod overlay_tests;
mod recording;
#[cfg(test)]
mod recording_tests;
mod set_up;
#[cfg(test)]
mod set_up_tests;
mod settings;
#[cfg(test)]
mod settings_tests;

use egui::{CentralPanel, Frame, Panel, Ui};

use crate::command::Messages;
use crate::model::{Model, Screen};
use crate::panels::{banner, status_bar, top_bar};
use crate::theme::{STATUS_BAR, TOP_BAR, tokens};

/// Everything that the window shows.
pub(crate) fn show(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let fill = Frame::new().fill(tokens(ui).window);
    let raised = Frame::new().fill(tokens(ui).panel);
    Panel::top("top")
        .exact_size(TOP_BAR)
        .frame(raised)
        .show(ui, |ui| top_bar::top_bar(ui, model, out));
    Panel::bottom("status")
        .exact_size(STATUS_BAR)
        .frame(raised)
        .show(ui, |ui| status_bar::status_bar(ui, model));
    CentralPanel::default().frame(fill).show(ui, |ui| {
        banner::banners(ui, &model.banners, out);
        match model.screen {
            Screen::SetUp => set_up::set_up(ui, model, out),
            Screen::Recording => recording::recording(ui, model, out),
            Screen::Incidents => incidents::incidents(ui, model, out),
        }
    });
    overlay::overlay(ui, model, out);
}
