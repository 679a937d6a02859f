//! A program that the bench starts: its lines with the time at which they came, its end, and
//! its handle. It never outlives the bench.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crashcap_tests::lab::system::Ending;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustix::process::{Pid, Signal};
use rustix::thread::CpuSet;
use shared_child::SharedChild;

use super::failure::Failure;

/// More lines than any of the programs says during a run of the traffic, when nobody reads.
const LINES_MAX: usize = 16 * 1024;
/// Lines of standard error that a failure quotes.
const QUOTED_LINES: usize = 12;
/// How long a program may take to end once it was told to.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Nanoseconds since the epoch by the wall clock, which is what events and packets carry.
pub(crate) fn wall_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// A line of a program.
#[derive(Debug)]
pub(crate) struct Line {
    /// When the bench had read it, in nanoseconds since the epoch.
    pub(crate) at_ns: u64,
    /// Whether it came on standard error.
    pub(crate) on_stderr: bool,
    /// The line, without its end.
    pub(crate) text: String,
}

/// A running program; dropping this kills it.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: SharedChild,
    lines: Receiver<Line>,
    said: VecDeque<String>,
}

impl Program {
    /// Starts `command`, on the CPU `cpu` if one is given.
    ///
    /// The kernel kills it when the calling thread ends, so that thread must live as long as
    /// the program is wanted.
    pub(crate) fn start(
        name: impl Into<String>,
        mut command: Command,
        cpu: Option<usize>,
    ) -> Result<Self, Failure> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("LC_ALL", "C");
        // SAFETY: the closure makes two system calls and allocates nothing, which is allowed
        // between fork and exec.
        unsafe {
            command.pre_exec(move || {
                rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                if let Some(cpu) = cpu {
                    let mut set = CpuSet::new();
                    set.set(cpu);
                    rustix::thread::sched_setaffinity(None, &set)?;
                }
                Ok(())
            });
        }
        let child = SharedChild::spawn(&mut command).map_err(|source| Failure::Start {
            program: command.get_program().into(),
            source,
        })?;
        let (sender, lines) = crossbeam_channel::bounded(LINES_MAX);
        let program = Self {
            name: name.into(),
            child,
            lines,
            said: VecDeque::new(),
        };
        let output = program.child.take_stdout();
        let errors = program.child.take_stderr();
        let reading = || Failure::system("start a thread that reads a program's lines");
        if let Some(output) = output {
            read_lines(output, false, sender.clone()).map_err(reading())?;
        }
        if let Some(errors) = errors {
            read_lines(errors, true, sender).map_err(reading())?;
        }
        Ok(program)
    }

    /// Its process id; it is this program's until its end was waited for.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the line in which `wanted` finds what it looks for.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut wanted: impl FnMut(&Line) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + limit;
        loop {
            match self.lines.recv_deadline(deadline) {
                Ok(line) => {
                    self.remember(&line);
                    if let Some(found) = wanted(&line)? {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended_early()),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure::Silent {
                        program: self.name.clone(),
                        what: what.to_owned(),
                        limit,
                        said: self.said(),
                    });
                }
            }
        }
    }

    /// Lets `length` pass; an error when the program ends meanwhile.
    pub(crate) fn stay(&mut self, length: Duration) -> Result<(), Failure> {
        match self.child.wait_timeout(length) {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(self.ended_early()),
            Err(source) => Err(Failure::system(format!("wait for {}", self.name))(source)),
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| Failure::Impossible(format!("no process {}", self.pid())))?;
        rustix::process::kill_process(pid, signal)
            .map_err(Failure::system(format!("send a signal to {}", self.name)))
    }

    /// Waits for its end and gives it, with the time at which the system told it.
    pub(crate) fn wait(&mut self) -> Result<(ExitStatus, u64), Failure> {
        let ended = self.child.wait_timeout(END_LIMIT);
        let at_ns = wall_ns();
        match ended.map_err(Failure::system(format!("wait for {}", self.name)))? {
            Some(status) => Ok((status, at_ns)),
            None => Err(Failure::Silent {
                program: self.name.clone(),
                what: "its end".to_owned(),
                limit: END_LIMIT,
                said: self.said(),
            }),
        }
    }

    /// Waits for its end and gives all lines not read yet.
    pub(crate) fn finish(&mut self) -> Result<(ExitStatus, Vec<Line>), Failure> {
        let (status, _) = self.wait()?;
        let mut rest = Vec::new();
        // The readers end when both pipes are closed, which the program's end does.
        while let Ok(line) = self.lines.recv_timeout(END_LIMIT) {
            self.remember(&line);
            rest.push(line);
        }
        Ok((status, rest))
    }

    /// The failure of a program that ended too soon.
    pub(crate) fn ended_early(&mut self) -> Failure {
        match self.finish() {
            Ok((status, _)) => Failure::EndedEarly {
                program: self.name.clone(),
                ending: Ending::from(status),
                said: self.said(),
            },
            Err(failure) => failure,
        }
    }

    fn remember(&mut self, line: &Line) {
        if line.on_stderr {
            if self.said.len() == QUOTED_LINES {
                self.said.pop_front();
            }
            self.said.push_back(line.text.clone());
        }
    }

    /// Its last lines on standard error.
    pub(crate) fn said(&self) -> String {
        let lines: Vec<&str> = self.said.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both do nothing when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(
    pipe: impl Read + Send + 'static,
    on_stderr: bool,
    lines: Sender<Line>,
) -> std::io::Result<()> {
    thread::Builder::new()
        .name("reads a pipe".to_owned())
        .spawn(move || {
            for text in BufReader::new(pipe).lines() {
                let Ok(text) = text else { return };
                let at_ns = wall_ns();
                // Nobody listens any more once the program is dropped.
                let line = Line {
                    at_ns,
                    on_stderr,
                    text,
                };
                if lines.send(line).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Runs a short program to its end and gives what it printed, both streams together.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Failure::Start {
            program: program.into(),
            source,
        })?;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(said);
    }
    Err(Failure::Refused {
        command: format!("{program} {}", arguments.join(" ")),
        said: said.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Program::start("sh", command, None).unwrap()
    }

    #[test]
    fn lines_of_both_streams_come_and_the_end_after_them() {
        let mut program = shell("echo one; echo two >&2; echo three");
        let found = program
            .wait_for("two", END_LIMIT, |line| {
                Ok((line.on_stderr && line.text == "two").then_some(line.at_ns))
            })
            .unwrap();
        assert!(found <= wall_ns());
        let (status, _) = program.finish().unwrap();
        assert!(status.success());
        assert_eq!(program.said(), "two");
    }

    #[test]
    fn an_early_end_is_told_with_what_was_said() {
        let mut program = shell("echo no such device >&2; exit 3");
        let failure = program
            .wait_for("a line", END_LIMIT, |_| Ok(None::<()>))
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            "sh exited with 3 early; it said:\nno such device"
        );
    }

    #[test]
    fn a_dropped_program_is_dead() {
        let program = shell("exec cat /dev/zero");
        let stat = format!("/proc/{}/stat", program.pid());
        assert!(std::fs::exists(&stat).unwrap());
        drop(program);
        assert!(!std::fs::exists(&stat).unwrap());
    }
}
