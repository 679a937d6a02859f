//! The filter.

use egui::{Align, Ui, Vec2};

use crate::command::Messages;
use crate::model::{Change, FilterAdvice, FilterCheck, Machine, SetUp, Tone};
use crate::theme::CONTROL;
use crate::widgets::{Field, card, columns, field, muted, plain_button, problem, within};

/// The panel.
pub(crate) fn filter_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine): (&SetUp, &Machine),
    out: &mut Messages,
) {
    card(ui, "Filter", size, |ui| {
        let wrong = matches!(set_up.filter_check, FilterCheck::Problem(_));
        let places = columns(ui, CONTROL, 8.0, &[0.0, RECENT]);
        let (_, typed) = within(ui, places[0], Align::Min, |ui| {
            field(
                ui,
                Field {
                    name: "Filter",
                    text: &set_up.filter,
                    hint: "every packet; or as in tcp port 9973",
                    width: places[0].width(),
                    mono: true,
                    wrong,
                },
            )
        });
        out.extend(typed.map(|text| Change::Filter(text).into()));
        within(ui, places[1], Align::Max, |ui| recent(ui, set_up, out));
        if let FilterCheck::Problem(words) = &set_up.filter_check {
            problem(ui, Tone::Danger, &format!("libpcap: {words}"));
            return;
        }
        advice(ui, &FilterAdvice::of(set_up, machine), out);
    });
}

/// Filters used before.
fn recent(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.menu_button("Recent", |ui| {
        if set_up.recent_filters.is_empty() {
            muted(ui, "Filters that you used appear here.");
        }
        for filter in &set_up.recent_filters {
            if ui.button(filter).clicked() {
                out.push(Change::Filter(filter.clone()).into());
            }
        }
    });
}

/// What would be better, with a button that does it.
fn advice(ui: &mut Ui, advice: &[FilterAdvice], out: &mut Messages) {
    let Some(first) = advice.first() else {
        return;
    };
    ui.horizontal(|ui| {
        if let Some(button) = &first.button
            && plain_button(ui, button).clicked()
        {
            out.push(Change::Filter(first.filter.clone()).into());
        }
        muted(ui, &first.sentence);
    });
}

/// The width of the button for recent filters, in points.
const RECENT: f32 = 72.0;
