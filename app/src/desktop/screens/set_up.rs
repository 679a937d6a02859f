//! Set up: four choices in one column, and what they come to.

use egui::{Align, Frame, Margin, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Plan, Rights, Tone, command_line, elided_in_middle, escaped};
use crate::panels::filter::filter_panel;
use crate::panels::interface::{interface_height, interface_panel};
use crate::panels::plan::plan_panel;
use crate::panels::rights::rights_panel;
use crate::panels::ring::ring_panel;
use crate::panels::target::target_panel;
use crate::theme::{CONTROL, MARGIN, ROW, tokens};
use crate::widgets::{
    Mark, caption, card, card_around, choice, colour_of, columns, elided, entry, follow_focus,
    heading, main_button, mark, menu, menu_button, muted, within,
};

/// Widths and heights of LOOK's grid, in points.
const LEFT_MIN: f32 = 560.0;
const LEFT: f32 = 752.0;
const RIGHT: f32 = 480.0;
const FILTER: f32 = 104.0;
const RING: f32 = 104.0;
const TARGET: f32 = 160.0;
/// Where the page scrolls anyway there is room for more processes.
const TARGET_ALONE: f32 = TARGET + 3.0 * ROW;
const BOTTOM: f32 = 64.0;
/// Between the choices: with the usual gap the last would not be seen whole.
const GAP: f32 = 12.0;
/// Above and below the page.
const EDGE: f32 = 8.0;
const MENU: f32 = 320.0;

/// The screen.
pub(crate) fn set_up(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let plan = Plan::of(&model.set_up, &model.machine);
    let wide = ui.available_width() >= LEFT_MIN + RIGHT + 3.0 * MARGIN;
    let all = ui.available_rect_before_wrap();
    let edge = (all.bottom() - BOTTOM).max(all.top());
    let page_at = Rect::from_min_max(all.min, pos2(all.right(), edge));
    let bar_at = Rect::from_min_max(pos2(all.left(), edge), all.max);
    // The page comes first: Tab goes through the choices, and then to Start.
    ui.scope_builder(UiBuilder::new().max_rect(page_at), |ui| {
        page(ui, model, &plan, wide, out);
    });
    ui.painter().rect_filled(bar_at, 0.0, tokens(ui).panel);
    let line = Stroke::new(1.0, tokens(ui).line);
    ui.painter().hline(bar_at.x_range(), bar_at.top(), line);
    let inside = bar_at.shrink2(vec2(MARGIN, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inside), |ui| {
        start_bar(ui, model, &plan, wide, out);
    });
}

/// The choices, and what they come to: beside them, or below them in a narrow window.
fn page(ui: &mut Ui, model: &Model, plan: &Plan, wide: bool, out: &mut Messages) {
    let seen = ui.available_height();
    let area = ScrollArea::vertical().auto_shrink([false, false]);
    area.show(ui, |ui| {
        let margin = Margin::symmetric(MARGIN as i8, EDGE as i8);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            rights_panel(ui, &model.machine, out);
            ui.spacing_mut().interact_size.y = 16.0;
            caption(ui, "Where: this computer");
            ui.spacing_mut().interact_size.y = CONTROL;
            // From the top of what scrolls, so that scrolling changes no height.
            let above = ui.cursor().top() - ui.min_rect().top();
            let room = seen - 2.0 * EDGE - MARGIN / 2.0 - above;
            let line = command_line(&model.set_up);
            let shown = (&model.set_up, plan, line.as_str());
            if !wide {
                let width = ui.available_width();
                choices(ui, width, None, model, plan, out);
                ui.add_space(MARGIN);
                card_around(ui, "What will happen", |ui| plan_panel(ui, shown, out));
                return;
            }
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = MARGIN;
                let width = (ui.available_width() - RIGHT - MARGIN).min(LEFT * 1.4);
                let left = ui.vertical(|ui| choices(ui, width, Some(room), model, plan, out));
                let size = vec2(RIGHT, left.response.rect.height());
                card(ui, "", size, |ui| {
                    heading(ui, "What will happen");
                    let area = ScrollArea::vertical().id_salt("plan");
                    area.auto_shrink([false, false]).show(ui, |ui| {
                        plan_panel(ui, shown, out);
                        follow_focus(ui);
                    });
                });
            });
        });
        follow_focus(ui);
    });
}

/// What is to be chosen. What a tall window has to spare goes to the processes.
fn choices(
    ui: &mut Ui,
    width: f32,
    room: Option<f32>,
    model: &Model,
    plan: &Plan,
    out: &mut Messages,
) {
    let (set_up, machine) = (&model.set_up, &model.machine);
    ui.spacing_mut().item_spacing.y = GAP;
    let interfaces = interface_height(set_up, machine);
    let others = interfaces + FILTER + RING + 3.0 * GAP;
    let target = room.map_or(TARGET_ALONE, |room| (room - others).max(TARGET));
    let size = |height: f32| vec2(width, height);
    interface_panel(ui, size(interfaces), (set_up, machine, plan), out);
    filter_panel(ui, size(FILTER), (set_up, machine), out);
    ring_panel(ui, size(RING), (set_up, plan), out);
    target_panel(ui, size(target), (set_up, machine, plan), out);
}

/// Profile, what is missing or goes on in words, Start.
fn start_bar(ui: &mut Ui, model: &Model, plan: &Plan, wide: bool, out: &mut Messages) {
    const START: f32 = 160.0;
    let bar = ui.max_rect();
    let places = columns(ui, bar.height(), MARGIN, &[0.0, START]);
    within(ui, places[0], Align::Min, |ui| {
        ui.spacing_mut().interact_size.y = CONTROL;
        profile(ui, model, out);
        stands(ui, model, plan, wide);
    });
    within(ui, places[1], Align::Min, |ui| {
        let size = vec2(START, 40.0);
        if model.recording.runs() {
            main_button(ui, Command::ShowRecording, size, false, out);
        } else {
            let ready = plan.problems.is_empty() && plan.awaits.is_none();
            main_button(ui, Command::Start, size, ready, out);
        }
    });
}

/// What keeps Start from working, what goes on, or that all is ready.
fn stands(ui: &mut Ui, model: &Model, plan: &Plan, wide: bool) {
    if model.recording.runs() {
        let same = model.recording.choices == model.set_up.raw(Some(1));
        let words = match same {
            true => "A recording is running with these choices.",
            false => {
                "A recording is running with other choices; these take effect at the next Start."
            }
        };
        elided(ui, words);
        return;
    }
    if let Some(first) = plan.problems.first() {
        mark(ui, Mark::Triangle);
        let colour = colour_of(ui, Tone::Warning);
        ui.visuals_mut().override_text_color = Some(colour);
        elided(ui, &format!("{}: {}", first.field.word(), first.sentence));
        return;
    }
    let colour = tokens(ui).muted;
    let mut quiet = |text: &str| {
        ui.visuals_mut().override_text_color = Some(colour);
        elided(ui, text);
    };
    match (&plan.awaits, &model.machine.rights) {
        (Some(awaits), _) => quiet(awaits),
        (None, Rights::No(_) | Rights::NextLogin(_)) => {
            quiet("All is chosen; the right to capture is missing.");
        }
        (None, _) if wide => quiet("All is ready."),
        (None, _) => {
            elided(ui, &plan.sentences.join(" "));
        }
    }
}

/// Profiles kept by name, files used before, and any other file.
fn profile(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let path = model.set_up.profile.as_ref();
    let name = path.and_then(|path| path.file_stem());
    let text = name.map_or("Profile".into(), |name| {
        let name = escaped(&name.to_string_lossy());
        format!("Profile {}", elided_in_middle(&name, NAME_MAX))
    });
    menu(ui, text, MENU, |ui| {
        caption(ui, "Kept here, by name");
        if model.profiles.names.is_empty() {
            muted(ui, "Choices that you keep appear here.");
        }
        for name in &model.profiles.names {
            let (chosen, removed) = entry(ui, name, "");
            if chosen {
                out.push(Change::TakeNamedProfile(name.clone()).into());
            }
            if removed {
                out.push(Change::RemoveProfile(name.clone()).into());
            }
        }
        menu_button(ui, Command::NameProfile, out);
        ui.separator();
        caption(ui, "Files anywhere");
        for path in &model.profiles.recent {
            let whole = escaped(&path.display().to_string());
            let text = elided_in_middle(&whole, PATH_MAX);
            if choice(ui, text, "").on_hover_text(whole).clicked() {
                out.push(Change::TakeProfile(path.clone()).into());
            }
        }
        menu_button(ui, Command::OpenProfile, out);
        menu_button(ui, Command::SaveProfile, out);
    });
}

/// Letters of a profile's name in the bar, and of a path in the menu.
const NAME_MAX: usize = 28;
const PATH_MAX: usize = 44;
