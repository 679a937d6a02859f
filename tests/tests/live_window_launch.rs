//! A command that the real window launches, on a display without a screen.
#![cfg(target_os = "linux")]

use std::net::TcpListener;

use crashcap_core::inspect::info;
use crashcap_tests::live::{Place, Window, WindowProfile};

/// A port of loopback at which nobody listens.
fn quiet_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// A window whose target is this command; Start is pressed.
fn launched(place: &Place, profile: &WindowProfile, command: &str) -> Window {
    let window = Window::open(place, &profile.write(place));
    // What is listed first moves what stands below it.
    window.wait_for("the interfaces", |one| one.is("CheckBox", "lo"));
    window.click_on("Button", "Launch");
    window.click_on("TextInput", "Command to launch");
    window.wait_for("the field with the keys", |one| {
        one.is("TextInput", "Command to launch") && one.focused
    });
    window.text(command);
    window.wait_for(command, |one| {
        one.is("TextInput", "Command to launch") && one.value == command
    });
    window.wait_for_text("All is ready.");
    window.key("ctrl+e");
    window
}

#[test]
fn it_is_recorded_from_its_first_packet() {
    let place = Place::new();
    let port = quiet_port();
    let script = place.path("story.sh");
    // Each is refused: a SYN and a RST.
    let text = format!(
        "for i in $(seq 50); do : < /dev/tcp/127.0.0.1/{port}; done; sleep 0.2; kill -SEGV $$"
    );
    std::fs::write(&script, text).unwrap();
    let profile = WindowProfile::new(&place, port);
    let window = launched(&place, &profile, &format!("bash {}", script.display()));
    window.wait_for_title("^Frozen: ");
    let file = place.first_file();
    let told = info(&file).unwrap();
    assert_eq!(told.survey.packets.0, 100);
    let sentence = told.sentence.unwrap();
    assert!(sentence.starts_with("bash (pid "), "{sentence}");
    assert!(sentence.contains("was killed by SIGSEGV"), "{sentence}");
}

#[test]
fn it_never_runs_where_recording_is_refused() {
    let place = Place::new();
    let mark = place.path("ran");
    let profile = WindowProfile {
        folder: "/proc/no-folder".into(),
        fallback: "/proc/no-folder-either".into(),
        ..WindowProfile::new(&place, quiet_port())
    };
    let window = launched(&place, &profile, &format!("touch {}", mark.display()));
    // The recorder refuses, and ends; the command's process with it.
    window.wait_for("the refusal", |one| {
        one.role == "Label" && one.says("/proc/no-folder") && one.says(": ")
    });
    window.wait_for_title("^Crashcap$");
    assert!(!mark.exists());
}
