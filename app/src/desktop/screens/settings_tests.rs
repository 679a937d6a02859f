//! The settings, driven by what their controls are called.

use crate::command::Command;
use crate::driven::{click, drive, type_into};
use crate::model::{Overlay, Rates, Renderer, Settings, Theme, Units, Zone, samples};

#[test]
fn every_setting_is_changed_by_name() {
    let mut model = samples::set_up();
    model.overlay = Some(Overlay::Settings);
    model.set_up.folder = model.settings.usual_folder();
    let mut window = drive(model);
    for name in [
        "Light",
        "MiB, of 1024 KiB",
        "Bits a second",
        "UTC",
        "No graphics card",
        "Tell me on the desktop when an incident is saved",
        "Start recording at launch with the last choices",
    ] {
        click(&mut window, name);
    }
    type_into(&mut window, "Usual incidents folder", "/evidence");
    type_into(&mut window, "Wireshark's program", "/opt/wireshark");
    click(&mut window, Command::LargerText.text());
    let state = window.state();
    let expected = Settings {
        theme: Theme::Light,
        text_size: 100,
        units: Units::Binary,
        rates: Rates::Bits,
        zone: Zone::Utc,
        folder: "/evidence".into(),
        wireshark: "/opt/wireshark".into(),
        notifications: false,
        record_at_launch: true,
        renderer: Some(Renderer::Software),
    };
    assert_eq!(state.model.settings, expected);
    assert_eq!(state.commands, [Command::LargerText]);
    // Choices that said nothing else follow at once.
    assert_eq!(state.model.set_up.folder, "/evidence");
}
