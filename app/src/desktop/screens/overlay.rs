//! What stands above the screen and takes the keys until it is closed.

use egui::{
    Align, Button, Context, Frame, Id, Key, Modal, Modifiers, RichText, ScrollArea, Ui, Vec2, vec2,
};

use crate::command::{Command, Messages};
use crate::model::{
    Change, CloseAnswer, Loss, Model, Overlay, Purpose, StopAnswer, TargetKind, Tone, escaped,
    found_commands,
};
use crate::theme::{CONTROL, Face, MARGIN, font, tokens};
use crate::widgets::{
    Field, columns, command_button, field, follow_focus, heading, muted, plain_button, problem,
    within,
};

/// Shows what stands above the screen, if something does. No overlay is larger than
/// the window: what it has no room for is scrolled to.
pub(crate) fn overlay(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let Some(overlay) = &model.overlay else {
        return;
    };
    let frame = Frame::popup(ui.style()).inner_margin(MARGIN);
    let modal = Modal::new(Id::unique("overlay")).frame(frame);
    let modal = modal.show(ui.ctx(), |ui| {
        let room = room(ui.ctx());
        ui.set_max_width(room.x);
        // Each overlay begins at its top.
        let area = match overlay {
            // Its rows are of one width.
            Overlay::Settings | Overlay::Forms { .. } => ScrollArea::both().max_width(room.x),
            _ => ScrollArea::vertical(),
        };
        let area = area.id_salt(std::mem::discriminant(overlay));
        // The room that a new area says it has is less than it gets.
        let area = area.max_height(room.y).min_scrolled_height(room.y);
        area.show(ui, |ui| {
            shown(ui, model, overlay, out);
            follow_focus(ui);
        });
    });
    if modal.should_close() {
        out.push(Change::OverlayClosed.into());
    }
}

fn shown(ui: &mut Ui, model: &Model, overlay: &Overlay, out: &mut Messages) {
    match overlay {
        Overlay::Palette { search } => palette(ui, search, model.recording.runs(), out),
        Overlay::Keys => keys(ui, out),
        Overlay::Settings => super::settings::settings(ui, model, out),
        Overlay::Forms { open } => {
            let room = room(ui.ctx());
            super::forms::forms(ui, room, model, *open, out);
        }
        Overlay::CloseQuestion => close_question(ui, out),
        Overlay::StopQuestion => stop_question(ui, model, out),
        Overlay::DeleteQuestion => delete_question(ui, model, out),
        Overlay::RemoveProfile(name) => remove_question(ui, name, out),
        Overlay::Ask {
            purpose,
            text,
            refusal,
        } => ask(ui, model, (*purpose, text, refusal.as_deref()), out),
    }
}

/// The room that an overlay has within its frame, in points.
fn room(context: &Context) -> Vec2 {
    let window = context.content_rect().size();
    (window - Vec2::splat(4.0 * MARGIN)).max(Vec2::splat(CONTROL))
}

/// An overlay of this width, where the window has as much.
fn set_width(ui: &mut Ui, width: f32) -> f32 {
    let width = width.min(room(ui.ctx()).x);
    ui.set_width(width);
    width
}

/// Gives a control the focus when it has just been shown, and until it has it: an
/// overlay may take the place of another, or be laid out before it is seen.
fn focus_first(ui: &Ui, response: &egui::Response) {
    let at = Id::unique("overlay focus");
    let pass = ui.ctx().cumulative_pass_nr();
    let kept: Option<(Id, u64, bool)> = ui.data(|data| data.get_temp(at));
    let kept = kept.filter(|(of, before, _)| *of == response.id && before + 1 >= pass);
    let had = kept.is_some_and(|(_, _, had)| had);
    if !had && !response.has_focus() {
        response.request_focus();
    }
    let has = had || response.has_focus();
    ui.data_mut(|data| data.insert_temp(at, (response.id, pass, has)));
}

fn palette(ui: &mut Ui, search: &str, recording: bool, out: &mut Messages) {
    const ROW: f32 = 28.0;
    const BETWEEN: f32 = 2.0;
    let width = set_width(ui, 480.0);
    let commands = found_commands(search, recording);
    // Up and down are taken before the field sees them.
    let (chosen, moved) = chosen_row(ui, search, commands.len());
    let (response, typed) = field(
        ui,
        Field {
            name: "Find a command",
            text: search,
            hint: "a command",
            width,
            mono: false,
            wrong: false,
        },
    );
    focus_first(ui, &response);
    out.extend(typed.map(|text| Change::OverlayText(text).into()));
    if ui.input(|input| input.key_pressed(Key::Enter))
        && let Some(command) = commands.get(chosen)
    {
        out.push(Change::OverlayClosed.into());
        out.push((*command).into());
    }
    // Whole rows, and below them a line for what they do.
    let left = room(ui.ctx()).y - 2.0 * CONTROL - MARGIN;
    let rows = (left / (ROW + BETWEEN)).floor().clamp(2.0, 12.0);
    let height = rows * (ROW + BETWEEN) - BETWEEN;
    let area = ScrollArea::vertical()
        .max_height(height)
        .min_scrolled_height(height);
    let mut hovered = None;
    area.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = BETWEEN;
        ui.spacing_mut().interact_size.y = ROW;
        for (row, command) in commands.iter().enumerate() {
            let mut button = Button::selectable(row == chosen, command.text())
                .frame_when_inactive(row == chosen)
                .min_size(vec2(width - MARGIN, ROW));
            let keys = palette_keys(*command);
            if !keys.is_empty() {
                button = button.right_text(keys);
            }
            let button = ui.add(button);
            if row == chosen && moved {
                button.scroll_to_me(None);
            }
            if button.hovered() {
                hovered = Some(*command);
            }
            if button.clicked() {
                out.push(Change::OverlayClosed.into());
                out.push((*command).into());
            }
        }
        if commands.is_empty() {
            muted(ui, "No command is called that.");
        }
    });
    // One that is pointed at is told of, else the one that Enter takes.
    let told = hovered.or(commands.get(chosen).copied());
    muted(ui, told.map_or("", Command::tooltip));
}

/// One key starts and stops.
fn palette_keys(command: Command) -> String {
    match command {
        Command::Start | Command::Stop => Command::StartOrStop.keys_text(),
        other => other.keys_text(),
    }
}

/// The row that Enter takes, and whether a key has just moved it. Another search
/// begins at its first row.
fn chosen_row(ui: &Ui, search: &str, rows: usize) -> (usize, bool) {
    let id = Id::unique("palette row");
    let kept: Option<(String, usize)> = ui.data(|data| data.get_temp(id));
    let before = kept
        .filter(|(of, _)| of == search)
        .map_or(0, |(_, row)| row);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let row = match (pressed(Key::ArrowDown), pressed(Key::ArrowUp)) {
        (true, false) => before + 1,
        (false, true) => before.saturating_sub(1),
        _ => before,
    };
    let row = row.min(rows.saturating_sub(1));
    ui.data_mut(|data| data.insert_temp(id, (search.to_owned(), row)));
    (row, row != before)
}

fn keys(ui: &mut Ui, out: &mut Messages) {
    const BESIDE: [(&str, &str); 5] = [
        ("Timeline: closer, farther, all", "+  −  0"),
        ("Timeline: move", "←  →  Home  End"),
        ("Lists: choose, open", "↑  ↓  Enter"),
        ("Next and previous control", "Tab  Shift+Tab"),
        ("Press a control", "Space  Enter"),
    ];
    const WIDTH: f32 = 760.0;
    const KEYS: f32 = 168.0;
    let width = set_width(ui, WIDTH);
    heading(ui, "Keys");
    let commands = Command::ALL.into_iter().filter_map(|command| {
        let keys = command.keys_text();
        (!keys.is_empty()).then(|| (command.text().to_owned(), keys))
    });
    let beside = BESIDE.map(|(what, keys)| (what.to_owned(), keys.to_owned()));
    let all: Vec<_> = commands.chain(beside).collect();
    // Side by side where there is room for it.
    let halves = if width < WIDTH { 1 } else { 2 };
    let rows = all.len().div_ceil(halves);
    let widths = [0.0, KEYS, 188.0, KEYS];
    // Close is seen wherever one has scrolled to.
    let left = room(ui.ctx()).y - 2.0 * CONTROL - MARGIN;
    let left = left.max(CONTROL);
    let area = ScrollArea::vertical()
        .max_height(left)
        .min_scrolled_height(left);
    area.show(ui, |ui| {
        for row in 0..rows {
            let places = columns(ui, 20.0, MARGIN, &widths[..2 * halves]);
            for (half, (what, keys)) in all.iter().skip(row).step_by(rows).enumerate() {
                within(ui, places[2 * half], Align::Min, |ui| ui.label(what));
                within(ui, places[2 * half + 1], Align::Min, |ui| {
                    let text = RichText::new(keys).font(font(Face::Mono, 13.0));
                    ui.label(text.color(tokens(ui).muted))
                });
            }
        }
    });
    let close = plain_button(ui, "Close");
    focus_first(ui, &close);
    if close.clicked() {
        out.push(Change::OverlayClosed.into());
    }
}

fn close_question(ui: &mut Ui, out: &mut Messages) {
    const ANSWERS: [(CloseAnswer, &str); 4] = [
        (CloseAnswer::Minimise, "Keep recording, minimised"),
        (CloseAnswer::SaveAndQuit, "Freeze, save and quit"),
        (CloseAnswer::QuitWithoutSaving, "Quit without saving"),
        (CloseAnswer::Cancel, "Cancel"),
    ];
    let answer = question(ui, "Recording goes on. Quit?", IN_MEMORY, &ANSWERS);
    out.extend(answer.map(|answer| Change::Close(answer).into()));
}

fn stop_question(ui: &mut Ui, model: &Model, out: &mut Messages) {
    const OF_RING: [(StopAnswer, &str); 3] = [
        (StopAnswer::Save, "Freeze, save and stop"),
        (StopAnswer::Lose, "Stop without saving"),
        (StopAnswer::Cancel, "Cancel"),
    ];
    const OF_INCIDENT: [(StopAnswer, &str); 3] = [
        (StopAnswer::SaveElsewhere, "Save elsewhere…"),
        (StopAnswer::Lose, "Stop, and lose the incident"),
        (StopAnswer::Cancel, "Cancel"),
    ];
    let (title, about, answers) = match model.stop_loses() {
        Some(Loss::Incident) => (
            "The incident is not saved. Stop?",
            "No folder took it; it is only in memory.",
            &OF_INCIDENT,
        ),
        _ => ("Nothing was frozen. Stop?", IN_MEMORY, &OF_RING),
    };
    let answer = question(ui, title, about, answers);
    out.extend(answer.map(|answer| Change::Stop(answer).into()));
}

/// What is lost with the recording.
const IN_MEMORY: &str = "What the ring holds is only in memory.";

/// What becomes of what is not saved; the first answer loses nothing and has the
/// focus.
fn question<T: Copy>(ui: &mut Ui, title: &str, about: &str, answers: &[(T, &str)]) -> Option<T> {
    let width = set_width(ui, 400.0);
    heading(ui, title);
    ui.label(about);
    let mut given = None;
    for (index, (answer, text)) in answers.iter().enumerate() {
        let button = ui.add(Button::new(*text).min_size(vec2(width, CONTROL)));
        if index == 0 {
            focus_first(ui, &button);
        }
        if button.clicked() {
            given = Some(*answer);
        }
    }
    given
}

fn delete_question(ui: &mut Ui, model: &Model, out: &mut Messages) {
    set_width(ui, 440.0);
    heading(ui, "Delete this file?");
    let path = model.incidents.chosen.as_ref();
    ui.label(path.map_or(String::new(), |path| path.display().to_string()));
    muted(
        ui,
        "It is not moved to a wastebasket: evidence that is deleted is gone.",
    );
    ui.horizontal(|ui| {
        if plain_button(ui, "Delete").clicked() {
            out.push(Change::OverlayDone.into());
        }
        let cancel = plain_button(ui, "Cancel");
        focus_first(ui, &cancel);
        if cancel.clicked() {
            out.push(Change::OverlayClosed.into());
        }
    });
}

fn remove_question(ui: &mut Ui, name: &str, out: &mut Messages) {
    set_width(ui, 440.0);
    heading(ui, "Remove this profile?");
    ui.label(crate::model::escaped(name));
    muted(ui, "Its file is deleted. Incidents keep their own copy.");
    ui.horizontal(|ui| {
        if plain_button(ui, "Remove").clicked() {
            out.push(Change::OverlayDone.into());
        }
        let cancel = plain_button(ui, "Cancel");
        focus_first(ui, &cancel);
        if cancel.clicked() {
            out.push(Change::OverlayClosed.into());
        }
    });
}

fn ask(
    ui: &mut Ui,
    model: &Model,
    (purpose, text, refusal): (Purpose, &str, Option<&str>),
    out: &mut Messages,
) {
    let (title, name, hint) = purpose.words();
    let width = set_width(ui, 520.0);
    heading(ui, title);
    let (response, typed) = field(
        ui,
        Field {
            name,
            text,
            hint,
            width,
            mono: true,
            wrong: refusal.is_some(),
        },
    );
    focus_first(ui, &response);
    out.extend(typed.map(|text| Change::OverlayText(text).into()));
    if let Some(refusal) = refusal {
        problem(ui, Tone::Danger, refusal);
    }
    if let Purpose::NameProfile | Purpose::SaveProfile = purpose {
        of_one_process(ui, model, out);
    }
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    ui.horizontal(|ui| {
        if plain_button(ui, purpose.verb()).clicked() || (entered && response.lost_focus()) {
            out.push(Change::OverlayDone.into());
        }
        if plain_button(ui, "Cancel").clicked() {
            out.push(Change::OverlayClosed.into());
        }
    });
}

/// A profile that names a process by its number is of use until that one ends.
fn of_one_process(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let set_up = &model.set_up;
    let Some(pid) = set_up.pid.filter(|_| set_up.target == TargetKind::Process) else {
        return;
    };
    let name = escaped(&set_up.pid_name);
    let sentence = format!(
        "It watches the process {pid} alone. After a restart {name} has another number, \
         and this profile finds nobody."
    );
    problem(ui, Tone::Warning, &sentence);
    if !name.is_empty() {
        ui.horizontal(|ui| {
            command_button(ui, Command::WatchByName, out);
            muted(ui, format!("so that it finds {name} again"));
        });
    }
}
