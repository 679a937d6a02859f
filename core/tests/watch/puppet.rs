//! Processes that do what they are told when they are told, and what a watcher says of them.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crashcap_core::watch::{ExitStatus, TargetSpec, WatchEvent, WatchOptions, Watcher};
use crossbeam_channel::{Receiver, bounded};

/// The longest wait for anything; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(15);

/// A process that waits for a line and then runs its script.
pub(crate) struct Puppet {
    pid: u32,
    strings: ChildStdin,
    child: Option<Child>,
}

impl Puppet {
    /// Our child.
    pub(crate) fn child(script: &str) -> Self {
        Self::of(Command::new("/bin/sh").arg("-c").arg(waiting(script)))
    }

    /// Our child, by a name of its own: the shell, copied.
    pub(crate) fn named(folder: &Path, name: &str, script: &str) -> Self {
        let path = folder.join(name);
        if !path.exists() {
            std::fs::copy("/bin/sh", &path).unwrap();
        }
        Self::of(Command::new(path).arg("-c").arg(waiting(script)))
    }

    /// Somebody else's child: its parent ended, and init has it.
    pub(crate) fn orphan(script: &str) -> Self {
        let mut parent = Command::new("/bin/sh")
            .args([
                "-c",
                "exec 3<&0; sh -c \"$1\" <&3 >/dev/null & echo $!",
                "sh",
            ])
            .arg(waiting(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let strings = parent.stdin.take().unwrap();
        let told = parent.wait_with_output().unwrap();
        let pid = String::from_utf8(told.stdout).unwrap().trim().parse();
        Self {
            pid: pid.unwrap(),
            strings,
            child: None,
        }
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        Self {
            pid: child.id(),
            strings: child.stdin.take().unwrap(),
            child: Some(child),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Now it runs its script.
    pub(crate) fn go(&self) {
        (&self.strings).write_all(b"go\n").unwrap();
    }

    /// Takes its status as a parent does; in the words that a watcher uses.
    pub(crate) fn reap_text(mut self) -> String {
        let status = self.child.take().unwrap().wait().unwrap();
        let told = match status.code() {
            Some(code) => ExitStatus::Code { code },
            None => ExitStatus::Signal {
                number: status.signal().unwrap(),
                core_dumped: Some(status.core_dumped()),
            },
        };
        told.to_string()
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        // A script that was not told to go ends here, at the end of its input.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The shell itself waits, so that it is the process that ends; without input it ends.
fn waiting(script: &str) -> String {
    format!("read line || exit 99; {script}")
}

/// A watcher and what it says.
pub(crate) struct Heard {
    pub(crate) events: Receiver<WatchEvent>,
    _watcher: Watcher,
}

impl Heard {
    /// Watches something that is there.
    pub(crate) fn of(spec: TargetSpec) -> Self {
        let (sender, events) = bounded(2048);
        let watcher = Watcher::start(spec, WatchOptions::default(), sender).unwrap();
        Self {
            events,
            _watcher: watcher,
        }
    }

    /// The next event.
    pub(crate) fn next(&self) -> WatchEvent {
        self.events.recv_timeout(PATIENCE).unwrap()
    }

    /// The status of a process's end, and how many were left.
    pub(crate) fn end_of(&self, pid: u32) -> (ExitStatus, usize) {
        let mut remaining = None;
        loop {
            match self.next() {
                WatchEvent::Ended {
                    process,
                    status,
                    left,
                    ..
                } if process.pid == pid => match status {
                    Some(status) => return (status, left),
                    None => remaining = Some(left),
                },
                WatchEvent::Status { process, status } if process.pid == pid => {
                    return (status, remaining.expect("a status follows an end"));
                }
                _ => {}
            }
        }
    }
}
