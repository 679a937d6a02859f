//! Which interfaces.

use egui::{ScrollArea, Ui, Vec2, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Field, InterfaceRow, Machine, Plan, Rights, SetUp, Tone};
use crate::theme::{CONTROL, tokens};
use crate::widgets::{card, command_button, elided, muted, problem, sparkline};

/// Rates that a sparkline has room for.
use crate::model::RATES_MAX;

/// The panel.
pub(crate) fn interface_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine, plan): (&SetUp, &Machine, &Plan),
    out: &mut Messages,
) {
    card(ui, "Interface", size, |ui| {
        if rights(ui, &machine.rights, out) {
            return;
        }
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
                    interface_row(ui, row, out);
                }
            });
    });
}

/// What keeps this user from capturing stands in the panel's place.
fn rights(ui: &mut Ui, rights: &Rights, out: &mut Messages) -> bool {
    let (sentence, remedies): (&str, &[Command]) = match rights {
        Rights::Unknown | Rights::Yes => return false,
        Rights::AskFirst {
            this_time,
            always,
            otherwise,
        } => match (this_time, always) {
            (true, true) => (
                "You may not capture on this computer yet. Allow this time asks for an administrator's password. Allow always takes effect after you log in again.",
                &[
                    Command::AllowThisTime,
                    Command::AllowAlways,
                    Command::CheckAgain,
                ],
            ),
            _ => (otherwise, &[Command::CheckAgain]),
        },
        Rights::AfterLogin => (
            "You may capture after you log in again. Until then an administrator's password is asked for.",
            &[Command::AllowThisTime, Command::CheckAgain],
        ),
        Rights::NoLibrary(sentence) => (sentence, &[Command::CheckAgain]),
    };
    problem(ui, Tone::Warning, sentence);
    ui.horizontal(|ui| {
        for remedy in remedies {
            command_button(ui, *remedy, out);
        }
    });
    true
}

fn interface_row(ui: &mut Ui, row: &InterfaceRow, out: &mut Messages) {
    let size = vec2(ui.available_width(), CONTROL);
    ui.allocate_ui_with_layout(
        size,
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_height(CONTROL);
            let mut chosen = row.chosen;
            let name = ui
                .scope(|ui| {
                    ui.set_min_width(NAME);
                    ui.set_max_width(NAME);
                    ui.checkbox(&mut chosen, &row.label)
                })
                .inner;
            let rest = NAME - name.rect.width();
            ui.add_space(rest.max(0.0));
            if name.clicked() {
                out.push(match &row.name {
                    Some(name) => Change::Interface {
                        name: name.clone(),
                        chosen,
                    }
                    .into(),
                    None => Change::AllInterfaces.into(),
                });
            }
            let about = ui.available_width() - SPARK - RATE - 24.0;
            ui.allocate_ui_with_layout(
                vec2(about, CONTROL),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(about);
                    let colour = tokens(ui).muted;
                    ui.visuals_mut().override_text_color = Some(colour);
                    elided(ui, &row.about)
                },
            );
            match row.rates {
                Some(ref rates) => sparkline(ui, rates, RATES_MAX, vec2(SPARK, 20.0)),
                None => {
                    ui.allocate_exact_size(vec2(SPARK, 20.0), egui::Sense::hover());
                }
            }
            ui.allocate_ui_with_layout(
                vec2(RATE, CONTROL),
                egui::Layout::right_to_left(egui::Align::Center),
                |ui| {
                    ui.set_min_width(RATE);
                    muted(ui, &row.rate);
                },
            );
        },
    );
}

/// Widths in points.
const NAME: f32 = 190.0;
const SPARK: f32 = 88.0;
const RATE: f32 = 96.0;
