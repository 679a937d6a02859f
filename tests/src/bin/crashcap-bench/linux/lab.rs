//! The crash lab's server and load, as children of the bench.

use std::process::Command;
use std::time::Duration;

use super::capturer::Places;
use super::child::Program;
use super::failure::Failure;

const START_LIMIT: Duration = Duration::from_secs(10);

/// A running server; dropping this kills it.
pub(crate) struct Server {
    pub(crate) program: Program,
    /// Where it listens, as `127.0.0.1:4711`.
    pub(crate) address: String,
}

impl Server {
    /// Starts it on a free port with these further options, and waits until it listens.
    pub(crate) fn start(places: &Places, options: &[&str]) -> Result<Self, Failure> {
        Self::start_on(places, "0", options)
    }

    /// The same on this port.
    pub(crate) fn start_on(places: &Places, port: &str, options: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(&places.crashlab);
        command.args(["server", "--port", port]).args(options);
        let mut program = Program::start("crashlab server", command, None)?;
        let address = program.wait_for("its address", START_LIMIT, |line| {
            let address = line.text.strip_prefix("listening on ");
            Ok(address.and_then(|rest| Some(rest.split_once(' ')?.0.to_owned())))
        })?;
        Ok(Self { program, address })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap_or_default()
    }

    /// Starts requests to it, with these options.
    pub(crate) fn load(&self, places: &Places, options: &[&str]) -> Result<Program, Failure> {
        let mut command = Command::new(&places.crashlab);
        command
            .args(["load", "--connect", &self.address])
            .args(options);
        Program::start("crashlab load", command, None)
    }
}
