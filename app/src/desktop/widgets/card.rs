//! Panels: a surface with a heading.

use egui::{
    Align, CornerRadius, Frame, Layout, Margin, Pos2, Rect, RichText, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, pos2, vec2,
};

use super::text::heading;
use crate::theme::{CAPTION, Face, MARGIN, RADIUS, font, tokens};

/// A card's edges above and below what it holds, in points; of one whose heading stands
/// in a row with its first control.
pub(crate) const CARD_EDGE: f32 = 12.0;
pub(crate) const ROW_CARD_EDGE: f32 = 8.0;
/// The column of such headings.
const HEADINGS: f32 = 72.0;

/// A panel of this size with a heading; what it holds may not grow it.
pub(crate) fn card<R>(
    ui: &mut Ui,
    title: &str,
    size: egui::Vec2,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    edged(ui, size, CARD_EDGE, |ui| {
        if !title.is_empty() {
            heading(ui, title);
        }
        contents(ui)
    })
}

/// A panel of this size whose heading stands in a row with its first control, or nowhere.
pub(crate) fn row_card<R>(ui: &mut Ui, size: egui::Vec2, contents: impl FnOnce(&mut Ui) -> R) -> R {
    edged(ui, size, ROW_CARD_EDGE, contents)
}

/// A heading before the first control of its row.
pub(crate) fn row_heading(ui: &mut Ui, text: &str, height: f32) {
    let (place, _) = ui.allocate_exact_size(vec2(HEADINGS, height), Sense::hover());
    within(ui, place, Align::Min, |ui| heading(ui, text));
}

/// From where controls of further rows begin: below the first one.
pub(crate) fn below_heading<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal_top(|ui| {
        ui.add_space(HEADINGS + ui.spacing().item_spacing.x);
        ui.vertical(contents).inner
    })
    .inner
}

fn edged<R>(
    ui: &mut Ui,
    size: egui::Vec2,
    above_and_below: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let colours = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let edge = Stroke::new(1.0, colours.line);
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS),
        colours.panel,
        edge,
        StrokeKind::Inside,
    );
    let inside = rect.shrink2(vec2(MARGIN, above_and_below));
    let builder = UiBuilder::new()
        .max_rect(inside)
        .layout(Layout::top_down(Align::Min));
    let mut ui = ui.new_child(builder);
    ui.shrink_clip_rect(rect);
    ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
    contents(&mut ui)
}

/// A panel of the whole width, as high as what it holds.
pub(crate) fn card_around<R>(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let colours = tokens(ui);
    let frame = Frame::new()
        .fill(colours.panel)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(MARGIN as i8 - 1, 11));
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        heading(ui, title);
        contents(ui)
    });
    shown.inner
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

/// A place of a given width within a row; 0 takes what the others leave.
pub(crate) fn columns(ui: &mut Ui, height: f32, gap: f32, widths: &[f32]) -> Vec<Rect> {
    let size = vec2(ui.available_width(), height);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    let gaps = gap * widths.len().saturating_sub(1) as f32;
    let rest = (row.width() - gaps - widths.iter().sum::<f32>()).max(0.0);
    let mut from: Pos2 = row.min;
    let place = |width: &f32| {
        let width = if *width == 0.0 { rest } else { *width };
        let place = Rect::from_min_size(from, vec2(width, height));
        from = pos2(place.right() + gap, row.top());
        place
    };
    widths.iter().map(place).collect()
}

/// Draws into a place, centred from top to bottom, clipped to it.
pub(crate) fn within<R>(
    ui: &mut Ui,
    place: Rect,
    align: Align,
    contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let layout = match align {
        Align::Max => Layout::right_to_left(Align::Center),
        _ => Layout::left_to_right(Align::Center),
    };
    let builder = UiBuilder::new().max_rect(place).layout(layout);
    let mut ui = ui.new_child(builder);
    ui.shrink_clip_rect(place.expand(2.0));
    // Nothing asks for more than the place has, and so nothing is moved.
    ui.spacing_mut().interact_size = vec2(0.0, 16.0);
    contents(&mut ui)
}
