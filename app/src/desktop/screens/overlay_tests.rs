//! What stands above the screens, driven by what its controls are called.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::command::{Command, Message};
use crate::driven::{Driven, click, drive, drive_at, type_into};
use crate::model::{
    Banner, Change, CloseAnswer, Overlay, Purpose, StopAnswer, TargetKind, Tone, Until, samples,
};

fn with(overlay: Overlay) -> Harness<'static, Driven> {
    let mut model = samples::recording();
    model.overlay = Some(overlay);
    drive(model)
}

#[test]
fn every_command_is_found_in_the_palette_and_done() {
    let offered = |recording| crate::model::found_commands("", recording);
    let idle = offered(false).into_iter().map(|command| (command, false));
    for (command, recording) in offered(true).into_iter().map(|one| (one, true)).chain(idle) {
        let mut model = match recording {
            true => samples::recording(),
            false => samples::set_up(),
        };
        model.overlay = Some(Overlay::Palette {
            search: String::new(),
        });
        let mut window = drive(model);
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
    let found = crate::model::found_commands("file", true);
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
    let all = Command::ALL.into_iter().flat_map(|command| {
        let keys = command.shortcut().into_iter().chain(command.also());
        keys.map(move |keys| (command, keys))
    });
    for (command, keys) in all {
        let listed = command.keys_text();
        assert!(listed.contains(&keys.text()));
        assert!(window.query_all_by_label(&listed).count() > 0, "{listed}");
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
            file: None,
            until: Until::Closed,
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

#[test]
fn stopping_asks_and_what_loses_nothing_has_the_focus() {
    let mut window = with(Overlay::StopQuestion);
    window.key_press(Key::Enter);
    window.run_ok();
    let saved = Message::Change(Change::Stop(StopAnswer::Save));
    assert_eq!(window.state().messages, [saved]);
    for (text, answer) in [
        ("Freeze, save and stop", StopAnswer::Save),
        ("Stop without saving", StopAnswer::Lose),
        ("Cancel", StopAnswer::Cancel),
    ] {
        let mut window = with(Overlay::StopQuestion);
        click(&mut window, text);
        let answered = Message::Change(Change::Stop(answer));
        assert!(window.state().messages.contains(&answered), "{text}");
    }
}

#[test]
fn an_incident_that_no_folder_took_is_not_lost_by_stop() {
    let mut model = samples::not_saved();
    model.overlay = Some(Overlay::StopQuestion);
    let mut window = drive(model);
    window.get_by_label("The incident is not saved. Stop?");
    window.key_press(Key::Enter);
    window.run_ok();
    let elsewhere = Message::Change(Change::Stop(StopAnswer::SaveElsewhere));
    assert_eq!(window.state().messages, [elsewhere]);
}

#[test]
fn stop_stands_apart_from_freeze_now() {
    let window = drive(samples::recording());
    let freeze = window.get_by_label("Freeze now").rect();
    let stop = window.get_by_label("Stop").rect();
    assert!(stop.left() - freeze.right() >= 32.0, "{freeze:?} {stop:?}");
}

#[test]
fn a_dialog_that_takes_the_place_of_the_palette_has_the_focus_in_its_field() {
    for purpose in [Purpose::Rename, Purpose::SaveProfile, Purpose::OpenProfile] {
        // At once, and when an answer was waited for.
        for frames_between in 0..4 {
            let mut window = with(Overlay::Palette {
                search: "ren".into(),
            });
            window.state_mut().model.overlay = None;
            for _ in 0..frames_between {
                window.step();
            }
            window.state_mut().model.overlay = Some(Overlay::Ask {
                purpose,
                text: String::new(),
                refusal: None,
            });
            window.run_ok();
            window.event(egui::Event::Text("mine".into()));
            window.run_ok();
            let typed = Message::Change(Change::OverlayText("mine".into()));
            assert!(
                window.state().messages.contains(&typed),
                "{purpose:?} after {frames_between} frames"
            );
        }
    }
}

#[test]
fn no_overlay_is_larger_than_the_window() {
    let ask = |purpose| Overlay::Ask {
        purpose,
        text: "/tmp/x".into(),
        refusal: Some("that was refused".into()),
    };
    let all = [
        Overlay::Palette {
            search: String::new(),
        },
        Overlay::Keys,
        Overlay::Settings,
        Overlay::CloseQuestion,
        Overlay::StopQuestion,
        Overlay::DeleteQuestion,
        ask(Purpose::SaveProfile),
    ];
    for overlay in all {
        for (pixels, text) in [
            ((1280.0, 800.0), 2.0),
            ((900.0, 600.0), 1.0),
            ((900.0, 600.0), 2.0),
        ] {
            let mut model = samples::set_up();
            model.overlay = Some(overlay.clone());
            let window = drive_at(egui::vec2(pixels.0, pixels.1), text, model);
            let area = egui::Id::unique("overlay");
            let area = window.ctx.memory(|memory| memory.area_rect(area));
            let (area, whole) = (area.expect("an overlay"), window.ctx.content_rect());
            assert!(
                whole.contains_rect(area),
                "{overlay:?}: {area:?} of {whole:?}"
            );
        }
    }
}

#[test]
fn the_last_entry_of_the_menu_can_be_reached_with_large_text() {
    let mut window = drive_at(egui::vec2(1280.0, 800.0), 2.0, samples::set_up());
    click(&mut window, "Menu");
    window.get_by_label_contains("Quit").scroll_to_me();
    window.run_ok();
    let rect = window.get_by_label_contains("Quit").rect();
    let whole = window.ctx.content_rect();
    assert!(whole.contains_rect(rect), "{rect:?} of {whole:?}");
    window.get_by_label_contains("Quit").click();
    window.run_ok();
    assert_eq!(window.state().commands, [Command::Quit]);
}

#[test]
fn a_profile_of_one_process_is_told_of_and_mended() {
    let mut model = samples::set_up();
    model.overlay = Some(Overlay::Ask {
        purpose: Purpose::NameProfile,
        text: String::new(),
        refusal: None,
    });
    let mut window = drive(model);
    window.get_by_label_contains("It watches the process 4121 alone.");
    click(&mut window, "Watch by name");
    assert_eq!(window.state().commands, [Command::WatchByName]);
    window.state_mut().model.apply(&Change::ByName);
    window.run_ok();
    assert_eq!(window.state().model.set_up.target, TargetKind::Name);
    assert!(
        window
            .query_by_label_contains("It watches the process")
            .is_none()
    );
}

#[test]
fn all_of_a_path_is_replaced_that_is_longer_than_its_field() {
    let mut model = samples::set_up();
    let long = format!("/srv/{}/incident.pcapng", "evidence/".repeat(20));
    model.overlay = Some(Overlay::Ask {
        purpose: crate::model::Purpose::SaveAs,
        text: long,
        refusal: None,
    });
    let mut window = drive(model);
    type_into(&mut window, "Path of the copy", "/tmp/copy.pcapng");
    let Some(Overlay::Ask { text, .. }) = &window.state().model.overlay else {
        panic!("{:?}", window.state().model.overlay);
    };
    assert_eq!(text, "/tmp/copy.pcapng");
}
