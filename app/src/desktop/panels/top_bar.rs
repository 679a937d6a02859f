//! The bar at the top: the state, the screens, the menu.

use egui::{Align, Button, Layout, RichText, Sense, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Model, Screen, StateNow};
use crate::theme::{BODY, CONTROL, Face, HEADING, MARGIN, RADIUS, TOP_BAR, font, tokens};
use crate::widgets::{Mark, colour_of, menu, menu_button};

/// The bar.
pub(crate) fn top_bar(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let size = vec2(ui.available_width(), TOP_BAR);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_height(TOP_BAR);
        ui.add_space(MARGIN);
        state_pill(ui, &StateNow::of(model));
        ui.add_space(MARGIN);
        for (screen, command) in [
            (Screen::SetUp, Command::ShowSetUp),
            (Screen::Recording, Command::ShowRecording),
            (Screen::Incidents, Command::ShowIncidents),
        ] {
            tab(ui, model.screen == screen, command, out);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(MARGIN);
            main_menu(ui, out);
        });
    });
}

/// Shape, word and time of what goes on.
fn state_pill(ui: &mut Ui, state: &StateNow) {
    let (rect, response) = ui.allocate_exact_size(vec2(176.0, CONTROL), Sense::hover());
    let colour = colour_of(ui, state.tone);
    let edge = egui::Stroke::new(1.0, tokens(ui).line);
    let painter = ui.painter();
    painter.rect(
        rect,
        f32::from(RADIUS),
        tokens(ui).panel,
        edge,
        egui::StrokeKind::Inside,
    );
    let centre = egui::pos2(rect.left() + 18.0, rect.center().y);
    Mark::of(state.tone).paint(painter, centre, colour);
    let at = egui::pos2(rect.left() + 34.0, rect.center().y);
    let face = font(Face::Medium, BODY);
    painter.text(at, egui::Align2::LEFT_CENTER, &state.word, face, colour);
    let at = egui::pos2(rect.right() - 12.0, rect.center().y);
    let face = font(Face::Regular, BODY);
    let muted = tokens(ui).muted;
    painter.text(at, egui::Align2::RIGHT_CENTER, &state.time, face, muted);
    let text = format!("{} {}", state.word, state.time);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &text));
}

fn tooltip(command: Command) -> String {
    format!("{} ({})", command.tooltip(), command.keys_text())
}

fn tab(ui: &mut Ui, chosen: bool, command: Command, out: &mut Messages) {
    let face = if chosen { Face::Medium } else { Face::Regular };
    let text = RichText::new(command.text()).font(font(face, HEADING));
    let button = Button::selectable(chosen, text).min_size(vec2(0.0, CONTROL));
    if ui.add(button).on_hover_text(tooltip(command)).clicked() {
        out.push(command.into());
    }
}

fn main_menu(ui: &mut Ui, out: &mut Messages) {
    const ENTRIES: [&[Command]; 4] = [
        &[
            Command::OpenFile,
            Command::OpenProfile,
            Command::SaveProfile,
        ],
        &[
            Command::LargerText,
            Command::SmallerText,
            Command::NormalText,
        ],
        &[Command::Palette, Command::Keys, Command::Settings],
        &[Command::Quit],
    ];
    menu(ui, "Menu", 240.0, |ui| {
        for (index, group) in ENTRIES.into_iter().enumerate() {
            if index > 0 {
                ui.separator();
            }
            for command in group {
                menu_button(ui, *command, out);
            }
        }
    });
}
