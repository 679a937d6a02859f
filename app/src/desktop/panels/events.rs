//! What happened, the newest first: one stop for Tab, scrolled by keys or wheel.

use egui::style::ScrollStyle;
use egui::{Align, RichText, ScrollArea, Ui, Vec2};

use crate::model::{Told, time_of_day};
use crate::theme::{CAPTION, Face, font, tokens};
use crate::widgets::{CARD_EDGE, Mark, card, columns, elided, mark, scrolled_by_keys, within};

/// The height of a line and the gap below it, in points: six fill the panel.
const LINE: f32 = 20.0;
const GAP: f32 = 1.6;
/// The columns of time and shape.
const TIME: f32 = 92.0;
const SHAPE: f32 = 12.0;

/// The panel; the newest event is number 0.
pub(crate) fn events_panel<'a>(
    ui: &mut Ui,
    size: Vec2,
    count: usize,
    event: impl Fn(usize) -> Option<&'a Told>,
) {
    card(ui, "", size, |ui| {
        let name = format!("Events, {count} lines");
        let all = (LINE + GAP) * count as f32;
        let delta = scrolled_by_keys(ui, &name, LINE + GAP, all);
        ui.spacing_mut().item_spacing.y = GAP;
        // The bar says that there is more; no line is dimmed.
        ui.spacing_mut().scroll = scroll_bar();
        ScrollArea::vertical()
            .id_salt("events")
            .min_scrolled_height(LINE)
            .auto_shrink([false, false])
            .show_rows(ui, LINE, count, |ui, lines| {
                if delta != 0.0 {
                    ui.scroll_with_delta(egui::vec2(0.0, delta));
                }
                for told in lines.filter_map(&event) {
                    line(ui, told);
                }
            });
    });
}

/// The height of a panel with as many whole lines as this height has room for, in points.
pub(crate) fn whole_lines(height: f32) -> f32 {
    let edges = 2.0 * CARD_EDGE;
    let lines = ((height - edges + GAP) / (LINE + GAP)).floor().max(1.0);
    edges + lines * (LINE + GAP) - GAP
}

fn scroll_bar() -> ScrollStyle {
    let mut style = ScrollStyle {
        floating_width: 4.0,
        foreground_color: true,
        dormant_background_opacity: 0.0,
        dormant_handle_opacity: 0.5,
        ..ScrollStyle::thin()
    };
    style.fade.strength = 0.0;
    style
}

fn line(ui: &mut Ui, told: &Told) {
    let places = columns(ui, LINE, 8.0, &[TIME, SHAPE, 0.0]);
    within(ui, places[0], Align::Min, |ui| {
        let time = time_of_day(told.at.0, true);
        let text = RichText::new(time).font(font(Face::Mono, CAPTION));
        ui.label(text.color(tokens(ui).muted));
    });
    within(ui, places[1], Align::Min, |ui| {
        mark(ui, Mark::of(told.tone));
    });
    within(ui, places[2], Align::Min, |ui| {
        elided(ui, &told.sentence);
    });
}
