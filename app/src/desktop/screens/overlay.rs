//! What stands above the screen and takes the keys until it is closed.

use egui::{Align, Button, Frame, Id, Key, Modal, Modifiers, RichText, ScrollArea, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, CloseAnswer, Model, Overlay, Purpose, Tone, found_commands};
use crate::theme::{CONTROL, Face, MARGIN, font, tokens};
use crate::widgets::{Field, columns, field, heading, muted, plain_button, problem, within};

/// Shows what stands above the screen, if something does.
pub(crate) fn overlay(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let Some(overlay) = &model.overlay else {
        return;
    };
    let frame = Frame::popup(ui.style()).inner_margin(MARGIN);
    let modal = Modal::new(Id::unique("overlay")).frame(frame);
    let modal = modal.show(ui.ctx(), |ui| match overlay {
        Overlay::Palette { search } => palette(ui, search, out),
        Overlay::Keys => keys(ui, out),
        Overlay::Settings => super::settings::settings(ui, model, out),
        Overlay::CloseQuestion => close_question(ui, out),
        Overlay::DeleteQuestion => delete_question(ui, model, out),
        Overlay::RemoveProfile(name) => remove_question(ui, name, out),
        Overlay::Ask {
            purpose,
            text,
            refusal,
        } => ask(ui, *purpose, text, refusal.as_deref(), out),
    });
    if modal.should_close() {
        out.push(Change::OverlayClosed.into());
    }
}

/// Gives a control the focus when the overlay has just been opened.
fn focus_first(ui: &Ui, response: &egui::Response) {
    let id = Id::unique("overlay focus");
    let shown: Option<u64> = ui.data(|data| data.get_temp(id));
    let pass = ui.ctx().cumulative_pass_nr();
    if shown.is_none_or(|before| before + 1 < pass) {
        response.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(id, pass));
}

fn palette(ui: &mut Ui, search: &str, out: &mut Messages) {
    ui.set_width(480.0);
    let commands = found_commands(search);
    // Up and down are taken before the field sees them.
    let (chosen, moved) = chosen_row(ui, search, commands.len());
    let (response, typed) = field(
        ui,
        Field {
            name: "Find a command",
            text: search,
            hint: "a command",
            width: 480.0,
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
    let mut hovered = None;
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (row, command) in commands.iter().enumerate() {
            let mut button = Button::selectable(row == chosen, command.text())
                .frame_when_inactive(row == chosen)
                .min_size(vec2(464.0, 28.0));
            if let Some(keys) = command.shortcut() {
                button = button.right_text(keys.text());
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
    const WIDTH: f32 = 680.0;
    ui.set_width(WIDTH);
    heading(ui, "Keys");
    let commands = Command::ALL.into_iter().filter_map(|command| {
        let keys = command.shortcut()?;
        Some((command.text().to_owned(), keys.text()))
    });
    let beside = BESIDE.map(|(what, keys)| (what.to_owned(), keys.to_owned()));
    let all: Vec<_> = commands.chain(beside).collect();
    let rows = all.len().div_ceil(2);
    ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        for row in 0..rows {
            let places = columns(ui, 20.0, MARGIN, &[0.0, 128.0, 188.0, 128.0]);
            let halves = [all.get(row), all.get(rows + row)];
            for (half, (what, keys)) in halves.into_iter().enumerate().filter_map(of_half) {
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

/// A column's number with what stands in it, if something does.
fn of_half<T>((half, one): (usize, Option<T>)) -> Option<(usize, T)> {
    Some((half, one?))
}

fn close_question(ui: &mut Ui, out: &mut Messages) {
    const ANSWERS: [(CloseAnswer, &str); 4] = [
        (CloseAnswer::Minimise, "Keep recording, minimised"),
        (CloseAnswer::SaveAndQuit, "Freeze, save and quit"),
        (CloseAnswer::QuitWithoutSaving, "Quit without saving"),
        (CloseAnswer::Cancel, "Cancel"),
    ];
    ui.set_width(400.0);
    heading(ui, "Recording goes on");
    ui.label("What the ring holds is only in memory.");
    for (index, (answer, text)) in ANSWERS.into_iter().enumerate() {
        let button = ui.add(Button::new(text).min_size(vec2(400.0, CONTROL)));
        if index == 0 {
            focus_first(ui, &button);
        }
        if button.clicked() {
            out.push(Change::Close(answer).into());
        }
    }
}

fn delete_question(ui: &mut Ui, model: &Model, out: &mut Messages) {
    ui.set_width(440.0);
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
    ui.set_width(440.0);
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

fn ask(ui: &mut Ui, purpose: Purpose, text: &str, refusal: Option<&str>, out: &mut Messages) {
    let (title, name, hint) = purpose.words();
    ui.set_width(520.0);
    heading(ui, title);
    let (response, typed) = field(
        ui,
        Field {
            name,
            text,
            hint,
            width: 520.0,
            mono: true,
            wrong: refusal.is_some(),
        },
    );
    focus_first(ui, &response);
    out.extend(typed.map(|text| Change::OverlayText(text).into()));
    if let Some(refusal) = refusal {
        problem(ui, Tone::Danger, refusal);
    }
    let entered = ui.input(|input| input.key_pressed(Key::Enter));
    ui.horizontal(|ui| {
        if plain_button(ui, "OK").clicked() || (entered && response.lost_focus()) {
            out.push(Change::OverlayDone.into());
        }
        if plain_button(ui, "Cancel").clicked() {
            out.push(Change::OverlayClosed.into());
        }
    });
}
