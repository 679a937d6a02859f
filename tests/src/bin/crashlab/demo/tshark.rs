//! What tshark says about the file, where there is a tshark.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crashcap_tests::lab::generator::POISON_BLANKS;
use crashcap_tests::lab::truth::Poison;

use super::checks::{self, Check};
use super::failure::Failure;

const WHAT: &str = "tshark reads it without a warning";

/// Reads the whole file with tshark, and looks for the poison among the requests it sees.
pub(super) fn check(path: &Path, poison: &Poison, packet: Option<u64>) -> Result<Check, Failure> {
    let output = match run(path, poison) {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let found = "skipped: tshark is not installed".to_owned();
            return Ok(checks::check(WHAT, true, found));
        }
        Err(error) => return Err(Failure::Tshark(error)),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    if let Some(warning) = errors.lines().find(|line| is_warning(line)) {
        return Ok(checks::check(WHAT, false, warning.to_owned()));
    }
    if !output.status.success() {
        return Ok(checks::check(WHAT, false, output.status.to_string()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let requests = text.lines().count();
    let found = packet.is_some_and(|packet| {
        let wanted = poison_line(packet, poison);
        text.lines().any(|line| line == wanted)
    });
    let sentence = if found {
        format!("{requests} HTTP requests, the poison among them")
    } else {
        format!("{requests} HTTP requests, but not the poison")
    };
    Ok(checks::check(WHAT, found, sentence))
}

fn run(path: &Path, poison: &Poison) -> io::Result<Output> {
    Command::new("tshark")
        .arg("-r")
        .arg(path)
        .args(["-d", &format!("tcp.port=={},http", poison.remote.port())])
        .args(["-Y", "http.request", "-T", "fields"])
        .args(["-e", "frame.number", "-e", "tcp.srcport"])
        .args(["-e", "http.request.method", "-e", "http.content_length"])
        .stdin(Stdio::null())
        .output()
}

/// The poison as tshark lists it.
fn poison_line(packet: u64, poison: &Poison) -> String {
    format!("{packet}\t{}\tPOST\t{POISON_BLANKS}", poison.local.port())
}

/// tshark greets root with a line of its own, which is about root and not about the file.
fn is_warning(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with("Running as user ")
}
