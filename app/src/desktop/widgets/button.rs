//! Buttons.

use egui::{Button, Response, RichText, Stroke, Ui, Vec2, vec2};

use crate::command::{Command, Messages};
use crate::theme::{BODY, CONTROL, Face, HEADING, font, tokens};

/// A button for a command, with its tooltip and key.
pub(crate) fn command_button(ui: &mut Ui, command: Command, out: &mut Messages) -> Response {
    let response = ui.add(Button::new(command.text()).min_size(vec2(0.0, CONTROL)));
    respond(response, command, out)
}

/// The one button of a screen that stands out, while what it does can be done.
pub(crate) fn main_button(
    ui: &mut Ui,
    command: Command,
    size: Vec2,
    ready: bool,
    out: &mut Messages,
) {
    let tokens = tokens(ui);
    let text = RichText::new(command.text()).font(font(Face::Medium, HEADING));
    let button = if ready {
        Button::new(text.color(tokens.on_recording))
            .fill(tokens.recording)
            .stroke(Stroke::new(1.0, tokens.recording))
    } else {
        Button::new(text)
    };
    let response = ui.add(button.min_size(size));
    if response.has_focus() {
        let edge = Stroke::new(2.0, tokens.text);
        let rect = response.rect.shrink(1.0);
        ui.painter()
            .rect_stroke(rect, 5.0, edge, egui::StrokeKind::Inside);
    }
    respond(response, command, out);
}

/// How wide a button with this text is, in points.
pub(crate) fn button_width(ui: &Ui, text: &str) -> f32 {
    let face = font(Face::Regular, BODY);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), face, tokens(ui).text);
    galley.size().x + 2.0 * ui.spacing().button_padding.x
}

/// Room before buttons with these texts, so that they end at the right of what there is
/// and yet stand in the order in which Tab goes.
pub(crate) fn space_before(ui: &mut Ui, texts: impl Iterator<Item = &'static str>) {
    let gap = ui.spacing().item_spacing.x;
    let all: f32 = texts.map(|text| button_width(ui, text) + gap).sum();
    ui.add_space((ui.available_width() - all + gap - 1.0).max(0.0));
}

/// The button that does what one mostly wants here.
pub(crate) fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let tokens = tokens(ui);
    let text = RichText::new(text).font(font(Face::Medium, BODY));
    let button = Button::new(text)
        .fill(tokens.selection)
        .stroke(Stroke::new(1.0, tokens.focus));
    ui.add(button.min_size(vec2(0.0, CONTROL)))
}

/// A button with a text of its own that asks for something else than a command.
pub(crate) fn plain_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).min_size(vec2(0.0, CONTROL)))
}

fn respond(response: Response, command: Command, out: &mut Messages) -> Response {
    if response.clicked() {
        out.push(command.into());
    }
    let tooltip = match command.shortcut() {
        Some(keys) => format!("{} ({})", command.tooltip(), keys.text()),
        None => command.tooltip().to_owned(),
    };
    response.on_hover_text(tooltip)
}

/// One of several ways, side by side: which was clicked, if any.
pub(crate) fn segments<T: Copy + PartialEq>(
    ui: &mut Ui,
    chosen: T,
    ways: &[(T, &str)],
) -> Option<T> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (way, text) in ways {
            let text = RichText::new(*text).font(font(Face::Regular, BODY));
            let button = Button::selectable(*way == chosen, text).min_size(vec2(0.0, CONTROL));
            if ui.add(button).clicked() {
                clicked = Some(*way);
            }
        }
    });
    clicked
}

/// Something that is on or off, with the shape of it.
pub(crate) fn chip(ui: &mut Ui, on: bool, text: &str) -> Response {
    let mut on = on;
    ui.checkbox(&mut on, text)
}
