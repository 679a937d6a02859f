//! The filter.

use egui::{Align, RichText, Ui, Vec2};

use crate::command::{Command, Messages};
use crate::model::{
    Change, Field as At, FilterAdvice, FilterCheck, Machine, SavedFilter, SetUp, Tone, hint,
};
use crate::theme::{BODY, CONTROL, Face, font};
use crate::widgets::{
    Field, Mark, ROW_CARD_EDGE, below_heading, caption, choice, colour_of, columns, elided, entry,
    field, mark, menu, menu_button, muted, plain_button, row_card, row_heading, seek, within,
};

/// What a filter is like, for who has never written one.
const EXAMPLES: [(&str, &str); 4] = [
    ("tcp port 8080", "one server"),
    ("host 192.0.2.1", "one computer"),
    ("not port 22", "all but SSH"),
    ("udp port 53", "names that are looked up"),
];

/// How high the panel is: of two rows only where there is something to say.
pub(crate) fn filter_height(set_up: &SetUp, machine: &Machine) -> f32 {
    let says = matches!(set_up.filter_check, FilterCheck::Problem(_))
        || !FilterAdvice::of(set_up, machine).is_empty();
    let rows = if says { 2.0 } else { 1.0 };
    2.0 * ROW_CARD_EDGE + rows * CONTROL + (rows - 1.0) * BETWEEN
}

/// The panel.
pub(crate) fn filter_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine): (&SetUp, &Machine),
    out: &mut Messages,
) {
    row_card(ui, size, |ui| {
        ui.spacing_mut().item_spacing.y = BETWEEN;
        ui.horizontal(|ui| {
            row_heading(ui, "Filter", CONTROL);
            typed(ui, set_up, out);
        });
        below_heading(ui, |ui| match &set_up.filter_check {
            FilterCheck::Problem(words) => mistake(ui, &set_up.filter, words, out),
            _ => advice(ui, &FilterAdvice::of(set_up, machine), out),
        });
    });
}

/// The field, and other filters.
fn typed(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let wrong = matches!(set_up.filter_check, FilterCheck::Problem(_));
    let places = columns(ui, CONTROL, 8.0, &[0.0, RECENT]);
    let (response, typed) = within(ui, places[0], Align::Min, |ui| {
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
    seek(&response, set_up, At::Filter, out);
    out.extend(typed.map(|text| Change::Filter(text).into()));
    within(ui, places[1], Align::Max, |ui| filters(ui, set_up, out));
}

/// What libpcap says, and before it what may have been meant: libpcap names
/// neither the mistake nor the remedy.
fn mistake(ui: &mut Ui, filter: &str, words: &str, out: &mut Messages) {
    let said = format!("libpcap: {words}");
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        mark(ui, Mark::of(Tone::Danger));
        let hint = hint(filter);
        let meant = hint.as_ref().and_then(|hint| hint.filter.as_ref());
        if let Some(meant) = meant {
            let text = format!("Use {meant}");
            if plain_button(ui, &text).clicked() {
                out.push(Change::Filter(meant.clone()).into());
            }
        }
        let text = match &hint {
            Some(hint) => format!("{} ({said})", hint.sentence),
            None => said,
        };
        let colour = colour_of(ui, Tone::Danger);
        ui.visuals_mut().override_text_color = Some(colour);
        elided(ui, &text);
    });
}

/// Filters saved by name, filters used before, and what they are like.
fn filters(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.spacing_mut().interact_size.y = CONTROL;
    menu(ui, "Filters", MENU, |ui| {
        if !set_up.saved_filters.is_empty() {
            caption(ui, "Saved");
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
        let broken = matches!(set_up.filter_check, FilterCheck::Problem(_));
        let can_be_saved = !broken && !set_up.filter.trim().is_empty();
        ui.add_enabled_ui(can_be_saved, |ui| menu_button(ui, Command::SaveFilter, out));
        ui.separator();
        if !set_up.recent_filters.is_empty() {
            caption(ui, "Used before");
        }
        for filter in &set_up.recent_filters {
            if choice(ui, mono(filter), "").clicked() {
                out.push(Change::Filter(filter.clone()).into());
            }
        }
        caption(ui, "Examples");
        for (filter, about) in EXAMPLES {
            if choice(ui, mono(filter), about).clicked() {
                out.push(Change::Filter(filter.to_owned()).into());
            }
        }
    });
}

fn mono(text: &str) -> RichText {
    RichText::new(text).font(font(Face::Mono, BODY))
}

/// What would be better, each with a button that does it. The last ones have no
/// room for their sentence: it stands in the tooltip.
fn advice(ui: &mut Ui, advice: &[FilterAdvice], out: &mut Messages) {
    ui.horizontal(|ui| {
        for (index, one) in advice.iter().enumerate() {
            if let Some(text) = &one.button {
                let button = plain_button(ui, text);
                if button.on_hover_text(&one.sentence).clicked() {
                    out.push(Change::Filter(one.filter.clone()).into());
                }
            }
            if index == 0 {
                muted(ui, &one.sentence);
            }
        }
    });
}

/// Between the two rows, in points.
const BETWEEN: f32 = 4.0;
/// The width of the button for other filters, in points.
const RECENT: f32 = 72.0;
/// The menu's width.
const MENU: f32 = 360.0;
