//! The whole story in the real window, on a display without a screen: once by
//! keys alone, once by mouse. Someone chooses an interface, mistypes a filter,
//! mends it, chooses a process and presses Start; it crashes; the incident
//! appears by itself, and is saved elsewhere.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    Capture, Control, Display, Load, Place, Window, crashcap_desktop, server, until, whole_file,
};

/// A window as it is started for the first time.
fn first_start(place: &Place) -> Window {
    let command = Command::new(crashcap_desktop());
    Window::open_by(command, Display::new(), place)
}

/// Whether it is this server's row in the list of processes.
fn is_row_of(server: &LabServer, control: &Control) -> bool {
    let cells: Vec<&str> = control.name.split(", ").collect();
    control.role == "ListBoxOption"
        && cells.first() == Some(&"crashlab")
        && cells.get(1) == Some(&server.pid().to_string().as_str())
}

/// Requests, then the one that crashes the server.
fn crash(place: &Place, server: &LabServer) {
    let truth = place.path("truth.json");
    let path = truth.to_str().unwrap();
    let options = ["--poison-after", "300ms", "--truth", path];
    let address = server.address().to_string();
    Load::start(&address, &options).end_with_truth(&truth);
}

/// libpcap's words at the field.
fn is_mistake(control: &Control) -> bool {
    control.says("libpcap: ") && control.says("syntax error")
}

/// The file that was saved without being asked for, whole, and what it says.
fn saved(place: &Place) -> PathBuf {
    let folder = place.path("home/.local/share/crashcap/incidents");
    let file = until("the incident's file", || whole_file(&folder));
    let told = info(&file).unwrap();
    let sentence = told.sentence.unwrap();
    assert!(sentence.contains("was killed by SIGSEGV"), "{sentence}");
    Capture::read(&file).assert_whole(told.survey.packets.0);
    file
}

/// The copy holds the same packets.
fn assert_same(file: &Path, copy: &Path) {
    let [file, copy] = [file, copy].map(Capture::read);
    assert!(!file.times.is_empty());
    copy.assert_whole(file.times.len() as u64);
    assert_eq!(copy.times, file.times);
}

#[test]
fn the_story_by_keys() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let port = server.address().port();
    let window = first_start(&place);
    window.tab_to("CheckBox", "lo");
    window.key("space");
    window.wait_for("lo chosen", |one| one.is("CheckBox", "lo") && one.chosen);
    // A filter with an error is told at once, and again at Start.
    window.tab_to("TextInput", "Filter");
    window.fill("Filter", &format!("tcp prot {port}"));
    window.wait_for("libpcap's words", is_mistake);
    window.key("ctrl+e");
    // What Start lacks has the keys.
    window.wait_for("the field", |one| {
        one.is("TextInput", "Filter") && one.focused
    });
    assert_eq!(window.title(), "Crashcap");
    window.fill("Filter", &format!("tcp port {port}"));
    window.wait_until_gone("libpcap: ");
    window.tab_to("TextInput", "Ring size");
    window.fill("Ring size", "12MB");
    // The server is found by its name; the list is a single stop of Tab.
    window.tab_to("TextInput", "Search processes");
    window.fill("Search processes", "crashlab");
    window.wait_for("crash labs", |one| {
        one.role == "ListBoxOption" && one.says("crashlab")
    });
    window.key("Tab");
    window.wait_for("the list", |one| one.role == "ListBox" && one.focused);
    choose_row(&window, |one| is_row_of(&server, one));
    window.tab_to("Button", "Start");
    window.key("space");
    window.wait_for_title("^Recording");
    crash(&place, &server);
    // The incident appears by itself.
    window.wait_for_title("^Frozen: ");
    window.wait_for_text("was killed by SIGSEGV");
    let file = saved(&place);
    // No dialogs here: a path is asked for in the window.
    let copy = place.path("copy.pcapng");
    window.key("ctrl+shift+s");
    window.wait_for_title("^Save a copy");
    window.fill("Path of the copy", copy.to_str().unwrap());
    window.key("Return");
    window.wait_for_text("Saved a copy as ");
    assert_same(&file, &copy);
}

/// Goes down a list to a row that has the keys.
fn choose_row(window: &Window, is_it: impl Fn(&Control) -> bool) {
    let chosen = || {
        let mut all = window.controls().into_iter();
        all.find(|one| one.role == "ListBoxOption" && one.chosen)
    };
    // More than the crash labs that run beside this test.
    for _ in 0..100 {
        let before = chosen();
        window.key("Down");
        let row = until("the next row", || {
            chosen().filter(|row| Some(&row.name) != before.as_ref().map(|row| &row.name))
        });
        if is_it(&row) {
            return;
        }
    }
    panic!("the row cannot be chosen");
}

#[test]
fn the_story_by_mouse() {
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let port = server.address().port();
    let window = first_start(&place);
    window.click_on("CheckBox", "lo");
    window.wait_for("lo chosen", |one| one.is("CheckBox", "lo") && one.chosen);
    fill(&window, "Filter", &format!("tcp prot {port}"));
    window.wait_for("libpcap's words", is_mistake);
    window.click_on("Button", "Start");
    window.wait_for("the field", |one| {
        one.is("TextInput", "Filter") && one.focused
    });
    assert_eq!(window.title(), "Crashcap");
    fill(&window, "Filter", &format!("tcp port {port}"));
    window.wait_until_gone("libpcap: ");
    fill(&window, "Ring size", "12MB");
    fill(&window, "Search processes", &port.to_string());
    // What was typed is found in the next frame, and the list is shorter then.
    window.look_anew();
    let row = window.wait_for("its row", |one| is_row_of(&server, one));
    window.click(&row);
    window.wait_for("the row chosen", |one| {
        is_row_of(&server, one) && one.chosen
    });
    window.click_on("Button", "Start");
    window.wait_for_title("^Recording");
    crash(&place, &server);
    window.wait_for_title("^Frozen: ");
    window.wait_for_text("was killed by SIGSEGV");
    let file = saved(&place);
    let copy = place.path("copy.pcapng");
    window.click_on("Button", "Save as…");
    window.wait_for_title("^Save a copy");
    window.fill("Path of the copy", copy.to_str().unwrap());
    window.click_on("Button", "Save");
    window.wait_for_text("Saved a copy as ");
    assert_same(&file, &copy);
    // Once more, for who has an older program.
    let classic = place.path("copy.pcap");
    window.click_on("Button", "Save as…");
    window.wait_for_title("^Save a copy");
    window.fill("Path of the copy", classic.to_str().unwrap());
    window.click_on("Button", "Save");
    window.wait_for_text("copy.pcap.");
    assert_same(&file, &classic);
}

/// Fills a field, which the mouse chooses unless it has the keys already.
fn fill(window: &Window, field: &str, text: &str) {
    let control = window.wait_for(field, |one| one.is("TextInput", field));
    if !control.focused {
        window.click(&control);
    }
    window.fill(field, text);
}
