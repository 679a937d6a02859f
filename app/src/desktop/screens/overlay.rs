//! What stands above the screen and takes the keys until it is closed.

use egui::{Align, Button, Id, Key, Modal, RichText, ScrollArea, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, CloseAnswer, Model, Overlay, Purpose, Tone, found_commands};
use crate::theme::{CONTROL, Face, font, tokens};
use crate::widgets::{Field, columns, field, heading, muted, plain_button, problem, within};

/// Shows what stands above the screen, if something does.
pub(crate) fn overlay(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let Some(overlay) = &model.overlay else {
        return;
    };
    let modal = Modal::new(Id::unique("overlay")).show(ui.ctx(), |ui| match overlay {
        Overlay::Palette { search } => palette(ui, search, out),
        Overlay::Keys => keys(ui, out),
        Overlay::Settings => super::settings::settings(ui, model, out),
        Overlay::CloseQuestion => close_question(ui, out),
        Overlay::DeleteQuestion => delete_question(ui, model, out),
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
    let commands = found_commands(search);
    if ui.input(|input| input.key_pressed(Key::Enter))
        && let Some(first) = commands.first()
    {
        out.push(Change::OverlayClosed.into());
        out.push((*first).into());
    }
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for command in &commands {
            let keys = command.shortcut().map(|keys| keys.text());
            let mut button = Button::new(command.text())
                .frame_when_inactive(false)
                .min_size(vec2(470.0, 28.0));
            if let Some(keys) = keys {
                button = button.right_text(keys);
            }
            if ui.add(button).on_hover_text(command.tooltip()).clicked() {
                out.push(Change::OverlayClosed.into());
                out.push((*command).into());
            }
        }
        if commands.is_empty() {
            muted(ui, "No command is called that.");
        }
    });
}

fn keys(ui: &mut Ui, out: &mut Messages) {
    const BESIDE: [(&str, &str); 5] = [
        ("Timeline: look closer, farther, at all", "+  −  0"),
        ("Timeline: move", "←  →  Home  End"),
        ("Lists: choose, open", "↑  ↓  Enter"),
        ("Next and previous control", "Tab  Shift+Tab"),
        ("Press a control", "Space  Enter"),
    ];
    ui.set_width(420.0);
    heading(ui, "Keys");
    let commands = Command::ALL.into_iter().filter_map(|command| {
        let keys = command.shortcut()?;
        Some((command.text().to_owned(), keys.text()))
    });
    let beside = BESIDE.map(|(what, keys)| (what.to_owned(), keys.to_owned()));
    for (what, keys) in commands.chain(beside) {
        let places = columns(ui, 20.0, 8.0, &[0.0, 150.0]);
        within(ui, places[0], Align::Min, |ui| ui.label(what));
        within(ui, places[1], Align::Min, |ui| {
            let text = RichText::new(keys).font(font(Face::Mono, 13.0));
            ui.label(text.color(tokens(ui).muted))
        });
    }
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
