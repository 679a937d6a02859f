//! The set-up screen, driven by what its controls are called.

use crate::command::Command;
use crate::driven::{click, drive, type_into};
use crate::model::{TargetKind, samples};
use egui_kittest::kittest::Queryable;

#[test]
fn all_choices_can_be_made_by_name() {
    let mut window = drive(samples::set_up());
    click(&mut window, "wlan0");
    assert_eq!(window.state().model.set_up.interfaces, ["eth0", "wlan0"]);
    click(&mut window, "All interfaces");
    assert!(window.state().model.set_up.interfaces.is_empty());
    type_into(&mut window, "Filter", "udp port 53");
    type_into(&mut window, "Ring size", "2GiB");
    type_into(&mut window, "Ring age", "10m");
    type_into(&mut window, "Tail", "3s");
    type_into(&mut window, "Incidents folder", "/srv/incidents");
    click(&mut window, "Headers only");
    click(&mut window, "crashes");
    click(&mut window, "record again");
    type_into(&mut window, "Incidents to keep", "7");
    click(&mut window, "delete the oldest");
    let set_up = &window.state().model.set_up;
    assert_eq!(set_up.filter, "udp port 53");
    assert_eq!((set_up.ring.as_str(), set_up.age.as_str()), ("2GiB", "10m"));
    assert_eq!((set_up.tail.as_str(), set_up.keep.as_str()), ("3s", "7"));
    assert_eq!(set_up.folder, "/srv/incidents");
    assert!(set_up.headers_only && set_up.on_crash && set_up.rearm && set_up.drop_oldest);
}

#[test]
fn every_way_to_name_a_target_has_its_field() {
    let mut window = drive(samples::set_up());
    for (way, kind, field, text) in [
        ("Name", TargetKind::Name, "Process name", "router_*"),
        ("Port", TargetKind::Port, "Port", "9973"),
        (
            "Launch",
            TargetKind::Launch,
            "Command to launch",
            "./server",
        ),
    ] {
        click(&mut window, way);
        assert_eq!(window.state().model.set_up.target, kind);
        type_into(&mut window, field, text);
    }
    let set_up = &window.state().model.set_up;
    assert_eq!(
        (set_up.name.as_str(), set_up.port.as_str()),
        ("router_*", "9973")
    );
    assert_eq!(set_up.launch, "./server");
    click(&mut window, "None");
    assert_eq!(window.state().model.set_up.target, TargetKind::Nothing);
}

#[test]
fn buttons_and_keys_ask_for_the_same_commands() {
    let mut window = drive(samples::set_up());
    click(&mut window, "Start");
    click(&mut window, "Choose folder…");
    click(&mut window, "Incidents");
    let keys = [
        (egui::Modifiers::COMMAND, egui::Key::E),
        (egui::Modifiers::NONE, egui::Key::F9),
        (
            egui::Modifiers::COMMAND | egui::Modifiers::SHIFT,
            egui::Key::K,
        ),
        (egui::Modifiers::COMMAND, egui::Key::K),
    ];
    for (modifiers, key) in keys {
        window.key_press_modifiers(modifiers, key);
        window.run_ok();
    }
    assert_eq!(
        window.state().commands,
        [
            Command::Start,
            Command::ChooseFolder,
            Command::ShowIncidents,
            Command::StartOrStop,
            Command::Freeze,
            Command::Palette,
            Command::ShowSetUp,
        ]
    );
}

#[test]
fn processes_are_one_stop_and_chosen_by_keys() {
    let mut window = drive(samples::set_up());
    type_into(&mut window, "Search processes", "sshd");
    let list = window.get_by_role(egui::accesskit::Role::ListBox);
    list.focus();
    window.run_ok();
    window.key_press(egui::Key::Home);
    window.run_ok();
    assert_eq!(window.state().model.set_up.pid, Some(812));
}

#[test]
fn the_next_of_its_name_takes_the_place_of_a_process_that_ended() {
    let mut model = samples::set_up();
    model.set_up.pid = Some(9_999);
    let mut window = drive(model);
    window.get_by_label_contains("router_runner has ended.");
    click(&mut window, "Watch for the next of its name");
    let set_up = &window.state().model.set_up;
    assert_eq!(set_up.target, TargetKind::Name);
    assert_eq!(set_up.name, "router_runner");
    assert!(set_up.wait);
}

#[test]
fn another_process_with_its_pid_is_not_the_chosen_one() {
    let mut model = samples::set_up();
    model.set_up.pid_name = "one_that_ended".into();
    let window = drive(model);
    window.get_by_label_contains("one_that_ended has ended.");
}

#[test]
fn what_gives_the_right_to_capture_is_the_first_thing_and_asks_once() {
    let mut window = drive(samples::set_up_without_rights());
    for command in [Command::AllowThisTime, Command::AllowAlways] {
        click(&mut window, command.text());
        assert_eq!(window.state().commands.last(), Some(&command));
    }
    // The choices can be made meanwhile.
    click(&mut window, "wlan0");
    assert_eq!(window.state().model.set_up.interfaces, ["eth0", "wlan0"]);
    let mut model = samples::set_up_without_rights();
    model.machine.asking = true;
    let mut window = drive(model);
    click(&mut window, Command::AllowAlways.text());
    assert_eq!(window.state().commands, []);
}
