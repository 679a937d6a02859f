//! Capture rights for the demo, the live tests and the benches.
//!
//! Three ways, the first that works: as this process is (root), in new namespaces of its own
//! (Linux, no root needed), through sudo. Each but the last is proved by opening `lo`, not guessed.

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::Path;
use std::process::Command;

use crate::problem::Problem;
use crate::process::{find, output, succeeds};

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[path = "other.rs"]
mod system;

#[cfg(target_os = "linux")]
mod loopback;

pub(crate) use system::{enter, prove};

/// Hidden subcommand: enter new namespaces and become a command.
pub(crate) const ENTER: &str = "__in-namespace";
/// Hidden subcommand: prove the rights of the process as it is.
pub(crate) const PROVE: &str = "__prove";

/// What the rights are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Capturing on loopback.
    Capture,
    /// Capturing, and making network namespaces of one's own.
    Namespaces,
    /// The same, for programs like tcpdump that give root away when they are root: in a
    /// namespace they run with the user's own id.
    OtherTools,
}

/// How a command gets its rights: the words that stand before it.
#[derive(Debug)]
pub(crate) struct Rights {
    how: &'static str,
    words: Vec<OsString>,
    /// sudo clears the environment; `env` behind it sets again what must be set.
    clears_environment: bool,
}

/// A way to the rights, and the arguments with which this program proves it.
struct Way {
    rights: Rights,
    proof: Vec<&'static str>,
}

impl Rights {
    /// Those that this process has; a child inherits them.
    fn own() -> Self {
        Self {
            how: "with the rights of this process",
            words: Vec::new(),
            clears_environment: false,
        }
    }

    fn sudo() -> Self {
        Self {
            how: "through sudo",
            words: vec!["sudo".into(), "env".into()],
            clears_environment: true,
        }
    }

    /// One phrase that says how.
    pub(crate) fn how(&self) -> &'static str {
        self.how
    }

    /// A command for `program` with these rights and with `env` added to the environment.
    pub(crate) fn command(&self, program: &Path, env: &[(&str, &OsStr)]) -> Command {
        let mut line = self.words.clone();
        if self.clears_environment {
            for (key, value) in env {
                let mut pair = OsString::from(key);
                pair.push("=");
                pair.push(value);
                line.push(pair);
            }
        }
        line.push(program.into());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).envs(env.iter().copied());
        command
    }
}

/// Finds the way to the rights. `what` is asked about where only sudo is left.
///
/// # Errors
/// [`Problem::NoRights`] with the reason of each way that was tried.
pub(crate) fn obtain(purpose: Purpose, what: &str) -> Result<Rights, Problem> {
    let mut refusals = Vec::new();
    for way in system::ways(purpose) {
        match prove_way(&way.proof) {
            Ok(()) => return Ok(way.rights),
            Err(why) => refusals.push(why),
        }
    }
    match through_sudo(what) {
        Ok(()) => Ok(Rights::sudo()),
        Err(why) => {
            refusals.push(why);
            Err(Problem::NoRights {
                why: refusals.join("; "),
            })
        }
    }
}

/// Runs this program again, to prove a way without changing this process.
fn prove_way(proof: &[&str]) -> Result<(), String> {
    let mut command = Command::new(system::own_program());
    command.args(proof);
    let output = output(&mut command).map_err(|problem| problem.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(last_line(&said).unwrap_or_else(|| output.status.to_string()))
}

/// The last line with something in it, without the word "error: ".
fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    let line = line.trim();
    Some(line.strip_prefix("error: ").unwrap_or(line).to_owned())
}

/// Asks on a terminal; elsewhere only a sudo that wants no password will do.
fn through_sudo(what: &str) -> Result<(), String> {
    if crate::install::is_root() {
        return Err(
            "root here lacks them (a container needs NET_RAW, NET_ADMIN and SYS_ADMIN)".to_owned(),
        );
    }
    if find("sudo").is_none() {
        return Err("there is no sudo".to_owned());
    }
    if !(stdin().is_terminal() && stderr().is_terminal()) {
        return if succeeds(Command::new("sudo").args(["-n", "true"])) {
            Ok(())
        } else {
            Err("sudo asks for a password, and there is no terminal to ask on".to_owned())
        };
    }
    eprint!("Run {what} through sudo? [y/N] ");
    let mut answer = String::new();
    let heard = stderr()
        .flush()
        .and_then(|()| stdin().read_line(&mut answer));
    match heard {
        Ok(_) if is_yes(&answer) => Ok(()),
        Ok(_) => Err("sudo was declined".to_owned()),
        Err(error) => Err(format!("the terminal cannot be read: {error}")),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn sudo_carries_the_environment_on_its_command_line() {
        let command = Rights::sudo().command(Path::new("/t/live"), &[("A", OsStr::new("1"))]);
        assert_eq!(words(&command), ["sudo", "env", "A=1", "/t/live"]);
    }

    #[test]
    fn own_rights_add_no_word() {
        let command = Rights::own().command(Path::new("/t/live"), &[("A", OsStr::new("1"))]);
        assert_eq!(words(&command), ["/t/live"]);
        assert_eq!(
            command.get_envs().next(),
            Some((OsStr::new("A"), Some(OsStr::new("1"))))
        );
    }

    #[test]
    fn the_reason_is_the_last_thing_said() {
        assert_eq!(
            last_line("note: x\nerror: unshare: Operation not permitted\n\n").as_deref(),
            Some("unshare: Operation not permitted")
        );
        assert_eq!(last_line(" \n"), None);
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("Y\n") && is_yes("yes\r\n"));
        assert!(!is_yes("\n") && !is_yes("yup") && !is_yes(""));
    }
}
