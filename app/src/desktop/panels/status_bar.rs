//! The bar at the bottom: what is lost, the disk, the rights.

use egui::{Align, Layout, RichText, Ui, vec2};

use crate::model::{Model, StatusLine};
use crate::theme::{CAPTION, Face, MARGIN, STATUS_BAR, font};
use crate::widgets::colour_of;

/// The bar.
pub(crate) fn status_bar(ui: &mut Ui, model: &Model) {
    let size = vec2(ui.available_width(), STATUS_BAR);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.add_space(MARGIN);
        ui.spacing_mut().item_spacing.x = 24.0;
        for part in StatusLine::of(model) {
            let colour = match part.tone {
                crate::model::Tone::Plain => crate::theme::tokens(ui).muted,
                tone => colour_of(ui, tone),
            };
            let text = RichText::new(&part.text).font(font(Face::Regular, CAPTION));
            ui.label(text.color(colour));
        }
    });
}
