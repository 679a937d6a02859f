//! The question on closing while recording, asked of a window that is minimised,
//! with a window manager that can do that.
#![cfg(target_os = "linux")]

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    Capture, Display, Load, Place, Window, WindowProfile, crash, server, until,
};
use rustix::process::{Pid, test_kill_process};

/// A window that records requests and is minimised.
struct Minimised {
    place: Place,
    server: LabServer,
    load: Load,
    window: Window,
    recorder: Pid,
}

impl Minimised {
    fn new() -> Self {
        let place = Place::new();
        let server = server(Fault::Segv, &[]);
        let profile = WindowProfile::new(&place, server.address().port());
        let window = Window::open_on(Display::managed(), &place, &profile.write(&place));
        window.key("ctrl+e");
        window.wait_for_title("^Recording");
        let load = Load::start(&server.address().to_string(), &["--no-poison"]);
        // Something is in the ring.
        window.wait_for_text(" packets over ");
        window.minimise();
        let recorder = window.recorder();
        Self {
            place,
            server,
            load,
            window,
            recorder,
        }
    }

    /// Asks it to close: it comes back with the question, and records on.
    fn ask(&mut self) {
        self.window.ask_to_close();
        self.window.wait_until_shown();
        self.window.wait_for_title("^Close\\? Recording");
        self.window
            .wait_for_text("What the ring holds is only in memory.");
        assert!(self.window.is_open());
        assert!(self.records());
    }

    fn answer(&self, answer: &str) {
        self.window.click_on("Button", answer);
    }

    fn records(&self) -> bool {
        test_kill_process(self.recorder).is_ok()
    }

    fn wait_for_title(&self, start: &str) {
        until(start, || {
            self.window.title().starts_with(start).then_some(())
        });
    }
}

#[test]
fn kept_recording_minimised_it_freezes_in_time() {
    let mut asked = Minimised::new();
    asked.ask();
    asked.answer("Keep recording, minimised");
    asked.window.wait_until_minimised();
    asked.wait_for_title("Recording");
    // Asked again and again, it is never lost.
    asked.ask();
    asked.answer("Keep recording, minimised");
    asked.window.wait_until_minimised();
    asked.wait_for_title("Recording");
    drop(asked.load);
    crash(&asked.server);
    until("a title that says it", || {
        let title = asked.window.title();
        title.starts_with("Frozen").then_some(())
    });
    let file = asked.place.first_file();
    let told = info(&file).unwrap();
    let sentence = told.sentence.unwrap();
    assert!(sentence.contains("was killed by SIGSEGV"), "{sentence}");
    Capture::read(&file).assert_whole(told.survey.packets.0);
    // What it shows is there when it is looked at, and nothing is asked any more.
    asked.window.ask_to_close();
    asked.window.wait_until_closed();
}

#[test]
fn asked_again_while_the_question_stands_it_asks_on() {
    let mut asked = Minimised::new();
    asked.ask();
    // It may be asked for again, and be minimised with the window.
    asked.window.ask_to_close();
    asked.window.minimise();
    asked.ask();
    asked.answer("Cancel");
    asked.window.wait_until_gone("What the ring holds");
    asked.wait_for_title("Recording");
    assert!(asked.window.is_open());
    assert!(asked.records());
    assert!(asked.place.saved_files().is_empty());
}

#[test]
fn frozen_and_saved_it_quits() {
    let mut asked = Minimised::new();
    asked.ask();
    asked.answer("Freeze, save and quit");
    asked.window.wait_until_closed();
    let file = asked.place.first_file();
    let told = info(&file).unwrap();
    let sentence = told.sentence.unwrap();
    assert!(sentence.contains("the window was closed"), "{sentence}");
    assert!(told.survey.packets.0 > 0);
    Capture::read(&file).assert_whole(told.survey.packets.0);
}

#[test]
fn quit_without_saving_it_leaves_nothing() {
    let mut asked = Minimised::new();
    asked.ask();
    asked.answer("Quit without saving");
    asked.window.wait_until_closed();
    until("the recorder's end", || (!asked.records()).then_some(()));
    assert!(asked.place.saved_files().is_empty());
    assert!(asked.place.fallback_files().is_empty());
}
