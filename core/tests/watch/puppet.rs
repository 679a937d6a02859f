//! Processes that do what they are told when they are told, and what a watcher says of them.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crashcap_core::watch::{ExitStatus, TargetSpec, WatchEvent, WatchOptions, Watcher};
use crossbeam_channel::{Receiver, bounded};
use rustix::process::{Pid, Signal, kill_process};

/// The longest wait for anything; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(15);

/// A process that waits for a line and then runs its script.
pub(crate) struct Puppet {
    pid: u32,
    strings: Option<ChildStdin>,
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
            // By another process: a file that this one has open for writing
            // may be inherited by what another test starts, and is then busy.
            let copied = Command::new("cp").arg("/bin/sh").arg(&path).status();
            assert!(copied.unwrap().success());
        }
        Self::of(Command::new(path).arg("-c").arg(waiting(script)))
    }

    /// Somebody else's child: its parent ended, and init has it.
    pub(crate) fn orphan(script: &str) -> Self {
        let (pid, strings, mut parent) = grandchild("", script);
        parent.wait().unwrap();
        Self {
            pid,
            strings: Some(strings),
            child: None,
        }
    }

    /// The child of a process that never asks for its status.
    pub(crate) fn never_reaped(script: &str) -> Self {
        // `sleep` takes the shell's place and knows nothing of a child.
        let (pid, strings, parent) = grandchild("exec sleep 600", script);
        Self {
            pid,
            strings: Some(strings),
            child: Some(parent),
        }
    }

    /// Our child, which holds a socket and does nothing.
    pub(crate) fn of_listener(socket: OwnedFd) -> Self {
        let child = Command::new("sleep")
            .arg("600")
            .stdin(Stdio::from(socket))
            .spawn()
            .unwrap();
        Self {
            pid: child.id(),
            strings: None,
            child: Some(child),
        }
    }

    /// Our child, as the command says.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        Self {
            pid: child.id(),
            strings: child.stdin.take(),
            child: Some(child),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Now it runs its script.
    pub(crate) fn go(&self) {
        self.strings.as_ref().unwrap().write_all(b"go\n").unwrap();
    }

    /// Ends it at once.
    pub(crate) fn kill(&self) {
        let pid = Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
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

/// Starts a shell that starts a shell that waits for the script; the first
/// then does something else. The PID is the second's.
fn grandchild(then: &str, script: &str) -> (u32, ChildStdin, Child) {
    let first = format!("exec 3<&0; sh -c \"$1\" <&3 3<&- >/dev/null & echo $!; exec 3<&-; {then}");
    let mut parent = Command::new("/bin/sh")
        .args(["-c", &first, "sh"])
        .arg(waiting(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let strings = parent.stdin.take().unwrap();
    let mut told = String::new();
    BufReader::new(parent.stdout.take().unwrap())
        .read_line(&mut told)
        .unwrap();
    (told.trim().parse().unwrap(), strings, parent)
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
        Self::with(spec, WatchOptions::default())
    }

    /// Watches in another way.
    pub(crate) fn with(spec: TargetSpec, options: WatchOptions) -> Self {
        let (sender, events) = bounded(2048);
        let watcher = Watcher::start(spec, options, sender).unwrap();
        Self {
            events,
            _watcher: watcher,
        }
    }

    /// The next event.
    pub(crate) fn next(&self) -> WatchEvent {
        self.events.recv_timeout(PATIENCE).unwrap()
    }

    /// The next process that is found.
    pub(crate) fn found(&self) -> u32 {
        loop {
            if let WatchEvent::Found { process, .. } = self.next() {
                return process.identity.pid;
            }
        }
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
