//! Running other programs: shown before they run, their failure told with their command.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, io, thread};

use crate::problem::Problem;

/// The cargo that runs this task, so that one toolchain does it all.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command on this terminal. An exit code other than 0 is a [`Problem::Failed`].
pub(crate) fn run(command: &mut Command) -> Result<(), Problem> {
    let status = run_status(command)?;
    succeeded(command, status)
}

/// Runs a command on this terminal and gives its status, whatever it is.
pub(crate) fn run_status(command: &mut Command) -> Result<ExitStatus, Problem> {
    eprintln!("$ {}", shown(command));
    command
        .status()
        .map_err(|source| cannot_start(command, source))
}

/// Runs a command with nothing on its standard input, and ends it when `limit` has passed.
pub(crate) fn run_limited(command: &mut Command, limit: Duration) -> Result<(), Problem> {
    eprintln!("$ {}", shown(command));
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|source| cannot_start(command, source))?;
    let id = child.id();
    let (ended, end) = mpsc::sync_channel(1);
    let waiter = thread::spawn(move || {
        // The receiver lives until this thread has been joined.
        let _ = ended.send(child.wait());
    });
    let in_time = end.recv_timeout(limit);
    if in_time.is_err() {
        end_process(id);
    }
    let _ = waiter.join();
    match in_time {
        Ok(Ok(status)) => succeeded(command, status),
        Ok(Err(source)) => Err(cannot_start(command, source)),
        Err(_) => Err(Problem::TooLong {
            command: shown(command),
            minutes: limit.as_secs() / 60,
        }),
    }
}

/// Runs a command unseen and gives all that it printed, whatever its status.
pub(crate) fn output(command: &mut Command) -> Result<Output, Problem> {
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| cannot_start(command, source))
}

/// Runs a command unseen. True if it could be started and ended with 0.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Like [`read`], and the command is shown before it runs.
pub(crate) fn read_shown(command: &mut Command) -> Result<String, Problem> {
    eprintln!("$ {}", shown(command));
    read(command)
}

/// Runs a command, shows what it prints on standard error, and gives its standard output.
pub(crate) fn read(command: &mut Command) -> Result<String, Problem> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| cannot_start(command, source))?;
    succeeded(command, output.status)?;
    String::from_utf8(output.stdout).map_err(|error| Problem::Output {
        command: shown(command),
        why: error.to_string(),
    })
}

/// A status as this program's own exit code: a signal is 128 and its number, as shells do it.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
        }
    }
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Where programs are looked for: PATH, and the folders of administration tools, which are not
/// in the PATH of every user.
pub(crate) fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    if cfg!(unix) {
        folders.extend(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
    }
    if cfg!(windows)
        && let Some(programs) = env::var_os("ProgramFiles")
    {
        folders.push(Path::new(&programs).join("Wireshark"));
    }
    folders
}

/// [`search_path`] as a value for PATH.
pub(crate) fn joined_search_path() -> OsString {
    // A folder that cannot be part of a PATH did not come from one.
    env::join_paths(search_path()).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// The first program of this name in [`search_path`].
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    search_path()
        .into_iter()
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// A command as one would type it: program, arguments, and quotes where a shell needs them.
/// This program and cargo go by their names.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = match program.file_stem() {
        Some(stem) if program.is_absolute() && stem == "cargo" => stem,
        _ if program == Path::new("/proc/self/exe") => OsStr::new("xtask"),
        _ => program.as_os_str(),
    };
    let mut text = quoted(name);
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&quoted(arg));
    }
    text
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%\\".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Problem> {
    if status.success() {
        return Ok(());
    }
    Err(Problem::Failed {
        command: shown(command),
        how: status.to_string(),
    })
}

fn cannot_start(command: &Command, source: io::Error) -> Problem {
    Problem::Start {
        command: shown(command),
        source,
    }
}

/// Ends a child that nobody has waited for yet, so its id cannot belong to another process.
#[cfg(unix)]
fn end_process(id: u32) {
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // A child that has just ended by itself is what is wanted, too.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    }
}

/// Ends a child and what it started. The waiting thread holds the child's handle until then, so
/// its id cannot belong to another process.
#[cfg(windows)]
fn end_process(id: u32) {
    succeeds(Command::new("taskkill").args(["/F", "/T", "/PID", &id.to_string()]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["test", "a b", "", "it's"]);
        assert_eq!(shown(&command), r"cargo test 'a b' '' 'it'\''s'");
        assert_eq!(shown(&Command::new("/bin/sh")), "/bin/sh");
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_names_the_command_and_the_code() {
        let problem = run_limited(
            Command::new("sh").args(["-c", "exit 3"]),
            Duration::from_secs(60),
        )
        .expect_err("exit 3 is a failure");
        assert_eq!(
            problem.to_string(),
            "`sh -c 'exit 3'` failed (exit status: 3)"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_never_ends_is_ended() {
        let problem = run_limited(
            Command::new("tail").args(["-f", "/dev/null"]),
            Duration::from_millis(50),
        )
        .expect_err("it never ends by itself");
        assert!(matches!(problem, Problem::TooLong { .. }), "{problem}");
    }

    #[test]
    fn a_program_that_does_not_exist_is_not_found() {
        assert_eq!(find("surely-no-such-program"), None);
    }
}
