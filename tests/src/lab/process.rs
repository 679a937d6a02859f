//! `crashlab server` as a child of a test.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use shared_child::SharedChild;

use super::fault::Fault;
use super::system::{self, Ending};

/// A running server on a free port; dropping this ends it.
#[derive(Debug)]
pub struct LabServer {
    child: SharedChild,
    address: SocketAddr,
}

impl LabServer {
    /// Starts the server of `crashlab`, the program's path, and waits until it listens.
    /// `more` are further options.
    ///
    /// # Errors
    /// When it cannot be started, or ends without having listened.
    pub fn start(crashlab: &Path, fault: Fault, more: &[&str]) -> io::Result<Self> {
        Self::start_by(Command::new(crashlab), fault, more)
    }

    /// The same by a command that runs `crashlab`, in whatever way.
    ///
    /// # Errors
    /// As above.
    pub fn start_by(mut command: Command, fault: Fault, more: &[&str]) -> io::Result<Self> {
        command
            .args(["server", "--port", "0", "--fault", fault.name()])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = SharedChild::spawn(&mut command)?;
        let mut line = String::new();
        if let Some(output) = child.take_stdout() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.split(' ').next())
            .and_then(|address| address.parse().ok());
        match address {
            Some(address) => Ok(Self { child, address }),
            None => {
                child.kill()?;
                child.wait()?;
                Err(io::Error::other(format!("the server said {line:?}")))
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; `None` when it still runs after `limit`.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn wait(&self, limit: Duration) -> io::Result<Option<Ending>> {
        let status = self.child.wait_timeout(limit)?;
        Ok(status.map(system::ending))
    }
}

impl Drop for LabServer {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
