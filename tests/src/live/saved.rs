//! A saved file as other programs read it: tshark and capinfos.

use std::path::Path;
use std::process::{Command, Stdio};

/// What tshark and capinfos found.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The packets' times in nanoseconds since the epoch, in the file's order.
    pub times: Vec<i128>,
    /// Comments on packets.
    pub marks: Vec<String>,
    /// The comments of the section.
    pub comment: String,
    /// What was complained about.
    pub warnings: Vec<String>,
}

impl Capture {
    /// Reads all of it.
    ///
    /// # Panics
    /// When it is not a capture file, or tshark is not installed.
    pub fn read(path: &Path) -> Self {
        let fields = [
            "-T",
            "fields",
            "-e",
            "frame.time_epoch",
            "-e",
            "frame.comment",
        ];
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(path).args(fields);
        let (text, mut warnings) = output(&mut tshark);
        let mut capture = Self {
            times: Vec::new(),
            marks: Vec::new(),
            comment: String::new(),
            warnings: Vec::new(),
        };
        for line in text.lines() {
            let (time, mark) = line.split_once('\t').unwrap_or((line, ""));
            capture.times.push(nanoseconds(time));
            if !mark.is_empty() {
                capture.marks.push(mark.to_owned());
            }
        }
        // One value a line: comments may have any length.
        let (comment, more) = output(Command::new("capinfos").arg("-kM").arg(path));
        warnings.extend(more);
        capture.comment = comment;
        capture.warnings = warnings;
        capture
    }

    /// It holds this many packets in order of time, and nobody complained.
    ///
    /// # Panics
    /// When not.
    pub fn assert_whole(&self, packets: u64) {
        assert!(self.warnings.is_empty(), "{:?}", self.warnings);
        assert_eq!(self.times.len() as u64, packets);
        assert!(self.times.is_sorted(), "packets are not in order of time");
    }
}

/// Standard output, and the lines of standard error that are about the file.
fn output(command: &mut Command) -> (String, Vec<String>) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {errors}");
    let warnings = errors
        .lines()
        // tshark greets root with a line of its own.
        .filter(|line| !line.trim().is_empty() && !line.starts_with("Running as user "))
        .map(ToOwned::to_owned)
        .collect();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        warnings,
    )
}

/// `1795410753.123456789` in nanoseconds.
fn nanoseconds(time: &str) -> i128 {
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    let number: i128 = format!("{seconds}{fraction:0<9}").parse().unwrap();
    assert!(fraction.len() <= 9, "{time}");
    number
}
