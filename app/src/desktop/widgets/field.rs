//! A text field with its name and what is wrong with it.

use egui::{FontId, Response, Stroke, TextBuffer, TextEdit, Ui};

use super::text::without_middle;

use crate::theme::{BODY, CONTROL, Face, font, tokens};

/// How a field looks and what it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Its name, for those who cannot see it.
    pub(crate) name: &'a str,
    /// What stands there.
    pub(crate) text: &'a str,
    /// What stands there while it is empty.
    pub(crate) hint: &'a str,
    /// Its width in points.
    pub(crate) width: f32,
    /// For filters, sizes and paths.
    pub(crate) mono: bool,
    /// What stands there cannot be used.
    pub(crate) wrong: bool,
}

/// The field: its response, and the new text where it was changed.
pub(crate) fn field(ui: &mut Ui, of: Field<'_>) -> (Response, Option<String>) {
    let tokens = tokens(ui);
    let mut text = of.text.to_owned();
    let face = if of.mono { Face::Mono } else { Face::Regular };
    let font: FontId = font(face, BODY);
    let hint = egui::RichText::new(of.hint).color(tokens.muted);
    let room = of.width - 16.0;
    let id = ui.make_persistent_id(of.name);
    let whole = of.text.to_owned();
    // A path that is too long shows both its ends until somebody types.
    let mut shortened = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
        let colour = ui.visuals().text_color();
        let lay = |text: String| ui.painter().layout_no_wrap(text, font.clone(), colour);
        let text = text.as_str();
        lay(without_middle(text, room, |text| {
            lay(text.to_owned()).size().x
        }))
    };
    let edit = TextEdit::singleline(&mut text)
        .id(id)
        .hint_text(hint)
        .font(font.clone())
        .margin(egui::Margin::symmetric(8, 4))
        .align(egui::Align2::LEFT_CENTER)
        .min_size(egui::vec2(of.width, CONTROL))
        .desired_width(room);
    let response = ui
        .scope(|ui| {
            if of.wrong {
                let edge = Stroke::new(1.5, tokens.danger);
                let widgets = &mut ui.visuals_mut().widgets;
                widgets.inactive.bg_stroke = edge;
                widgets.hovered.bg_stroke = edge;
            }
            let typing = ui.memory(|memory| memory.has_focus(id));
            let edit = if typing {
                edit
            } else {
                edit.layouter(&mut shortened)
            };
            let response = ui.add(edit);
            match typing {
                true => response,
                false => tell_whole(ui, response, &whole, &font, room),
            }
        })
        .inner;
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(of.name));
    let changed = response.changed().then_some(text);
    (response, changed)
}

/// The whole of what does not fit, for who points at it.
fn tell_whole(ui: &Ui, response: Response, text: &str, font: &FontId, room: f32) -> Response {
    if !response.hovered() {
        return response;
    }
    let colour = ui.visuals().text_color();
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font.clone(), colour);
    match galley.size().x > room {
        true => response.on_hover_text(crate::model::escaped(text)),
        false => response,
    }
}
