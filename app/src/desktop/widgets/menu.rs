//! Menus: of one width, at their left, and never larger than the window.

use egui::{Align, Button, Layout, Response, RichText, ScrollArea, Ui, vec2};

use super::follow_focus;
use crate::command::{Command, Messages};
use crate::theme::{BODY, CONTROL, Face, STATUS_BAR, TOP_BAR, font, tokens};

/// Room for the button that removes an entry, in points.
const REMOVE: f32 = 72.0;
/// An entry's height in points.
const ENTRY: f32 = 28.0;

/// A button that opens a menu of this width in points. What the window has no room
/// for is scrolled to.
pub(crate) fn menu(
    ui: &mut Ui,
    text: impl Into<egui::WidgetText>,
    width: f32,
    contents: impl FnOnce(&mut Ui),
) -> Response {
    let text: egui::WidgetText = text.into();
    let opened = ui.menu_button(text, |ui| {
        let window = ui.ctx().content_rect();
        let room = window.height() - TOP_BAR - STATUS_BAR - 2.0 * CONTROL;
        ui.set_width(width.min(window.width() - 2.0 * CONTROL));
        ui.spacing_mut().interact_size.y = ENTRY;
        ui.spacing_mut().item_spacing.y = 4.0;
        let room = room.max(CONTROL);
        // The room that a new popup says it has is less than it gets.
        let area = ScrollArea::vertical()
            .max_height(room)
            .min_scrolled_height(room);
        area.show(ui, |ui| {
            contents(ui);
            follow_focus(ui);
        });
    });
    opened.response
}

/// An entry at the left, with what is known of it at the right.
pub(crate) fn choice(ui: &mut Ui, text: impl Into<RichText>, about: &str) -> Response {
    let text: RichText = text.into();
    let name = text.text().to_owned();
    let muted = tokens(ui).muted;
    let about = RichText::new(about)
        .font(font(Face::Regular, BODY))
        .color(muted);
    let button = Button::new(text)
        .right_text(about)
        .truncate()
        .min_size(vec2(ui.available_width(), ENTRY));
    let response = ui.add(button);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// An entry that asks for a command, with its keys.
pub(crate) fn menu_button(ui: &mut Ui, command: Command, out: &mut Messages) -> Response {
    let response = choice(ui, command.text(), &command.keys_text());
    if response.clicked() {
        out.push(command.into());
        ui.close();
    }
    response.on_hover_text(command.tooltip())
}

/// An entry that can be chosen or removed: which was asked for.
pub(crate) fn entry(ui: &mut Ui, name: &str, about: &str) -> (bool, bool) {
    let size = vec2(ui.available_width(), ENTRY);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let name = crate::model::escaped(name);
        let removed = ui.add(Button::new("Remove").min_size(vec2(REMOVE, ENTRY)));
        let label = format!("Remove {name}");
        ui.ctx()
            .accesskit_node_builder(removed.id, |node| node.set_label(label));
        let about = crate::model::escaped(about);
        let chosen = choice(ui, name, &about);
        (chosen.on_hover_text(about).clicked(), removed.clicked())
    })
    .inner
}
