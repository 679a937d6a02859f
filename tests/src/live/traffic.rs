//! The crash lab's server and load, at small rates.

use std::path::Path;
use std::process::{Command, Stdio};

use shared_child::SharedChild;

use super::{PATIENCE, crashlab};
use crate::lab::fault::Fault;
use crate::lab::process::LabServer;
use crate::lab::truth::GroundTruth;

/// A server on a free port, with few threads. `more` are further options.
///
/// # Panics
/// When it does not start.
pub fn server(fault: Fault, more: &[&str]) -> LabServer {
    let mut options = vec!["--threads", "8"];
    options.extend(more);
    LabServer::start(&crashlab(), fault, &options).unwrap()
}

/// Requests for a while, then the poison; waits for the server's end.
///
/// # Panics
/// When there is no load.
pub fn crash(server: &LabServer) {
    Load::start(&server.address().to_string(), &["--poison-after", "300ms"]).end();
    server.wait(PATIENCE).unwrap().unwrap();
}

/// Requests under way; dropping this ends them.
#[derive(Debug)]
pub struct Load {
    child: SharedChild,
}

impl Load {
    /// Two hundred requests a second for a minute at most. `more` are further options.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(connect: &str, more: &[&str]) -> Self {
        Self::start_by(Command::new(crashlab()), connect, more)
    }

    /// The same by a command that runs the crash lab, in whatever way.
    ///
    /// # Panics
    /// As above.
    pub fn start_by(mut command: Command, connect: &str, more: &[&str]) -> Self {
        command
            .args(["load", "--connect", connect, "--connections", "4"])
            .args(["--rate", "200", "--duration", "60s"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        Self {
            child: SharedChild::spawn(&mut command).unwrap(),
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(self) {
        let status = self.child.wait_timeout(PATIENCE).unwrap().unwrap();
        assert!(status.success(), "the load ended with {status}");
    }

    /// Waits for its end, and reads what it wrote there.
    ///
    /// # Panics
    /// When it does not end or wrote nothing.
    pub fn end_with_truth(self, path: &Path) -> GroundTruth {
        self.end();
        GroundTruth::read(path).unwrap()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
