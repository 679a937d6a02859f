//! The settings, in one dialog. Each takes effect at once.

use egui::Ui;

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Setting, Theme};
use crate::theme::CONTROL;
use crate::widgets::{Field, caption, command_button, field, heading, plain_button, segments};

/// The dialog.
pub(crate) fn settings(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let settings = &model.settings;
    ui.set_width(480.0);
    heading(ui, "Settings");
    caption(ui, "Theme");
    let themes = [
        (Theme::System, "As the system"),
        (Theme::Dark, "Dark"),
        (Theme::Light, "Light"),
    ];
    let chosen = segments(ui, settings.theme, &themes);
    out.extend(chosen.map(|theme| Change::Setting(Setting::Theme(theme)).into()));
    caption(ui, "Text size");
    ui.horizontal(|ui| {
        command_button(ui, Command::SmallerText, out);
        ui.label(format!("{} %", settings.text_size));
        command_button(ui, Command::LargerText, out);
        command_button(ui, Command::NormalText, out);
    });
    caption(ui, "Wireshark");
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        let (_, typed) = field(
            ui,
            Field {
                name: "Wireshark's program",
                text: &settings.wireshark,
                hint: "found by itself",
                width: 320.0,
                mono: true,
                wrong: false,
            },
        );
        out.extend(typed.map(|path| Change::Setting(Setting::Wireshark(path)).into()));
    });
    let mut notify = settings.notifications;
    if ui
        .checkbox(
            &mut notify,
            "Tell me on the desktop when an incident is saved",
        )
        .clicked()
    {
        out.push(Change::Setting(Setting::Notifications(notify)).into());
    }
    let mut record = settings.record_at_launch;
    if ui
        .checkbox(
            &mut record,
            "Start recording at launch with the last choices",
        )
        .clicked()
    {
        out.push(Change::Setting(Setting::RecordAtLaunch(record)).into());
    }
    if plain_button(ui, "Close").clicked() {
        out.push(Change::OverlayClosed.into());
    }
}
