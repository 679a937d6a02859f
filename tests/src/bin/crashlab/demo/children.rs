//! The programs that the demo starts. Each is watched by a thread that waits for its end, and
//! ended by its handle when the demo is over.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use shared_child::SharedChild;

/// How a child ended and when its parent, the demo, was told by the system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) at: SystemTime,
}

/// A running program; dropping this ends it.
#[derive(Debug)]
pub(super) struct Running {
    child: Arc<SharedChild>,
}

impl Running {
    /// Starts `command` and calls `line` for each line of its standard output, if that is a
    /// pipe, and `end` once, when it has ended.
    pub(super) fn start(
        mut command: Command,
        mut line: impl FnMut(String) + Send + 'static,
        end: impl FnOnce(io::Result<Ended>) + Send + 'static,
    ) -> io::Result<Self> {
        let running = Self {
            child: Arc::new(SharedChild::spawn(&mut command)?),
        };
        let output = running.child.take_stdout();
        let reader = thread::Builder::new().spawn(move || {
            for text in output
                .into_iter()
                .flat_map(|output| BufReader::new(output).lines())
            {
                match text {
                    Ok(text) => line(text),
                    Err(_) => return,
                }
            }
        })?;
        let child = Arc::clone(&running.child);
        thread::Builder::new().spawn(move || {
            let ended = child.wait().map(|status| Ended {
                status,
                at: SystemTime::now(),
            });
            // What it said last comes before the news of its end.
            let _ = reader.join();
            end(ended);
        })?;
        Ok(running)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
