//! A text field with its name and what is wrong with it.

use egui::{FontId, Response, Stroke, TextEdit, Ui};

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
    let edit = TextEdit::singleline(&mut text)
        .id_salt(of.name)
        .hint_text(hint)
        .font(font)
        .margin(egui::Margin::symmetric(8, 4))
        .align(egui::Align2::LEFT_CENTER)
        .min_size(egui::vec2(of.width, CONTROL - 4.0))
        .desired_width(of.width - 16.0);
    let response = ui
        .scope(|ui| {
            if of.wrong {
                let edge = Stroke::new(1.5, tokens.danger);
                let widgets = &mut ui.visuals_mut().widgets;
                widgets.inactive.bg_stroke = edge;
                widgets.hovered.bg_stroke = edge;
            }
            ui.add(edit)
        })
        .inner;
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(of.name));
    let changed = response.changed().then_some(text);
    (response, changed)
}
