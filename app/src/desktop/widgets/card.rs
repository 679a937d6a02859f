//! Panels: a surface with a heading.

use egui::{CornerRadius, Frame, Margin, RichText, Stroke, Ui, vec2};

use super::text::heading;
use crate::theme::{CAPTION, Face, MARGIN, RADIUS, font, tokens};

/// A panel of this size with a heading; what it holds may not grow it.
pub(crate) fn card<R>(
    ui: &mut Ui,
    title: &str,
    size: egui::Vec2,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let colours = tokens(ui);
    let inside = size - vec2(2.0 * MARGIN, 24.0);
    Frame::new()
        .fill(colours.panel)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_min_size(inside);
            ui.set_max_size(inside);
            ui.spacing_mut().item_spacing.y = 6.0;
            if !title.is_empty() {
                heading(ui, title);
            }
            contents(ui)
        })
        .inner
}

/// A caption over a value.
pub(crate) fn caption(ui: &mut Ui, text: &str) -> egui::Response {
    let colour = tokens(ui).muted;
    ui.label(
        RichText::new(text)
            .font(font(Face::Regular, CAPTION))
            .color(colour),
    )
}
