//! The crash lab's server and load, at the rate of the story.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crashcap_tests::lab::fault::Fault;

use super::Failure;
use super::apart;

/// The server's name, as in the story.
pub(super) const SERVER: &str = "router_runner";
/// Its port.
pub(super) const PORT: &str = "9973";
/// Requests a second.
const RATE: &str = "3000";

/// A part of the lab; dropping this ends it.
#[derive(Debug)]
pub(super) struct Part(Child);

/// A server that listens.
pub(super) fn server() -> Result<Part, Failure> {
    let arguments = ["server", "--name", SERVER, "--port", PORT, "--fault"];
    let mut command = Command::new(apart::SERVER);
    command.args(arguments).arg(Fault::Segv.name());
    let mut server = start(command.stdout(Stdio::piped()))?;
    let mut line = String::new();
    if let Some(output) = server.0.stdout.take() {
        // A server that says nothing is told of below.
        let _ = BufReader::new(output).read_line(&mut line);
    }
    if line.starts_with("listening on ") {
        return Ok(server);
    }
    Err(Failure::Refused {
        command: "crashlab server".to_owned(),
        said: line,
    })
}

/// Requests to it. `more` are further options.
pub(super) fn load(more: &[&str]) -> Result<Part, Failure> {
    let server = format!("127.0.0.1:{PORT}");
    let arguments = ["load", "--rate", RATE, "--connections", "12", "--duration"];
    let mut command = Command::new(apart::LAB);
    command.args(arguments).args(["60s", "--connect", &server]);
    start(command.args(more).stdout(Stdio::null()))
}

fn start(command: &mut Command) -> Result<Part, Failure> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
    child.map(Part).map_err(|source| Failure::System {
        doing: "start the crash lab",
        source,
    })
}

impl Drop for Part {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
