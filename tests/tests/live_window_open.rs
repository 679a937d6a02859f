//! What the real window begins with, on a display without a screen: a file of
//! somebody else, a recording by itself. And a peek.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::live::{Display, Load, Place, Window, WindowProfile, crashcap_desktop, server};

#[test]
fn an_old_file_is_opened_by_its_path() {
    let place = Place::new();
    let file = place.path("old.pcap");
    // Microseconds, Ethernet; three frames of fourteen bytes.
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        bytes.extend(word.to_le_bytes());
    }
    for second in 0..3 {
        for word in [1_000_000_000 + second, 0, 14, 14] {
            bytes.extend(u32::to_le_bytes(word));
        }
        bytes.extend([2; 14]);
    }
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new(crashcap_desktop());
    command.arg(&file);
    let window = Window::open_as("old.pcap", command, Display::new(), &place);
    window.wait_for_text("3 packets over 2 s.");
}

#[test]
fn a_peek_is_saved_and_opened_while_recording_goes_on() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address();
    let profile = WindowProfile::new(&place, address.port());
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    let _load = Load::start(&address.to_string(), &["--no-poison"]);
    window.key("ctrl+p");
    let file = place.first_file();
    let sentence = info(&file).unwrap().sentence.unwrap();
    assert!(sentence.contains("recording went on"), "{sentence}");
    // Exactly that file.
    window.click_on("Button", "Open it");
    let name = file.file_name().unwrap().to_str().unwrap();
    window.wait_for_title(&format!("^Recording: {name}"));
}

#[test]
fn recording_begins_at_launch_where_the_settings_say_so() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile::new(&place, server.address().port());
    let settings = place.path("home/.config/crashcap");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("settings.toml"), "record_at_launch = true\n").unwrap();
    let mut command = Command::new(crashcap_desktop());
    command.arg("--profile").arg(profile.write(&place));
    Window::open_as("^Recording", command, Display::new(), &place);
}
