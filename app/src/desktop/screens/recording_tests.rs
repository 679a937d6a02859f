//! The recording screen, driven by what its controls are called.

use egui::accesskit::Role;
use egui::{Key, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::command::Command;
use crate::driven::{Driven, click, drive, drive_at};
use crate::model::{LARGER_KERNEL_BUFFER, Model, Told, Tone, samples};
use crashcap_core::profile::raw::Size;
use crashcap_core::units::Timestamp;

#[test]
fn a_recording_can_be_peeked_into_frozen_and_stopped() {
    let mut window = drive(samples::recording());
    for name in ["Peek", "Freeze now", "Stop"] {
        click(&mut window, name);
    }
    let commands = [Command::Peek, Command::Freeze, Command::Stop];
    assert_eq!(window.state().commands, commands);
}

#[test]
fn what_is_frozen_cannot_be_frozen_again_and_is_saved_elsewhere() {
    let mut window = drive(samples::not_saved());
    assert!(window.query_by_label("Freeze now").is_none());
    click(&mut window, "Save elsewhere…");
    assert_eq!(window.state().commands, [Command::SaveElsewhere]);
}

#[test]
fn who_records_nothing_is_shown_where_to_begin() {
    let mut window = drive(samples::not_recording());
    window.get_by_label("Nothing is being recorded.");
    // One button stands in the bar, one on the page.
    let buttons: Vec<_> = window.query_all_by_label("Set up").collect();
    buttons.last().expect("a button").click();
    window.run_ok();
    assert_eq!(window.state().commands, [Command::ShowSetUp]);
}

#[test]
fn the_timeline_is_zoomed_by_keys() {
    let mut window = drive(samples::recording());
    window.get_by_role_and_label(Role::Image, "Traffic").focus();
    window.run_ok();
    window.key_press(Key::Plus);
    window.run_ok();
    let (from, to) = window.state().model.recording.zoom.expect("a part");
    assert_eq!((to - from) / 1_000_000_000, 150);
    window.key_press(Key::Num0);
    window.run_ok();
    assert_eq!(window.state().model.recording.zoom, None);
}

#[test]
fn events_are_one_stop_and_scrolled_by_keys() {
    let mut model = samples::recording();
    for number in 0..100 {
        model.recording.events.push_front(Told {
            at: Timestamp(number),
            tone: Tone::Plain,
            sentence: format!("event {number}"),
        });
    }
    let mut window = drive(model);
    window.get_by_label("event 99");
    assert!(window.query_by_label("event 3").is_none());
    window.get_by_role(Role::ListBox).focus();
    window.run_ok();
    window.key_press(Key::End);
    window.run_ok();
    window.get_by_label("opening");
    assert!(window.query_by_label("event 99").is_none());
    window.key_press(Key::Home);
    window.run_ok();
    window.get_by_label("event 99");
}

#[test]
fn a_buffer_that_was_full_is_made_larger_with_one_click() {
    let mut window = drive(samples::losing_in_the_kernel());
    window.get_by_label_contains("Make it 256 MiB or narrow the filter.");
    click(&mut window, "Make it 256 MiB");
    assert_eq!(window.state().commands, [Command::LargerBuffer]);
    // One that is as large already is not offered.
    let mut model = samples::losing_in_the_kernel();
    model.recording.choices.capture.kernel_buffer = Some(Size(LARGER_KERNEL_BUFFER));
    let window = drive(model);
    assert!(window.query_by_label("Make it 256 MiB").is_none());
}

#[test]
fn what_is_measured_stands_in_the_timeline_and_the_rest_beside_the_events() {
    let mut model = samples::recording();
    samples::with_conditions(&mut model);
    let window = drive(model);
    // Three have a number and a lane; what only happens is told beside the events.
    window.get_by_label_contains("a line of /var/log/router.log matches");
    assert!(
        window
            .query_by_label_contains("TCP sockets in CLOSE_WAIT")
            .is_none()
    );
    // Where there is no room for lanes all are told there.
    let mut model = samples::recording();
    samples::with_conditions(&mut model);
    let mut window = drive_at(vec2(1280.0, 800.0), 1.5, model);
    window.get_by_label_contains("TCP sockets in CLOSE_WAIT");
    // They are one stop, scrolled by keys.
    let list = window.get_by_role_and_label(Role::ListBox, "Triggers, 4 measured");
    list.focus();
    window.run_ok();
    window.key_press(Key::End);
    window.run_ok();
    let last = window
        .get_by_label_contains("a line of /var/log/router.log")
        .rect();
    assert!(
        last.bottom() < window.ctx.content_rect().bottom() - 24.0,
        "{last:?}"
    );
}

#[test]
fn what_a_banner_offers_is_not_offered_again_below_it() {
    let window = drive(samples::crashed());
    // One in the bar, one in the banner.
    assert_eq!(window.query_all_by_label("Incidents").count(), 2);
}

/// Whether all that matters lies within a window of this size.
fn fits(model: Model, width: f32, height: f32) {
    let mut window: Harness<'_, Driven> = drive(model);
    window.set_size(vec2(width, height));
    window.run_ok();
    // Above the bar at the bottom.
    let inside = Rect::from_min_max(pos2(0.0, 0.0), pos2(width, height - 24.0));
    let seen = |name: &str, place: Rect| {
        assert!(inside.contains_rect(place), "{name} at {place:?}");
    };
    for name in ["Ring", "Rate", "Lost", "Disk"] {
        seen(name, window.get_by_label(name).rect());
    }
    let timeline = window.get_by_role_and_label(Role::Image, "Traffic").rect();
    seen("Traffic", timeline);
    assert!(timeline.height() >= 100.0, "{timeline:?}");
    seen("events", window.get_by_role(Role::ListBox).rect());
}

#[test]
fn all_that_matters_is_seen_in_the_smallest_window() {
    for model in [
        samples::recording,
        samples::losing,
        samples::workers,
        samples::not_saved,
    ] {
        fits(model(), 1280.0, 800.0);
        fits(model(), 900.0, 600.0);
    }
    fits(samples::crashed(), 1280.0, 800.0);
    fits(samples::crashed(), 900.0, 600.0);
}
