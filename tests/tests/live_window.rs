//! The real window on a display without a screen: the whole story by keys, the
//! recorder killed, the window killed, and the question on closing.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::live::{Capture, Load, PATIENCE, Place, Window, server};
use crossbeam_channel::{after, tick};
use rustix::process::{Pid, Signal, kill_process};

/// A profile on loopback for whoever listens on this port.
fn profile(place: &Place, port: u16) -> PathBuf {
    let path = place.path("profile.toml");
    let text = format!(
        "[capture]\ninterfaces = [\"lo\"]\nfilter = \"tcp port {port}\"\n\
         kernel_buffer = \"2MiB\"\n[ring]\nsize = \"8MB\"\n\
         [target]\nport = {port}\n[[trigger]]\nkind = \"exit\"\n\
         [freeze]\ntail = \"100ms\"\n[save]\nfolder = {:?}\nfallback = {:?}\n",
        place.incidents(),
        place.fallback()
    );
    fs::write(&path, text).unwrap();
    path
}

/// Waits for the first file in a folder: nothing tells of it across processes.
fn first_file(place: &Place) -> PathBuf {
    let (again, enough) = (tick(PATIENCE / 600), after(PATIENCE));
    loop {
        if let Some(file) = place.saved_files().into_iter().next() {
            return file;
        }
        again.recv().unwrap();
        assert!(enough.try_recv().is_err(), "no file came");
    }
}

/// The recorder's process: the window's child that serves.
fn recorder(window: &Window) -> Pid {
    let parent = window.pid().to_string();
    let output = Command::new("pgrep")
        .args(["--parent", &parent, "--full", "serve"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Another child checks filters; the recorder was started after it.
    let newest = text.lines().last().unwrap().trim().parse().unwrap();
    Pid::from_raw(newest).unwrap()
}

#[test]
fn the_story_by_keys() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address();
    let window = Window::open(&place, &profile(&place, address.port()));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    let truth = place.path("truth.json");
    let options = [
        "--poison-after",
        "300ms",
        "--truth",
        truth.to_str().unwrap(),
    ];
    Load::start(&address.to_string(), &options).end_with_truth(&truth);
    // The incident appears by itself.
    window.wait_for_title("^Frozen: ");
    let file = first_file(&place);
    let told = info(&file).unwrap();
    let sentence = told.sentence.unwrap();
    assert!(sentence.contains("was killed by SIGSEGV"), "{sentence}");
    Capture::read(&file).assert_whole(told.survey.packets.0);
    // No dialogs here: a path is asked for in the window.
    let copy = place.path("copy.pcapng");
    window.key("ctrl+shift+s");
    window.wait_for_title("^Save a copy");
    window.key("ctrl+a");
    window.text(copy.to_str().unwrap());
    window.key("Return");
    let (again, enough) = (tick(PATIENCE / 600), after(PATIENCE));
    while !copy.exists() {
        again.recv().unwrap();
        assert!(enough.try_recv().is_err(), "no copy came");
    }
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&file).unwrap());
}

#[test]
fn a_recorder_that_is_killed_is_told_of() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let window = Window::open(&place, &profile(&place, server.address().port()));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    kill_process(recorder(&window), Signal::KILL).unwrap();
    window.wait_for_title("^Failed");
    // It can be started again at once.
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
}

#[test]
fn a_window_that_is_killed_leaves_a_file_that_says_why() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address();
    let mut window = Window::open(&place, &profile(&place, address.port()));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    let _load = Load::start(&address.to_string(), &["--no-poison"]);
    window.kill();
    let file = first_file(&place);
    let sentence = info(&file).unwrap().sentence.unwrap();
    assert!(sentence.contains("the window"), "{sentence}");
}

#[test]
fn f9_freezes_and_closing_asks() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let address = server.address();
    let mut window = Window::open(&place, &profile(&place, address.port()));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    let _load = Load::start(&address.to_string(), &["--no-poison"]);
    window.key("ctrl+q");
    window.wait_for_title("^Close");
    // The second answer saves and quits.
    window.key("Tab");
    window.key("space");
    window.wait_until_closed();
    let sentence = info(&first_file(&place)).unwrap().sentence.unwrap();
    assert!(sentence.contains("the window was closed"), "{sentence}");
}
