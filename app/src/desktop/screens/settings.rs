//! The settings, in one dialog. Each takes effect at once; what draws, at the
//! next start.

use egui::{Align, Ui};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Rates, Renderer, Setting, Settings, Theme, Units, Zone};
use crate::theme::{CAPTION, CONTROL};
use crate::widgets::{
    Field, button_width, caption, columns, command_button, field, heading, muted, plain_button,
    segments, within,
};

const WIDTH: f32 = 600.0;
/// The names of the rows.
const NAMES: f32 = 104.0;

/// The dialog.
pub(crate) fn settings(ui: &mut Ui, model: &Model, out: &mut Messages) {
    ui.set_width(WIDTH);
    // All of it is seen with large text too.
    ui.spacing_mut().item_spacing.y = 6.0;
    heading(ui, "Settings");
    look(ui, &model.settings, out);
    numbers(ui, &model.settings, out);
    places(ui, &model.settings, out);
    ui.scope(|ui| switches(ui, &model.settings, out));
    if plain_button(ui, "Close").clicked() {
        out.push(Change::OverlayClosed.into());
    }
}

fn look(ui: &mut Ui, settings: &Settings, out: &mut Messages) {
    const THEMES: [(Theme, &str); 3] = [
        (Theme::System, "As the system"),
        (Theme::Dark, "Dark"),
        (Theme::Light, "Light"),
    ];
    const RENDERERS: [(Option<Renderer>, &str); 4] = [
        (None, "What works"),
        (Some(Renderer::Glow), "OpenGL"),
        (Some(Renderer::Wgpu), NEWER_GRAPHICS),
        (Some(Renderer::Software), "No graphics card"),
    ];
    ways(ui, "Theme", settings.theme, &THEMES, Setting::Theme, out);
    row(ui, "Text size", |ui| {
        command_button(ui, Command::SmallerText, out);
        ui.label(format!("{} %", settings.text_size));
        command_button(ui, Command::LargerText, out);
        command_button(ui, Command::NormalText, out);
    });
    row(ui, "Drawn with", |ui| {
        let chosen = segments(ui, settings.renderer, &RENDERERS);
        out.extend(chosen.map(|one| Change::Setting(Setting::Renderer(one)).into()));
    });
    let places = columns(ui, CAPTION + 4.0, 8.0, &[NAMES, 0.0]);
    within(ui, places[1], Align::Min, |ui| {
        let told = "From the next start on. Another one helps where the window stays empty.";
        caption(ui, told)
    });
}

/// What draws beside OpenGL on this system.
const NEWER_GRAPHICS: &str = if cfg!(windows) {
    "Direct3D"
} else if cfg!(target_os = "macos") {
    "Metal"
} else {
    "Vulkan"
};

fn numbers(ui: &mut Ui, settings: &Settings, out: &mut Messages) {
    const UNITS: [(Units, &str); 2] = [
        (Units::Decimal, "MB, of 1000 kB"),
        (Units::Binary, "MiB, of 1024 KiB"),
    ];
    const RATES: [(Rates, &str); 2] = [
        (Rates::Bytes, "Bytes a second"),
        (Rates::Bits, "Bits a second"),
    ];
    const ZONES: [(Zone, &str); 2] = [(Zone::Local, "This computer's zone"), (Zone::Utc, "UTC")];
    ways(ui, "Sizes", settings.units, &UNITS, Setting::Units, out);
    ways(ui, "Rates", settings.rates, &RATES, Setting::Rates, out);
    ways(ui, "Times", settings.zone, &ZONES, Setting::Zone, out);
}

fn places(ui: &mut Ui, settings: &Settings, out: &mut Messages) {
    let usual = Settings::default().usual_folder();
    row(ui, "Incidents", |ui| {
        let button = Command::ChooseFolder;
        let typed = path(
            ui,
            "Usual incidents folder",
            &settings.folder,
            &usual,
            button,
        );
        out.extend(typed.map(|text| Change::Setting(Setting::Folder(text)).into()));
        command_button(ui, button, out);
    });
    row(ui, "Wireshark", |ui| {
        let told = &settings.wireshark;
        let button = Command::FindWireshark;
        let typed = path(ui, "Wireshark's program", told, "found by itself", button);
        out.extend(typed.map(|text| Change::Setting(Setting::Wireshark(text)).into()));
        command_button(ui, button, out);
    });
}

fn switches(ui: &mut Ui, settings: &Settings, out: &mut Messages) {
    // Rows of 32 points, as everywhere.
    ui.spacing_mut().item_spacing.y = 0.0;
    switch(
        ui,
        settings.notifications,
        "Tell me on the desktop when an incident is saved",
        Setting::Notifications,
        out,
    );
    switch(
        ui,
        settings.record_at_launch,
        "Start recording at launch with the last choices",
        Setting::RecordAtLaunch,
        out,
    );
}

fn switch(ui: &mut Ui, on: bool, text: &str, setting: fn(bool) -> Setting, out: &mut Messages) {
    let mut on = on;
    if ui.checkbox(&mut on, text).clicked() {
        out.push(Change::Setting(setting(on)).into());
    }
}

/// A row with its name.
fn row(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    let places = columns(ui, CONTROL, 8.0, &[NAMES, 0.0]);
    within(ui, places[0], Align::Min, |ui| muted(ui, name));
    within(ui, places[1], Align::Min, |ui| {
        // What is smaller stands in the middle of the row.
        ui.spacing_mut().interact_size.y = CONTROL;
        contents(ui);
    });
}

/// A row with one of several ways.
fn ways<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    chosen: T,
    ways: &[(T, &str)],
    setting: fn(T) -> Setting,
    out: &mut Messages,
) {
    row(ui, name, |ui| {
        let chosen = segments(ui, chosen, ways);
        out.extend(chosen.map(|one| Change::Setting(setting(one)).into()));
    });
}

fn path(ui: &mut Ui, name: &str, text: &str, hint: &str, beside: Command) -> Option<String> {
    let button = button_width(ui, beside.text()) + ui.spacing().item_spacing.x;
    let width = ui.available_width() - button;
    let (_, typed) = field(
        ui,
        Field {
            name,
            text,
            hint,
            width,
            mono: true,
            wrong: false,
        },
    );
    typed
}
