//! Unix: this program is started once more with the target's name and arguments,
//! waits until its standard input says that recording runs, and becomes the
//! target, whose process it is from the start.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, OFlags, access};
use rustix::io::Errno;

use super::{Front, Outputs, apart};

/// Set in the process that waits: the program that it is to become.
const WAITS: &str = "CRASHCAP_BECOME";
/// What a shell answers for a command that cannot be run.
const CANNOT_RUN: i32 = 127;

/// The way to the waiting process; closed unopened, it ends.
#[derive(Debug)]
pub(super) struct Gate(ChildStdin);

impl Gate {
    pub(super) fn open(mut self) {
        // Of a process that is gone the watcher tells.
        let _ = self.0.write_all(b"\n");
    }
}

pub(super) fn launch(
    program: &OsStr,
    arguments: &[OsString],
    outputs: Outputs,
    front: Front,
) -> io::Result<(u32, Gate)> {
    may_run(program)?;
    let mut command = Command::new(env::current_exe()?);
    command
        .arg0(program)
        .args(arguments)
        .env(WAITS, program)
        .stdin(Stdio::piped())
        .stdout(outputs.out)
        .stderr(outputs.err);
    apart(&mut command, front);
    let mut child = command.spawn()?;
    match child.stdin.take() {
        Some(stdin) => Ok((child.id(), Gate(stdin))),
        None => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

pub(super) fn own_group(command: &mut Command, _: Front) {
    command.process_group(0);
}

/// Looks for the program as execvp(3) does, so that a slip is told before
/// anything runs.
fn may_run(program: &OsStr) -> io::Result<()> {
    let path = Path::new(program);
    let runs = |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if path.components().count() > 1 || path.is_absolute() {
        return match path.symlink_metadata() {
            Err(error) => Err(error),
            Ok(_) if runs(path) => Ok(()),
            Ok(_) => Err(Errno::ACCESS.into()),
        };
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&folders).map(|folder| folder.join(path));
    if places.any(|place| runs(&place)) {
        Ok(())
    } else {
        Err(Errno::NOENT.into())
    }
}

pub(super) fn pass_gate() {
    let Some(program) = env::var_os(WAITS) else {
        return;
    };
    call_itself(&program);
    let mut one = [0];
    if !matches!(io::stdin().read(&mut one), Ok(1)) {
        // The recording was refused, or ended before it ran.
        std::process::exit(0);
    }
    let error = become_target(&program);
    let program = program.to_string_lossy();
    let _ = writeln!(io::stderr(), "crashcap: launch {program}: {error}");
    std::process::exit(CANNOT_RUN);
}

/// A recording that hangs is not to hold a target up: it misses words then.
pub(super) fn never_wait_for_the_copy() {
    let copy = rustix::stdio::stderr();
    if let Ok(flags) = rustix::fs::fcntl_getfl(copy) {
        // Where it can't be set, a full pipe is waited for.
        let _ = rustix::fs::fcntl_setfl(copy, flags | OFlags::NONBLOCK);
    }
}

/// Whether the copy takes more within so long.
pub(super) fn room_comes(within: Duration) -> bool {
    let copy = rustix::stdio::stderr();
    let mut room = [PollFd::new(&copy, PollFlags::OUT)];
    let within = Timespec::try_from(within).ok();
    // Interrupted counts as none: a moment's words are missed then.
    matches!(poll(&mut room, within.as_ref()), Ok(1..))
}

/// The kernel's name of this process becomes the target's.
fn call_itself(program: &OsStr) {
    if cfg!(target_os = "linux")
        && let Some(name) = Path::new(program).file_name()
    {
        // Where it can't be written the process has its own name for a moment.
        let _ = std::fs::write("/proc/self/comm", name.as_encoded_bytes());
    }
}

fn become_target(program: &OsStr) -> io::Error {
    let nothing = match File::open("/dev/null") {
        Ok(nothing) => nothing,
        Err(error) => return error,
    };
    Command::new(program)
        .args(env::args_os().skip(1))
        .env_remove(WAITS)
        .stdin(nothing)
        .exec()
}
