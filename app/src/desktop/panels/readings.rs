//! Four numbers: the ring, the rate, losses, the disk.

use egui::{Label, Rect, RichText, Ui, pos2, vec2};

use crate::model::Reading;
use crate::theme::{Face, GRID, READING, font, tokens};
use crate::widgets::{caption, card, colour_of, columns, elided};

/// Below this height a panel's number is smaller, in points.
const LOW: f32 = 100.0;
/// The number's size there.
const READING_LOW: f32 = 22.0;
/// How high the bar is that shows a share.
const SHARE: f32 = 4.0;

/// The panels, side by side.
pub(crate) fn readings_panel(ui: &mut Ui, readings: &[Reading], height: f32, gap: f32) {
    let width = (ui.available_width() - gap * 3.0) / 4.0;
    let places = columns(ui, height, gap, &[width; 4]);
    for (place, reading) in places.into_iter().zip(readings) {
        let builder = egui::UiBuilder::new().max_rect(place);
        let mut ui = ui.new_child(builder);
        card(&mut ui, "", place.size(), |ui| show(ui, reading, height));
    }
}

fn show(ui: &mut Ui, reading: &Reading, height: f32) {
    let inside = ui.max_rect();
    let (size, free) = if height < LOW {
        (READING_LOW, 0.0)
    } else {
        (READING, 2.0)
    };
    ui.spacing_mut().item_spacing.y = free;
    ui.spacing_mut().interact_size.y = 0.0;
    caption(ui, reading.name);
    let text = RichText::new(&reading.number).font(font(Face::Mono, size));
    let colour = colour_of(ui, reading.tone);
    ui.add(Label::new(text.color(colour)).truncate());
    ui.visuals_mut().override_text_color = Some(tokens(ui).muted);
    elided(ui, &reading.about);
    if let Some(share) = reading.share.filter(|_| height >= LOW) {
        bar(ui, inside, share);
    }
}

/// How much of what there is, at the bottom.
fn bar(ui: &Ui, inside: Rect, share: f32) {
    let tokens = tokens(ui);
    let whole = Rect::from_min_max(
        pos2(inside.left(), inside.bottom() - SHARE),
        inside.right_bottom(),
    );
    let held = Rect::from_min_size(whole.min, vec2(whole.width() * share, SHARE));
    ui.painter().rect_filled(whole, SHARE / 2.0, tokens.line);
    if held.width() > GRID / 2.0 {
        ui.painter().rect_filled(held, SHARE / 2.0, tokens.bytes);
    }
}
