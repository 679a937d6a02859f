//! A display without a screen, and hands for it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::until;

/// A display of the test's own; dropping it ends what runs for it.
#[derive(Debug)]
pub struct Display {
    name: String,
    server: Child,
    manager: Option<Child>,
}

impl Display {
    /// A display without a window manager: the window gets the keys by being told so.
    ///
    /// # Panics
    /// When there is no Xvfb.
    pub fn new() -> Self {
        let size = ["-screen", "0", "1400x900x24"];
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(size)
            // Windows of other users are tested too.
            .arg("-ac")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The server chooses its number.
        let mut line = String::new();
        let output = server.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        Self {
            name: format!(":{}", line.trim()),
            server,
            manager: None,
        }
    }

    /// A display with a window manager, which can minimise and asks windows to close.
    ///
    /// # Panics
    /// When there is none.
    pub fn managed() -> Self {
        let mut display = Self::new();
        let manager = Command::new("openbox")
            .args(["--sm-disable", "--config-file", "/dev/null"])
            .env("DISPLAY", &display.name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        display.manager = Some(manager.unwrap());
        until("a window manager", || {
            let told = display.asked("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
            told.contains("window id").then_some(())
        });
        display
    }

    /// What programs find it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a window manager runs here.
    pub(super) fn is_managed(&self) -> bool {
        self.manager.is_some()
    }

    /// Runs xdotool, which answers within a minute.
    ///
    /// # Panics
    /// When it fails.
    pub(super) fn xdotool(&self, arguments: &[&str]) -> String {
        self.asked("xdotool", arguments)
    }

    /// A window's property as xprop writes it in this format, of what it is not told
    /// a better one.
    ///
    /// # Panics
    /// When there is no such window.
    pub(super) fn property(&self, window: &str, name: &str, format: &str) -> String {
        // More than an icon of 256 by 256 pixels.
        let length = "300000";
        let of = ["-id", window, "-len", length];
        self.asked("xprop", &[&of[..], &["-f", name, format, name]].concat())
    }

    /// Has the window manager ask a window to close.
    ///
    /// # Panics
    /// When there is none.
    pub(super) fn close(&self, window: &str) {
        // In hexadecimal, or it is taken for a title.
        let window: u64 = window.trim().parse().unwrap();
        self.asked("wmctrl", &["-i", "-c", &format!("{window:#x}")]);
    }

    fn asked(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new("timeout")
            .args(["60", program])
            .args(arguments)
            .env("DISPLAY", &self.name)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Default for Display {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        for child in self.manager.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
