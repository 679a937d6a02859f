//! Which interfaces.

use egui::{Align, ScrollArea, Ui, Vec2, vec2};

use crate::command::Messages;
use crate::model::{Change, Field, InterfaceRow, Machine, Plan, RATES_MAX, SetUp, Tone};
use crate::theme::{CONTROL, ROW, tokens};
use crate::widgets::{
    ROW_CARD_EDGE, columns, elided, follow_focus, muted, problem, row_card, row_heading, seek,
    sparkline, within,
};

/// How high the panel is: as high as its rows, within limits.
pub(crate) fn interface_height(set_up: &SetUp, machine: &Machine, (low, most): (bool, f32)) -> f32 {
    let rows = InterfaceRow::all(set_up, machine).len() as f32;
    let told = f32::from(u8::from(machine.interfaces_unlisted.is_some()));
    2.0 * ROW_CARD_EDGE + (rows + told).clamp(ROWS_MIN, most) * line(low)
}

/// A row's height in points.
fn line(low: bool) -> f32 {
    if low { ROW } else { CONTROL }
}

/// The panel.
pub(crate) fn interface_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine, plan): (&SetUp, &Machine, &Plan),
    low: bool,
    out: &mut Messages,
) {
    row_card(ui, size, |ui| {
        ui.horizontal_top(|ui| {
            row_heading(ui, "Interface", line(low));
            ui.vertical(|ui| rows(ui, set_up, machine, plan, low, out));
        });
    });
}

fn rows(
    ui: &mut Ui,
    set_up: &SetUp,
    machine: &Machine,
    plan: &Plan,
    low: bool,
    out: &mut Messages,
) {
    if let Some(problem_here) = plan.problem(Field::Interface) {
        problem(ui, Tone::Danger, &problem_here.sentence);
    }
    if let Some(why) = &machine.interfaces_unlisted {
        problem(ui, Tone::Warning, why);
    }
    let rows = InterfaceRow::all(set_up, machine);
    ScrollArea::vertical()
        .id_salt("interfaces")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in &rows {
                interface_row(ui, row, set_up, line(low), out);
            }
            follow_focus(ui);
        });
}

fn interface_row(ui: &mut Ui, row: &InterfaceRow, set_up: &SetUp, height: f32, out: &mut Messages) {
    let places = columns(ui, height, 12.0, &[NAME, 0.0, SPARK, RATE]);
    let mut chosen = row.chosen;
    let response = within(ui, places[0], Align::Min, |ui| {
        ui.checkbox(&mut chosen, &row.label)
    });
    if row.name.is_none() {
        seek(&response, set_up, Field::Interface, out);
    }
    if response.clicked() {
        out.push(match &row.name {
            Some(name) => Change::Interface {
                name: name.clone(),
                chosen,
            }
            .into(),
            None => Change::AllInterfaces.into(),
        });
    }
    let colour = tokens(ui).muted;
    within(ui, places[1], Align::Min, |ui| {
        ui.visuals_mut().override_text_color = Some(colour);
        elided(ui, &row.about)
    });
    if let Some(rates) = &row.rates {
        sparkline(ui, rates, RATES_MAX, places[2].shrink2(vec2(0.0, 5.0)));
    }
    within(ui, places[3], Align::Max, |ui| muted(ui, &row.rate));
}

/// How many rows there is room for at least.
const ROWS_MIN: f32 = 3.0;
/// Measures in points.
const NAME: f32 = 132.0;
const SPARK: f32 = 96.0;
const RATE: f32 = 88.0;
