//! Set up: four choices in one column, and what they come to.

use egui::{Align, Frame, Layout, Margin, Panel, ScrollArea, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Plan, Rights, Tone, command_line, escaped};
use crate::panels::filter::filter_panel;
use crate::panels::interface::interface_panel;
use crate::panels::plan::plan_panel;
use crate::panels::rights::rights_panel;
use crate::panels::ring::ring_panel;
use crate::panels::target::target_panel;
use crate::theme::{CONTROL, MARGIN, tokens};
use crate::widgets::{
    Mark, caption, colour_of, command_button, elided, entry, main_button, mark, muted,
};

/// Widths and heights of LOOK's grid, in points.
const LEFT_MIN: f32 = 560.0;
const LEFT: f32 = 752.0;
const RIGHT: f32 = 480.0;
const INTERFACE: f32 = 192.0;
const FILTER: f32 = 112.0;
const RING: f32 = 104.0;
const TARGET: f32 = 184.0;
const BOTTOM: f32 = 64.0;
/// Between the choices: with the usual gap the last would not be seen whole.
const GAP: f32 = 12.0;
const MENU: f32 = 280.0;

/// The screen.
pub(crate) fn set_up(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let plan = Plan::of(&model.set_up, &model.machine);
    let wide = ui.available_width() >= LEFT_MIN + RIGHT + 3.0 * MARGIN;
    Panel::bottom("start")
        .exact_size(BOTTOM)
        .frame(Frame::new().fill(tokens(ui).panel))
        .show(ui, |ui| start_bar(ui, model, &plan, wide, out));
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let margin = Margin {
                top: 8,
                bottom: 8,
                ..Margin::same(16)
            };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                rights_panel(ui, &model.machine, out);
                ui.spacing_mut().interact_size.y = 16.0;
                caption(ui, "Where: this computer");
                ui.spacing_mut().interact_size.y = CONTROL;
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = MARGIN;
                    let width = if wide {
                        (ui.available_width() - RIGHT - MARGIN).min(LEFT * 1.4)
                    } else {
                        ui.available_width()
                    };
                    ui.vertical(|ui| choices(ui, width, model, &plan, out));
                    if wide {
                        let line = command_line(&model.set_up);
                        let cards = INTERFACE + FILTER + RING + TARGET + 3.0 * GAP;
                        let room = ui.clip_rect().bottom() - MARGIN - ui.cursor().top();
                        let size = vec2(RIGHT, room.max(cards));
                        plan_panel(ui, size, (&model.set_up, &plan, &line), out);
                    }
                });
                if !wide {
                    ui.add_space(MARGIN);
                    let line = command_line(&model.set_up);
                    let size = vec2(ui.available_width(), 520.0);
                    plan_panel(ui, size, (&model.set_up, &plan, &line), out);
                }
            });
        });
}

fn choices(ui: &mut Ui, width: f32, model: &Model, plan: &Plan, out: &mut Messages) {
    let (set_up, machine) = (&model.set_up, &model.machine);
    ui.spacing_mut().item_spacing.y = GAP;
    // What a tall window has to spare goes to the lists.
    let cards = INTERFACE + FILTER + RING + TARGET + 3.0 * GAP;
    let spare = (ui.clip_rect().bottom() - MARGIN - ui.cursor().top() - cards).max(0.0);
    let half = spare / 2.0;
    let size = |height: f32| vec2(width, height);
    interface_panel(ui, size(INTERFACE + half), (set_up, machine, plan), out);
    filter_panel(ui, size(FILTER), (set_up, machine), out);
    ring_panel(ui, size(RING), (set_up, plan), out);
    target_panel(ui, size(TARGET + half), (set_up, machine, plan), out);
}

/// Profile, the first problem in words, Start.
fn start_bar(ui: &mut Ui, model: &Model, plan: &Plan, wide: bool, out: &mut Messages) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(MARGIN);
        main_button(ui, Command::Start, vec2(160.0, 40.0), out);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(MARGIN);
            profile(ui, model, out);
            match plan.problems.first() {
                Some(first) => {
                    mark(ui, Mark::Triangle);
                    let colour = colour_of(ui, Tone::Warning);
                    ui.visuals_mut().override_text_color = Some(colour);
                    elided(ui, &format!("{}: {}", first.field.word(), first.sentence));
                }
                None if matches!(model.machine.rights, Rights::No(_) | Rights::NextLogin(_)) => {
                    muted(ui, "All is chosen; the right to capture is missing.");
                }
                None if wide => {
                    muted(ui, "All is ready.");
                }
                None => {
                    elided(ui, &plan.sentences.join(" "));
                }
            }
        });
    });
}

/// Profiles kept by name, files used before, and any other file.
fn profile(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let path = model.set_up.profile.as_ref();
    let name = path.and_then(|path| path.file_stem());
    let text = name.map_or("Profile".into(), |name| {
        format!("Profile {}", escaped(&name.to_string_lossy()))
    });
    ui.menu_button(text, |ui| {
        ui.set_min_width(MENU);
        caption(ui, "Kept");
        if model.profiles.names.is_empty() {
            muted(ui, "Choices that you save by name appear here.");
        }
        for name in &model.profiles.names {
            let (chosen, removed) = entry(ui, name, "Take the choices of this profile.");
            if chosen {
                out.push(Change::TakeNamedProfile(name.clone()).into());
            }
            if removed {
                out.push(Change::RemoveProfile(name.clone()).into());
            }
        }
        command_button(ui, Command::NameProfile, out);
        ui.separator();
        caption(ui, "Files");
        for path in &model.profiles.recent {
            let text = escaped(&path.display().to_string());
            if ui.button(text).clicked() {
                out.push(Change::TakeProfile(path.clone()).into());
            }
        }
        ui.horizontal(|ui| {
            command_button(ui, Command::OpenProfile, out);
            command_button(ui, Command::SaveProfile, out);
        });
    });
}
