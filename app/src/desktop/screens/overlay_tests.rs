//! What stands above the screens, driven by what its controls are called.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::command::{Command, Message};
use crate::driven::{Driven, click, drive, type_into};
use crate::model::{Banner, Change, CloseAnswer, Overlay, Purpose, Tone, samples};

fn with(overlay: Overlay) -> Harness<'static, Driven> {
    let mut model = samples::recording();
    model.overlay = Some(overlay);
    drive(model)
}

#[test]
fn every_command_is_found_in_the_palette_and_done() {
    // The palette is there already.
    let others = Command::ALL
        .into_iter()
        .filter(|command| *command != Command::Palette);
    for command in others {
        let mut window = with(Overlay::Palette {
            search: String::new(),
        });
        type_into(&mut window, "Find a command", command.text());
        // The field and what lies below have the same word in them.
        window.key_press(Key::Enter);
        window.run_ok();
        assert_eq!(window.state().commands, [command]);
        assert_eq!(window.state().model.overlay, None);
    }
}

#[test]
fn a_row_of_the_palette_is_chosen_with_the_arrows() {
    let mut window = with(Overlay::Palette {
        search: "file".into(),
    });
    let found = crate::model::found_commands("file");
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowUp, Key::Enter] {
        window.key_press(key);
        window.run_ok();
    }
    assert_eq!(window.state().commands, found[1..2]);
}

#[test]
fn a_command_of_the_palette_is_clicked_too() {
    let mut window = with(Overlay::Palette {
        search: "wireshark".into(),
    });
    click(&mut window, "Find Wireshark…");
    assert_eq!(window.state().commands, [Command::FindWireshark]);
}

#[test]
fn every_key_is_listed_and_works() {
    let window = with(Overlay::Keys);
    for keys in Command::ALL.into_iter().filter_map(Command::shortcut) {
        assert!(
            window.query_all_by_label(&keys.text()).count() > 0,
            "{}",
            keys.text()
        );
    }
    for command in Command::ALL {
        let Some(keys) = command.shortcut() else {
            continue;
        };
        let mut window = drive(samples::recording());
        let mut modifiers = egui::Modifiers::NONE;
        modifiers.command = keys.command;
        modifiers.ctrl = keys.command;
        modifiers.shift = keys.shift;
        let key = Key::from_name(keys.key).expect("a key");
        window.key_press_modifiers(modifiers, key);
        window.run_ok();
        assert_eq!(window.state().commands, [command], "{}", keys.text());
    }
}

#[test]
fn nothing_but_freezing_goes_past_an_overlay() {
    let mut window = with(Overlay::CloseQuestion);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::E);
    window.key_press(Key::F9);
    window.run_ok();
    assert_eq!(window.state().commands, [Command::Freeze]);
    window.key_press(Key::Escape);
    window.run_ok();
    assert_eq!(window.state().model.overlay, None);
}

#[test]
fn each_answer_to_closing_can_be_given() {
    for (text, answer) in [
        ("Keep recording, minimised", CloseAnswer::Minimise),
        ("Freeze, save and quit", CloseAnswer::SaveAndQuit),
        ("Quit without saving", CloseAnswer::QuitWithoutSaving),
        ("Cancel", CloseAnswer::Cancel),
    ] {
        let mut window = with(Overlay::CloseQuestion);
        click(&mut window, text);
        let answered = Message::Change(Change::Close(answer));
        assert!(window.state().messages.contains(&answered), "{text}");
    }
}

#[test]
fn deleting_is_asked_about_and_the_focus_is_on_cancel() {
    let mut window = with(Overlay::DeleteQuestion);
    window.key_press(Key::Enter);
    window.run_ok();
    assert_eq!(window.state().model.overlay, None);
    let done = Message::Change(Change::OverlayDone);
    assert!(!window.state().messages.contains(&done));
    let mut window = with(Overlay::DeleteQuestion);
    click(&mut window, "Delete");
    assert!(window.state().messages.contains(&done));
}

#[test]
fn a_path_is_typed_and_taken_with_enter_and_a_refusal_is_told() {
    for purpose in [
        Purpose::OpenFile,
        Purpose::SaveAs,
        Purpose::SaveElsewhere,
        Purpose::ChooseFolder,
        Purpose::SaveProfile,
        Purpose::OpenProfile,
        Purpose::FindWireshark,
        Purpose::Rename,
    ] {
        let mut window = with(Overlay::Ask {
            purpose,
            text: String::new(),
            refusal: Some("that was refused".into()),
        });
        window.get_by_label("that was refused");
        type_into(&mut window, purpose.words().1, "/tmp/x");
        window.key_press(Key::Enter);
        window.run_ok();
        let done = Message::Change(Change::OverlayDone);
        assert!(window.state().messages.contains(&done), "{purpose:?}");
        let typed = Message::Change(Change::OverlayText("/tmp/x".into()));
        assert!(window.state().messages.contains(&typed), "{purpose:?}");
    }
}

#[test]
fn each_remedy_of_a_banner_is_a_button() {
    for command in Command::ALL {
        let mut model = samples::set_up();
        model.banners = vec![Banner {
            tone: Tone::Warning,
            sentence: "This is told.".into(),
            remedies: vec![command],
        }];
        let mut window = drive(model);
        beside(&window, command.text())
            .first()
            .expect("its button")
            .click();
        window.run_ok();
        assert_eq!(window.state().commands, [command]);
        beside(&window, "Close").last().expect("Close").click();
        window.run_ok();
        assert!(window.state().model.banners.is_empty());
    }
}

/// The buttons of this name in the line of the banner, from left to right.
fn beside<'a>(window: &'a Harness<'static, Driven>, name: &'a str) -> Vec<egui_kittest::Node<'a>> {
    let line = window.get_by_label("This is told.").rect().center().y;
    let buttons = window.query_all_by_role_and_label(Role::Button, name);
    let mut buttons: Vec<_> = buttons
        .filter(|button| button.rect().y_range().contains(line))
        .collect();
    buttons.sort_by(|one, other| one.rect().left().total_cmp(&other.rect().left()));
    buttons
}
