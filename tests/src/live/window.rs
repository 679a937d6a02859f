//! The real window on a display without a screen, driven by its keys.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Place, crashcap_desktop};

/// A window and its display; dropping it ends both.
#[derive(Debug)]
pub struct Window {
    display: String,
    xserver: Child,
    app: Child,
    id: String,
}

impl Window {
    /// Opens the window with this profile, and waits until it is there.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open(place: &Place, profile: &Path) -> Self {
        let (xserver, display) = display();
        let mut command = Command::new(crashcap_desktop());
        place.environment(&mut command);
        command
            .arg("--profile")
            .arg(profile)
            .env("DISPLAY", &display)
            .env("HOME", place.path("home"))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        let app = command.spawn().unwrap();
        let mut window = Self {
            display,
            xserver,
            app,
            id: String::new(),
        };
        window.id = window.wait_for_title("^Crashcap$");
        // No window manager gives it the keys.
        window.xdotool(&["windowfocus", "--sync", &window.id]);
        window
    }

    /// Waits for a title that matches; the state stands in it.
    ///
    /// # Panics
    /// When none does within a minute.
    pub fn wait_for_title(&self, pattern: &str) -> String {
        let found = self.run(&[
            "search",
            "--sync",
            "--onlyvisible",
            "--limit",
            "1",
            "--name",
            pattern,
        ]);
        found.lines().next().unwrap_or_default().to_owned()
    }

    /// Presses a key: "ctrl+e", "F9".
    pub fn key(&self, key: &str) {
        self.xdotool(&["key", "--clearmodifiers", key]);
    }

    /// Types a text.
    pub fn text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "20", text]);
    }

    /// Clicks at a place of the window.
    pub fn click(&self, x: u32, y: u32) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// The window's process.
    pub fn pid(&self) -> u32 {
        self.app.id()
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
    /// When it failed.
    pub fn wait_until_closed(&mut self) {
        let status = self.app.wait().unwrap();
        assert!(status.success(), "{status}");
    }

    fn xdotool(&self, arguments: &[&str]) {
        self.run(arguments);
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("timeout")
            .args(["60", "xdotool"])
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "xdotool {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        for child in [&mut self.app, &mut self.xserver] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A display of its own, whose number the server chooses.
fn display() -> (Child, String) {
    let mut xserver = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1400x900x24",
            "-nolisten",
            "tcp",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let output = xserver.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    (xserver, format!(":{}", line.trim()))
}
