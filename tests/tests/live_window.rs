//! The real window on a display without a screen: its children and itself
//! killed or hanging, a key that freezes, the icon.
#![cfg(target_os = "linux")]

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::live::{Load, Place, Window, WindowProfile, server, until};
use rustix::process::Signal;

#[test]
fn a_recorder_that_is_killed_is_told_of() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile::new(&place, server.address().port());
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    window.signal_recorder(Signal::KILL);
    window.wait_for_title("^Failed");
    window.wait_for_text(
        "The recorder stopped (signal 9). Saved incidents are safe; \
         what was only in memory is lost.",
    );
    // It can be started again at once.
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
}

#[test]
fn a_recorder_that_hangs_is_told_of_and_ended() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile::new(&place, server.address().port());
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    window.signal_recorder(Signal::STOP);
    window.wait_for_text("The recorder does not answer.");
    // One that comes back is answered by the window: nothing is to be done any more.
    window.signal_recorder(Signal::CONT);
    window.wait_until_gone("The recorder does not answer.");
    window.signal_recorder(Signal::STOP);
    window.wait_for_text("The recorder does not answer.");
    window.click_on("Button", "End the recorder");
    window.wait_for_title("^Failed");
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
}

#[test]
fn a_window_that_is_killed_leaves_a_file_that_says_why() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address();
    let profile = WindowProfile::new(&place, address.port());
    let mut window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    let _load = Load::start(&address.to_string(), &["--no-poison"]);
    window.kill();
    let sentence = info(&place.first_file()).unwrap().sentence.unwrap();
    assert!(sentence.contains("the window"), "{sentence}");
}

#[test]
fn f9_freezes_and_the_incident_appears() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile::new(&place, server.address().port());
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    // From anywhere: also while something stands above the screen.
    window.key("F1");
    window.wait_for("the keys", |control| control.is("Button", "Close"));
    window.key("F9");
    window.wait_for_title("^Frozen");
    let sentence = info(&place.first_file()).unwrap().sentence.unwrap();
    assert!(sentence.contains("by hand"), "{sentence}");
}

#[test]
fn the_icon_tells_the_state() {
    const DOT: [u8; 3] = [0x35, 0xc9, 0x8b];
    const SQUARE: [u8; 3] = [0x58, 0xb8, 0xff];
    const CROSS: [u8; 3] = [0xff, 0x82, 0x78];
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile::new(&place, server.address().port());
    let window = Window::open(&place, &profile.write(&place));
    let wait_for = |icon: [u8; 3]| {
        until(&format!("the icon {icon:x?}"), || {
            (window.middle_of_icon() == icon).then_some(())
        });
    };
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    wait_for(DOT);
    window.key("F9");
    window.wait_for_title("^Frozen");
    wait_for(SQUARE);
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    wait_for(DOT);
    window.signal_recorder(Signal::KILL);
    window.wait_for_title("^Failed");
    wait_for(CROSS);
}
