//! What triggers wait for that has no lane in the timeline: what each waits for, the
//! number, and a bar with its limit.

use egui::{Align, Rect, RichText, ScrollArea, Ui, Vec2, pos2, vec2};

use crate::model::Gauge;
use crate::theme::{BODY, Face, font, tokens};
use crate::widgets::{card, colour_of, columns, elided, scrolled_by_keys, within};

/// A line, and the two of a condition with a number, in points.
const LINE: f32 = 20.0;
const GAP: f32 = 4.0;
const SHOWN: f32 = 104.0;
const OFTEN: f32 = 72.0;
/// How high the bar is, and how high its limit stands.
const THICK: f32 = 6.0;
const LIMIT: f32 = 14.0;

/// The panel.
pub(crate) fn gauges_panel(ui: &mut Ui, size: Vec2, gauges: &[Gauge]) {
    card(ui, "", size, |ui| {
        let lines: f32 = gauges.iter().map(height).sum();
        let name = format!("Triggers, {} measured", gauges.len());
        let delta = scrolled_by_keys(ui, &name, 2.0 * LINE, lines);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .id_salt("gauges")
            .min_scrolled_height(LINE)
            .auto_shrink([false, false])
            .show(ui, |ui| {
                if delta != 0.0 {
                    ui.scroll_with_delta(vec2(0.0, delta));
                }
                for gauge in gauges {
                    lines_of(ui, gauge);
                }
            });
    });
}

fn height(gauge: &Gauge) -> f32 {
    let lines = if gauge.bar.is_some() { 2.0 } else { 1.0 };
    lines * LINE + GAP
}

/// What it waits for; below it the number against its limit. What only happens has no
/// number: how often stands at its right.
fn lines_of(ui: &mut Ui, gauge: &Gauge) {
    let whole = format!("{}: {}. {}", gauge.clause, gauge.shown, gauge.note);
    let shown = |ui: &mut Ui, place: Rect| {
        within(ui, place, Align::Max, |ui| {
            let text = RichText::new(&gauge.shown).font(font(Face::Mono, BODY));
            let colour = colour_of(ui, gauge.tone);
            ui.add(egui::Label::new(text.color(colour)).truncate())
                .on_hover_text(&whole);
        });
    };
    let clause = |ui: &mut Ui, place: Rect| {
        within(ui, place, Align::Min, |ui| {
            elided(ui, &gauge.clause).on_hover_text(&whole);
        });
    };
    if let Some((share, limit)) = gauge.bar {
        let places = columns(ui, LINE, 0.0, &[0.0]);
        clause(ui, places[0]);
        let places = columns(ui, LINE, 8.0, &[0.0, SHOWN]);
        bar(ui, places[0], gauge, share, limit);
        shown(ui, places[1]);
    } else {
        let places = columns(ui, LINE, 8.0, &[0.0, OFTEN]);
        clause(ui, places[0]);
        shown(ui, places[1]);
    }
    ui.add_space(GAP);
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
