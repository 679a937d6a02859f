//! A service manager, played by a test: what it starts tells it how it stands.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{PATIENCE, Place};

/// Longer than any message may be: systemd takes 4096 bytes.
const MESSAGE_MAX: usize = 8192;

/// Listens as systemd does (sd_notify(3)).
#[derive(Debug)]
pub struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
    heard: Vec<String>,
}

impl Manager {
    /// Listens in this place.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn new(place: &Place) -> Self {
        let path = place.path("notify");
        Self {
            socket: UnixDatagram::bind(&path).unwrap(),
            path,
            heard: Vec::new(),
        }
    }

    /// The program under test as a service that is ended after such a silence.
    pub fn start(&self, place: &Place, silence: Duration, arguments: &[String]) -> Command {
        let program = place.crashcap(arguments);
        let mut command = Command::new("sh");
        // The process's number is known to itself alone before it runs.
        command.args(["-c", "export WATCHDOG_PID=$$; exec \"$@\"", "sh"]);
        command.arg(program.get_program()).args(program.get_args());
        place.environment(&mut command);
        command
            .env("NOTIFY_SOCKET", &self.path)
            .env("WATCHDOG_USEC", silence.as_micros().to_string());
        command
    }

    /// Waits for a message with a line that begins so.
    ///
    /// # Panics
    /// When it does not come.
    pub fn hear(&mut self, line: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(message) = self.next_within(left) else {
                panic!("{line} was not told; but:\n{}", self.heard.join("\n"));
            };
            if message.lines().any(|told| told.starts_with(line)) {
                return message;
            }
        }
    }

    /// The next message, if one comes in this time.
    ///
    /// # Panics
    /// When it is no text, or cannot be read.
    pub fn next_within(&mut self, time: Duration) -> Option<String> {
        let until = Instant::now() + time;
        let mut bytes = [0; MESSAGE_MAX];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = left.max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(left)).unwrap();
            match self.socket.recv(&mut bytes) {
                Ok(length) => {
                    let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
                    let message = message.trim_end().to_owned();
                    self.heard.push(message.clone());
                    return Some(message);
                }
                // The end of a child, of another test too, is a signal.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// All that was told until now. Of a process that has ended: all.
    pub fn all(&mut self) -> &[String] {
        while self.next_within(Duration::ZERO).is_some() {}
        &self.heard
    }
}
