//! The real window on a display without a screen, driven by keys and mouse.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use super::{Control, Display, Place, crashcap_desktop, until};

/// Stops of Tab in the fullest screen, by far.
const STOPS_MAX: usize = 100;

/// A window and its display; dropping it ends both.
#[derive(Debug)]
pub struct Window {
    display: Display,
    app: Child,
    id: String,
    tree: PathBuf,
}

impl Window {
    /// Opens the window with this profile, and waits until it is there.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open(place: &Place, profile: &Path) -> Self {
        Self::open_on(Display::new(), place, profile)
    }

    /// The same on this display.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open_on(display: Display, place: &Place, profile: &Path) -> Self {
        let mut command = Command::new(crashcap_desktop());
        command.arg("--profile").arg(profile);
        Self::open_by(command, display, place)
    }

    /// The same by a command that runs the program, in whatever way.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open_by(command: Command, display: Display, place: &Place) -> Self {
        Self::open_as("^Crashcap$", command, display, place)
    }

    /// The same with the title that it has when it is there.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open_as(title: &str, mut command: Command, display: Display, place: &Place) -> Self {
        let tree = place.path("tree");
        place.environment(&mut command);
        command
            .env("DISPLAY", display.name())
            .env("HOME", place.path("home"))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("CRASHCAP_ACCESSIBLE_TREE", &tree)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        let app = command.spawn().unwrap();
        let mut window = Self {
            display,
            app,
            id: String::new(),
            tree,
        };
        window.id = window.wait_for_title(title);
        if !window.display.is_managed() {
            window.focus();
        }
        window
    }

    /// Gives it the keys.
    pub fn focus(&self) {
        self.display.xdotool(&["windowfocus", "--sync", &self.id]);
    }

    /// Waits for a title that matches, of a window that can be seen; the state
    /// stands in it.
    ///
    /// # Panics
    /// When none does within a minute.
    pub fn wait_for_title(&self, pattern: &str) -> String {
        let visible = ["search", "--sync", "--onlyvisible", "--limit", "1"];
        let search = [&visible[..], &["--name", pattern]].concat();
        let found = self.display.xdotool(&search);
        found.lines().next().unwrap_or_default().to_owned()
    }

    /// The title, also of a window that is minimised.
    pub fn title(&self) -> String {
        let title = self.display.xdotool(&["getwindowname", &self.id]);
        title.trim_end().to_owned()
    }

    /// The colour in the middle of the icon: red, green, blue (_NET_WM_ICON of the
    /// Extended Window Manager Hints: width, height, then pixels as ARGB).
    ///
    /// # Panics
    /// When it has none.
    pub fn middle_of_icon(&self) -> [u8; 3] {
        let told = self.display.property(&self.id, "_NET_WM_ICON", Some("32c"));
        let (_, numbers) = told.split_once('=').unwrap_or_else(|| panic!("{told}"));
        let mut numbers = numbers.split(',').map(|one| one.trim().parse::<u32>());
        let mut next = || numbers.next().unwrap().unwrap();
        let (width, height) = (next(), next());
        let middle = height / 2 * width + width / 2;
        let [_, red, green, blue] = numbers.nth(middle as usize).unwrap().unwrap().to_be_bytes();
        [red, green, blue]
    }

    /// Everything that stands in it now.
    pub fn controls(&self) -> Vec<Control> {
        Control::read_all(&self.tree)
    }

    /// Forgets what was drawn before, which a window that was minimised still shows.
    /// To be seen again something must be drawn, as while recording.
    ///
    /// # Panics
    /// When nothing is drawn.
    pub fn look_anew(&self) {
        fs::remove_file(&self.tree).unwrap();
        self.wait_for("anything", |_| true);
    }

    /// Waits for one that is like this.
    ///
    /// # Panics
    /// When none appears.
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&Control) -> bool) -> Control {
        until(what, || self.controls().into_iter().find(&is_it))
    }

    /// Waits for a text that has this part.
    ///
    /// # Panics
    /// When it does not appear.
    pub fn wait_for_text(&self, part: &str) -> Control {
        self.wait_for(part, |control| control.says(part))
    }

    /// Waits until no text has this part.
    ///
    /// # Panics
    /// When it stays.
    pub fn wait_until_gone(&self, part: &str) {
        until(&format!("the end of {part:?}"), || {
            let all = self.controls();
            let gone = !all.iter().any(|control| control.says(part));
            (gone && !all.is_empty()).then_some(())
        });
    }

    /// Presses Tab until this control has the keys.
    ///
    /// # Panics
    /// When it is no stop of Tab.
    pub fn tab_to(&self, role: &str, name: &str) {
        self.wait_for(name, |control| control.is(role, name));
        let mut passed = Vec::new();
        for _ in 0..STOPS_MAX {
            let focused = self.focused();
            if focused.as_ref().is_some_and(|one| one.is(role, name)) {
                return;
            }
            self.key("Tab");
            let before = focused.as_ref().map(Control::middle);
            until("another control with the keys", || {
                let now = self.focused();
                (now.as_ref().map(Control::middle) != before).then_some(())
            });
            passed.extend(focused.map(|control| control.name));
        }
        panic!("Tab does not come to {role} {name}, only to {passed:?}");
    }

    fn focused(&self) -> Option<Control> {
        self.controls().into_iter().find(|control| control.focused)
    }

    /// Presses a key: "ctrl+e", "F9".
    pub fn key(&self, key: &str) {
        self.display.xdotool(&["key", "--clearmodifiers", key]);
    }

    /// Types a text.
    pub fn text(&self, text: &str) {
        self.display.xdotool(&["type", "--delay", "20", text]);
    }

    /// Clicks on this control, as soon as it is there.
    ///
    /// # Panics
    /// When it does not appear.
    pub fn click_on(&self, role: &str, name: &str) {
        let control = self.wait_for(name, |control| control.is(role, name));
        self.click(&control);
    }

    /// Clicks in the middle of a control.
    pub fn click(&self, control: &Control) {
        let (x, y) = control.middle();
        let (x, y) = (x.to_string(), y.to_string());
        let to = ["mousemove", "--window", &self.id, &x, &y];
        self.display.xdotool(&to);
        self.display.xdotool(&["click", "1"]);
    }

    /// Types into the field that has the keys, in the place of what stands there, and
    /// waits until that is there.
    ///
    /// # Panics
    /// When it does not have the keys, or does not take the text.
    pub fn fill(&self, field: &str, text: &str) {
        self.wait_for(field, |one| one.is("TextInput", field) && one.focused);
        self.key("ctrl+a");
        self.text(text);
        self.wait_for(text, |one| one.is("TextInput", field) && one.value == text);
    }

    /// Minimises it, and waits until the window manager says so.
    ///
    /// # Panics
    /// When it is not minimised.
    pub fn minimise(&self) {
        self.display.xdotool(&["windowminimize", &self.id]);
        self.wait_until_minimised();
    }

    /// Waits until the window manager says that it is minimised (ICCCM 4.1.3.1).
    ///
    /// # Panics
    /// When it stays.
    pub fn wait_until_minimised(&self) {
        self.wait_for_state("Iconic");
    }

    /// Waits until the window manager says that it is shown.
    ///
    /// # Panics
    /// When it stays minimised.
    pub fn wait_until_shown(&self) {
        self.wait_for_state("Normal");
    }

    fn wait_for_state(&self, state: &str) {
        until(&format!("a window that is {state}"), || {
            let told = self.display.property(&self.id, "WM_STATE", None);
            told.contains(state).then_some(())
        });
    }

    /// Asks it to close, as a window manager does (WM_DELETE_WINDOW).
    pub fn ask_to_close(&self) {
        self.display.close(&self.id);
    }

    /// The window's process.
    pub fn pid(&self) -> u32 {
        self.app.id()
    }

    /// The recorder's process: the window's child that serves.
    ///
    /// # Panics
    /// When there is none.
    pub fn recorder(&self) -> Pid {
        // Another child checks filters; the recorder was started after it.
        self.children().pop().unwrap()
    }

    /// The children that serve, the newest last.
    fn children(&self) -> Vec<Pid> {
        let output = Command::new("pgrep")
            .args(["--parent", &self.pid().to_string(), "--full", "serve"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers = text.lines().map(|line| line.trim().parse().unwrap());
        numbers.filter_map(Pid::from_raw).collect()
    }

    /// Sends the recorder a signal.
    ///
    /// # Panics
    /// When there is none.
    pub fn signal_recorder(&self, signal: Signal) {
        kill_process(self.recorder(), signal).unwrap();
    }

    /// Kills the window, which can do nothing about it.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn kill(&mut self) {
        self.app.kill().unwrap();
        self.app.wait().unwrap();
    }

    /// Waits until the window has closed by itself.
    ///
    /// # Panics
    /// When it failed, or stays.
    pub fn wait_until_closed(&mut self) {
        let status = until("the window's end", || self.app.try_wait().unwrap());
        assert!(status.success(), "{status}");
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn is_open(&mut self) -> bool {
        self.app.try_wait().unwrap().is_none()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What a failed test saw last.
            for control in self.controls() {
                eprintln!("{} {:?} {:?}", control.role, control.name, control.value);
            }
        }
        // Recorders that go on for the sake of what they hold, or hang, end too.
        let children = self.children();
        let _ = self.app.kill();
        let _ = self.app.wait();
        for child in children {
            let _ = kill_process(child, Signal::KILL);
        }
    }
}
