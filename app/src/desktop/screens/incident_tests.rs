//! The incidents and the page of one, driven by what their controls are called.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use crate::command::{Command, Message};
use crate::driven::{click, drive};
use crate::model::{Change, samples_incident};

#[test]
fn the_list_is_one_stop_and_a_row_is_chosen_and_opened_by_keys() {
    let mut window = drive(samples_incident::incidents());
    window.get_by_role(Role::ListBox).focus();
    window.run_ok();
    window.key_press(Key::ArrowDown);
    window.run_ok();
    window.key_press(Key::ArrowDown);
    window.run_ok();
    let chosen = window.state().model.incidents.chosen.clone();
    let chosen = chosen.expect("a row");
    assert!(
        chosen.ends_with("router_runner_exit_20261122T231501Z.pcapng"),
        "{chosen:?}"
    );
    window.key_press(Key::Enter);
    window.run_ok();
    let opened = Message::Change(Change::Open(chosen));
    assert!(window.state().messages.contains(&opened));
}

#[test]
fn a_chosen_row_can_be_shown_renamed_and_deleted() {
    let mut model = samples_incident::incidents();
    model.incidents.chosen = model
        .incidents
        .rows
        .as_ref()
        .map(|rows| rows[0].path.clone());
    let mut window = drive(model);
    for name in ["Show in folder", "Rename…", "Delete…", "Open a file…"] {
        click(&mut window, name);
    }
    assert_eq!(
        window.state().commands,
        [
            Command::ShowInFolder,
            Command::Rename,
            Command::Delete,
            Command::OpenFile,
        ]
    );
    click(&mut window, "Open");
    let rows = window.state().model.incidents.rows.as_ref();
    let opened = Change::Open(rows.unwrap()[0].path.clone()).into();
    assert!(window.state().messages.contains(&opened));
}

#[test]
fn an_empty_folder_says_what_will_appear_and_one_that_cannot_be_read_why() {
    let mut model = samples_incident::incidents();
    model.incidents.rows = Some(Vec::new());
    let window = drive(model);
    window.get_by_label_contains("No incidents yet.");
    let mut model = samples_incident::incidents();
    model.incidents.unlisted = Some("read /home/dev/Crashcap: Permission denied".into());
    let window = drive(model);
    window.get_by_label_contains("Permission denied");
}

#[test]
fn everything_can_be_done_with_an_open_incident() {
    let mut window = drive(samples_incident::incident());
    click(&mut window, "Save as…");
    click(&mut window, "Open in Wireshark");
    for name in [
        "Show in folder",
        "Copy path",
        "Record again",
        "Rename…",
        "Delete…",
    ] {
        click(&mut window, "More");
        click(&mut window, name);
    }
    click(&mut window, "Close incident");
    assert_eq!(
        window.state().commands,
        [
            Command::SaveAs,
            Command::OpenInWireshark,
            Command::ShowInFolder,
            Command::CopyPath,
            Command::RecordAgain,
            Command::Rename,
            Command::Delete,
            Command::CloseIncident,
        ]
    );
}

#[test]
fn the_page_is_told_to_who_cannot_see_it() {
    let window = drive(samples_incident::incident());
    window.get_by_label_contains("was killed by SIGSEGV at 2026-11-23 05:14:52.000 UTC");
    window.get_by_label("tcp port 9973");
    window.get_by_role_and_label(Role::Image, "Traffic");
    let lists: Vec<_> = window.query_all_by_role(Role::ListBox).collect();
    assert_eq!(lists.len(), 3, "last packets, conversations and ports");
    window.get_by_label_contains("198.51.100.4:40112, 192.0.2.17:9973, TCP");
    // The request that did it, the file's name and its path.
    window.get_by_label_contains("no answer, GET /route?table=%00%00");
    window.get_by_label("router_runner_crash_20261123T051452Z.pcapng");
    window.get_by_label("/home/dev/Crashcap/router_runner_crash_20261123T051452Z.pcapng");
}

#[test]
fn the_timeline_of_a_file_is_zoomed_by_keys() {
    let mut window = drive(samples_incident::incident());
    window.get_by_role_and_label(Role::Image, "Traffic").focus();
    window.run_ok();
    window.key_press(Key::Plus);
    window.run_ok();
    let zoom = |window: &egui_kittest::Harness<'_, crate::driven::Driven>| {
        let open = window.state().model.incidents.open.as_ref();
        open.expect("an open file").zoom
    };
    let (from, to) = zoom(&window).expect("a part");
    assert!(to - from < 140_000_000_000, "{}", to - from);
    window.key_press(Key::Num0);
    window.run_ok();
    assert_eq!(zoom(&window), None);
}

#[test]
fn a_file_that_is_being_read_or_cannot_be_says_so_and_can_be_closed() {
    for (model, text) in [
        (samples_incident::reading(), "Reading…"),
        (
            samples_incident::unreadable(),
            "This file could not be read.",
        ),
    ] {
        let mut window = drive(model);
        window.get_by_label(text);
        // Nothing is offered that cannot work.
        for name in ["Save as…", "Open in Wireshark", "More"] {
            assert!(window.query_by_label(name).is_none(), "{name}");
        }
        click(&mut window, "Close incident");
        assert_eq!(window.state().commands, [Command::CloseIncident]);
    }
}

/// A window of so many points.
fn drive_in(
    size: egui::Vec2,
    model: crate::model::Model,
) -> egui_kittest::Harness<'static, crate::driven::Driven> {
    let mut window = drive(model);
    window.set_size(size);
    window.run_ok();
    window
}

#[test]
fn all_of_the_page_is_reached_in_a_small_window_and_with_large_text() {
    // The smallest window, and the usual one with text of twice the size.
    for size in [egui::vec2(900.0, 600.0), egui::vec2(640.0, 400.0)] {
        let mut window = drive_in(size, samples_incident::incident());
        for name in ["Conversations, 16 rows", "Busiest ports, 1 row"] {
            let place = |window: &egui_kittest::Harness<'_, crate::driven::Driven>| {
                window.get_by_role_and_label(Role::ListBox, name).rect()
            };
            assert!(place(&window).height() >= 24.0, "{name}");
            window
                .get_by_role_and_label(Role::ListBox, name)
                .scroll_to_me();
            window.run_ok();
            let seen = place(&window);
            let bottom = size.y - crate::theme::STATUS_BAR;
            assert!(
                seen.top() >= 0.0 && seen.top() < bottom,
                "{name} in {size:?}: {seen:?}"
            );
        }
    }
}

#[test]
fn delete_asks_for_the_chosen_row_and_for_none_else() {
    let mut window = drive(samples_incident::incidents());
    window.get_by_role(Role::ListBox).focus();
    window.run_ok();
    window.key_press(Key::Delete);
    window.run_ok();
    assert_eq!(window.state().commands, []);
    window.key_press(Key::ArrowDown);
    window.run_ok();
    window.key_press(Key::Delete);
    window.run_ok();
    assert_eq!(window.state().commands, [Command::Delete]);
}

#[test]
fn a_renamed_file_is_known_by_its_new_name() {
    let mut model = samples_incident::incidents();
    if let Some(rows) = &mut model.incidents.rows {
        rows[0].path = "/home/dev/Crashcap/my first crash.pcapng".into();
    }
    let window = drive(model);
    window.get_by_label_contains("my first crash.pcapng");
}
