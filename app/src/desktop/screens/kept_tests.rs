//! What is kept by name, driven by what its controls are called.

use std::path::PathBuf;

use crate::command::{Command, Message};
use crate::driven::{click, drive};
use crate::model::{Change, Model, Overlay, OwnSession, Profiles, SavedFilter, samples};

fn model() -> Model {
    let mut model = samples::set_up();
    model.set_up.saved_filters = vec![SavedFilter {
        name: "names".into(),
        text: "udp port 53".into(),
    }];
    model.set_up.recent_filters = vec!["tcp port 80".into()];
    model.profiles = Profiles {
        names: vec!["router crash".into()],
        recent: vec![PathBuf::from("/srv/other.toml")],
    };
    model
}

#[test]
fn filters_are_chosen_saved_and_forgotten() {
    for (name, filter) in [("names", "udp port 53"), ("tcp port 80", "tcp port 80")] {
        let mut window = drive(model());
        click(&mut window, "Filters");
        click(&mut window, name);
        assert_eq!(window.state().model.set_up.filter, filter);
    }
    let mut window = drive(model());
    click(&mut window, "Filters");
    click(&mut window, "Remove names");
    let forgotten = Change::ForgetFilter("names".into());
    assert!(window.state().messages.contains(&forgotten.into()));
    let mut window = drive(model());
    click(&mut window, "Filters");
    click(&mut window, Command::SaveFilter.text());
    assert_eq!(window.state().commands, [Command::SaveFilter]);
}

#[test]
fn profiles_are_taken_saved_and_removed_after_a_question() {
    let cases: [(&str, Message); 4] = [
        (
            "router crash",
            Change::TakeNamedProfile("router crash".into()).into(),
        ),
        (
            "/srv/other.toml",
            Change::TakeProfile("/srv/other.toml".into()).into(),
        ),
        (Command::NameProfile.text(), Command::NameProfile.into()),
        (Command::OpenProfile.text(), Command::OpenProfile.into()),
    ];
    for (name, message) in cases {
        let mut window = drive(model());
        click(&mut window, "Profile");
        click(&mut window, name);
        assert_eq!(window.state().messages.last(), Some(&message));
    }
    let mut window = drive(model());
    click(&mut window, "Profile");
    click(&mut window, "Remove router crash");
    let asked = Overlay::RemoveProfile("router crash".into());
    assert_eq!(window.state().model.overlay, Some(asked));
    click(&mut window, "Remove");
    assert_eq!(
        window.state().messages.last(),
        Some(&Change::OverlayDone.into())
    );
}

#[test]
fn ones_own_session_is_left_out_with_a_click_and_offered_no_more() {
    use egui_kittest::kittest::Queryable;

    const BUTTON: &str = "Leave out your own SSH session";
    let mut model = model();
    model.machine.session = OwnSession::of("2001:db8::5 51514 2001:db8::17 22");
    model.set_up.filter = "tcp or udp".into();
    let mut window = drive(model);
    click(&mut window, BUTTON);
    assert_eq!(
        window.state().model.set_up.filter,
        "(tcp or udp) and not (host 2001:db8::5 and tcp port 51514)"
    );
    assert!(window.query_by_label(BUTTON).is_none());
}
