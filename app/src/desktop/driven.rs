//! A window without a renderer, driven by what controls are called.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::command::{Command, Message, Messages};
use crate::model::Model;
use crate::{keys, screens, theme};

/// Shows a model, applies changes to it and remembers the commands.
pub(crate) struct Driven {
    pub(crate) model: Model,
    pub(crate) commands: Vec<Command>,
    pub(crate) messages: Messages,
}

impl eframe::App for Driven {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut out = Messages::new();
        keys::take(ui.ctx(), self.model.overlay.is_some(), &mut out);
        screens::show(ui, &self.model, &mut out);
        for message in &out {
            match message {
                Message::Do(command) => self.commands.push(*command),
                Message::Change(change) => self.model.apply(change),
            }
        }
        self.messages.extend(out);
    }
}

/// A window of the usual size with this model.
pub(crate) fn drive(model: Model) -> Harness<'static, Driven> {
    drive_at(egui::vec2(1280.0, 800.0), 1.0, model)
}

/// A window of this size in pixels, with text of this size, with this model.
pub(crate) fn drive_at(pixels: egui::Vec2, text: f32, model: Model) -> Harness<'static, Driven> {
    let mut harness = Harness::builder()
        .with_size(pixels / text)
        .with_pixels_per_point(text)
        .with_context_setup(|context| {
            theme::apply(context);
            keys::keep_focus_on_escape(context);
        })
        .allow_missing_glyphs()
        .build_eframe(|_| Driven {
            model,
            commands: Vec::new(),
            messages: Vec::new(),
        });
    harness.run_ok();
    harness
}

/// Clicks what is called so.
pub(crate) fn click(harness: &mut Harness<'static, Driven>, name: &str) {
    harness.get_by_label(name).click();
    harness.run_ok();
}

/// Types into the field that is called so, in the place of what stands there.
pub(crate) fn type_into(harness: &mut Harness<'static, Driven>, name: &str, text: &str) {
    use egui_kittest::kittest::NodeT;
    let field = harness.get_by_role_and_label(egui::accesskit::Role::TextInput, name);
    assert!(field.accesskit_node().is_text_input(), "{name}");
    field.focus();
    harness.run_ok();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_ok();
    harness
        .get_by_role_and_label(egui::accesskit::Role::TextInput, name)
        .type_text(text);
    harness.run_ok();
}
