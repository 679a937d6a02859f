//! Set up: four choices in one column, and what they come to.

use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{
    Align, Color32, Frame, Galley, Margin, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2,
};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Plan, Rights, Tone, command_line, elided_in_middle, escaped};
use crate::panels::filter::{filter_height, filter_panel};
use crate::panels::interface::{interface_height, interface_panel};
use crate::panels::plan::plan_panel;
use crate::panels::rights::rights_panel;
use crate::panels::ring::{RING_HEIGHT, ring_panel};
use crate::panels::target::{target_height, target_panel};
use crate::theme::{BODY, CONTROL, Face, MARGIN, font, tokens};
use crate::widgets::{
    Mark, caption, card, card_around, choice, colour_of, columns, entry, follow_focus, heading,
    main_button, mark, menu, menu_button, muted, within,
};

/// Widths and heights of the grid, in points.
const LEFT_MIN: f32 = 560.0;
const LEFT: f32 = 752.0;
const RIGHT: f32 = 480.0;
/// The processes' rows that are seen at least, and where the page scrolls anyway.
const PROCESSES_MIN: usize = 2;
const PROCESSES: usize = 4;
const BOTTOM: f32 = 64.0;
/// Between the choices; and in a page lower than this, of which the lowest shows less.
const GAP: f32 = 12.0;
const GAP_LOW: f32 = 6.0;
const LOW: f32 = 560.0;
const LOWEST: f32 = 400.0;
/// What stands below is seen to be there.
const PEEK: f32 = 36.0;
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
            ui.spacing_mut().item_spacing.y = EDGE / 2.0;
            caption(ui, "Where: this computer");
            ui.spacing_mut().interact_size.y = CONTROL;
            // From the top of what scrolls, so that scrolling changes no height.
            let above = ui.cursor().top() - ui.min_rect().top();
            let room = Room {
                height: seen - 2.0 * EDGE - above,
                low: seen < LOW,
                wide,
            };
            let line = command_line(&model.set_up);
            let shown = (&model.set_up, plan, line.as_str());
            if !wide {
                let width = ui.available_width();
                choices(ui, width, room, model, plan, out);
                ui.add_space(EDGE / 2.0);
                card_around(ui, "What will happen", |ui| plan_panel(ui, shown, out));
                return;
            }
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = MARGIN;
                let width = (ui.available_width() - RIGHT - MARGIN).min(LEFT * 1.4);
                let left = ui.vertical(|ui| choices(ui, width, room, model, plan, out));
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

/// The room that the choices have.
#[derive(Clone, Copy)]
struct Room {
    /// Of what is seen, from where they begin.
    height: f32,
    /// It is not much.
    low: bool,
    /// What will happen stands beside them.
    wide: bool,
}

impl Room {
    /// How many interfaces are seen at once.
    fn interfaces(self) -> f32 {
        match self.low {
            false => 5.0,
            true if self.height >= LOWEST => 4.0,
            true => 3.0,
        }
    }
}

/// What is to be chosen. All of it is seen at once; what a tall window has to spare goes
/// to the processes.
fn choices(ui: &mut Ui, width: f32, room: Room, model: &Model, plan: &Plan, out: &mut Messages) {
    let (set_up, machine) = (&model.set_up, &model.machine);
    let gap = if room.low { GAP_LOW } else { GAP };
    ui.spacing_mut().item_spacing.y = gap;
    let interfaces = interface_height(set_up, machine, (room.low, room.interfaces()));
    let filter = filter_height(set_up, machine);
    let peek = if room.wide { 0.0 } else { PEEK };
    let rest = room.height - peek - interfaces - filter - RING_HEIGHT - 3.0 * gap;
    let least = if room.wide || room.low {
        PROCESSES_MIN
    } else {
        PROCESSES
    };
    let target = rest.max(target_height(set_up, machine, least));
    let size = |height: f32| vec2(width, height);
    let shown = (set_up, machine, plan);
    interface_panel(ui, size(interfaces), shown, room.low, out);
    filter_panel(ui, size(filter), (set_up, machine), out);
    ring_panel(ui, size(RING_HEIGHT), (set_up, plan), out);
    target_panel(ui, size(target), shown, out);
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
            let rights = &model.machine.rights;
            let allowed = !matches!(rights, Rights::No(_) | Rights::NextLogin(_));
            let ready = allowed && plan.problems.is_empty() && plan.awaits.is_none();
            main_button(ui, Command::Start, size, ready, out);
        }
    });
}

/// What keeps Start from working, what goes on, or that all is ready; where it is not
/// seen beside the choices, also what will happen.
fn stands(ui: &mut Ui, model: &Model, plan: &Plan, wide: bool) {
    let tokens = tokens(ui);
    let state = state(model, plan);
    let will = plan.sentences.join(" ");
    let mut texts: Vec<(&str, usize, Color32)> = Vec::new();
    match &state {
        Some((tone, said)) => {
            let colour = match tone {
                Tone::Plain => tokens.muted,
                tone => colour_of(ui, *tone),
            };
            texts.push((said, 1, colour));
        }
        None if wide => texts.push(("All is ready.", 1, tokens.muted)),
        None => {}
    }
    if !wide {
        texts.push((&will, LINES - texts.len(), tokens.text));
    }
    let warns = matches!(state, Some((Tone::Warning, _)));
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.spacing_mut().interact_size.y = 0.0;
        let room = ui.max_rect();
        let galleys: Vec<_> = texts
            .into_iter()
            .map(|(text, rows, colour)| lines(ui, text, rows, room.width() - MARGIN, colour))
            .collect();
        let height: f32 = galleys.iter().map(|galley| galley.size().y).sum();
        ui.add_space(((room.height() - height) / 2.0).max(0.0));
        for (index, galley) in galleys.into_iter().enumerate() {
            ui.horizontal(|ui| {
                if index == 0 && warns {
                    mark(ui, Mark::Triangle);
                }
                ui.label(galley);
            });
        }
    });
}

/// Lines of text that the bar has room for.
const LINES: usize = 3;

/// A text in so many lines at most; what has no room is elided.
fn lines(ui: &Ui, text: &str, rows: usize, width: f32, colour: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font(Face::Regular, BODY), colour, width);
    job.wrap.max_rows = rows;
    ui.painter().layout_job(job)
}

/// What keeps Start from working, or what goes on; nothing where all is ready.
fn state(model: &Model, plan: &Plan) -> Option<(Tone, String)> {
    if model.recording.runs() {
        let same = model.recording.choices == model.set_up.raw(Some(1));
        let words = match same {
            true => "A recording is running with these choices.",
            false => {
                "A recording is running with other choices; these take effect at the next Start."
            }
        };
        return Some((Tone::Plain, words.into()));
    }
    if let Some(first) = plan.problems.first() {
        let words = format!("{}: {}", first.field.word(), first.sentence);
        return Some((Tone::Warning, words));
    }
    match (&plan.awaits, &model.machine.rights) {
        (Some(awaits), _) => Some((Tone::Plain, awaits.clone())),
        (None, Rights::No(_) | Rights::NextLogin(_)) => {
            let words = "All is chosen; the right to capture is missing.";
            Some((Tone::Plain, words.into()))
        }
        (None, _) => None,
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
