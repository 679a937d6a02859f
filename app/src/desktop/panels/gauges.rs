//! What triggers measure, a line each: the number, and a bar with its limit.

use egui::{Align, Rect, RichText, ScrollArea, Ui, Vec2, pos2, vec2};

use crate::model::Gauge;
use crate::theme::{BODY, Face, font, tokens};
use crate::widgets::{card, colour_of, columns, elided, within};

const LINE: f32 = 22.0;
const SHOWN: f32 = 104.0;
const BAR: f32 = 72.0;
/// How high the bar is, and how high its limit stands.
const THICK: f32 = 6.0;
const LIMIT: f32 = 14.0;

/// The panel.
pub(crate) fn gauges_panel(ui: &mut Ui, size: Vec2, gauges: &[Gauge]) {
    card(ui, "", size, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ScrollArea::vertical()
            .id_salt("gauges")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                for gauge in gauges {
                    line(ui, gauge);
                }
            });
    });
}

fn line(ui: &mut Ui, gauge: &Gauge) {
    let places = columns(ui, LINE, 8.0, &[0.0, SHOWN, BAR]);
    let whole = format!("{}: {}. {}", gauge.clause, gauge.shown, gauge.note);
    within(ui, places[0], Align::Min, |ui| {
        elided(ui, &gauge.clause).on_hover_text(&whole);
    });
    within(ui, places[1], Align::Max, |ui| {
        let text = RichText::new(&gauge.shown).font(font(Face::Mono, BODY));
        let colour = colour_of(ui, gauge.tone);
        ui.add(egui::Label::new(text.color(colour)).truncate())
            .on_hover_text(&whole);
    });
    if let Some((share, limit)) = gauge.bar {
        bar(ui, places[2], gauge, share, limit);
    }
}

/// The number, and a line where its limit is.
fn bar(ui: &Ui, place: Rect, gauge: &Gauge, share: f32, limit: f32) {
    let tokens = tokens(ui);
    let middle = place.center().y;
    let around = |from: f32, to: f32, height: f32| {
        let top = middle - height / 2.0;
        Rect::from_min_size(pos2(from, top), vec2(to - from, height))
    };
    let painter = ui.painter();
    let at = |share: f32| place.left() + place.width() * share;
    painter.rect_filled(around(place.left(), place.right(), THICK), 3.0, tokens.line);
    let fill = match gauge.tone {
        crate::model::Tone::Plain => tokens.bytes,
        tone => colour_of(ui, tone),
    };
    painter.rect_filled(around(place.left(), at(share), THICK), 3.0, fill);
    painter.rect_filled(around(at(limit), at(limit) + 2.0, LIMIT), 0.0, tokens.text);
}
