//! The filter.

use egui::{Align, Button, Ui, Vec2, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, FilterAdvice, FilterCheck, Machine, SavedFilter, SetUp, Tone};
use crate::theme::{CONTROL, ROW};
use crate::widgets::{
    Field, caption, card, columns, command_button, entry, field, muted, problem, within,
};

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

/// Filters saved by name, and used before.
fn recent(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.spacing_mut().interact_size.y = CONTROL - 4.0;
    ui.menu_button("Filters", |ui| {
        ui.set_min_width(MENU);
        caption(ui, "Saved");
        if set_up.saved_filters.is_empty() {
            muted(ui, "Filters that you save appear here.");
        }
        for SavedFilter { name, text } in &set_up.saved_filters {
            let (chosen, removed) = entry(ui, name, text);
            if chosen {
                out.push(Change::Filter(text.clone()).into());
            }
            if removed {
                out.push(Change::ForgetFilter(name.clone()).into());
            }
        }
        command_button(ui, Command::SaveFilter, out);
        ui.separator();
        caption(ui, "Used before");
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

/// What would be better, each with a button that does it. The last ones have no
/// room for their sentence: it stands in the tooltip.
fn advice(ui: &mut Ui, advice: &[FilterAdvice], out: &mut Messages) {
    ui.spacing_mut().interact_size.y = ROW;
    ui.horizontal(|ui| {
        for (index, one) in advice.iter().enumerate() {
            if let Some(text) = &one.button {
                let button = Button::new(text).min_size(vec2(0.0, ROW));
                if ui.add(button).on_hover_text(&one.sentence).clicked() {
                    out.push(Change::Filter(one.filter.clone()).into());
                }
            }
            if index == 0 {
                muted(ui, &one.sentence);
            }
        }
    });
}

/// The width of the button for recent filters, in points.
const RECENT: f32 = 72.0;
/// The menu's width.
const MENU: f32 = 320.0;
