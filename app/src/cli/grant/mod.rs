//! `crashcap grant-rights`, as root by way of pkexec: whoever asked may capture
//! from their next login on.
//!
//! - Every step may be done again: what is as it should be stays as it is.
//! - The recorder that gets the right is a copy of the program that runs now,
//!   and not of a file that somebody might put in its place.
//! - The copy has its name only when owner, mode and right are as they should
//!   be: at no time may others than root and the group run it.

mod accounts;
mod recorder;

use std::path::PathBuf;

use super::args::Grant;
use super::exit::{Exit, Failure};
use super::text::say;
use accounts::Accounts;

/// Whose members may run the recorder.
const GROUP: &str = "crashcap";

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
enum GrantError {
    /// This is not root.
    #[error("allow capturing: only an administrator can; run it with sudo")]
    NotRoot,
    /// Nobody asked.
    #[error(
        "allow capturing: it is not known who asked; run this through pkexec or sudo as that user"
    )]
    NobodyAsked,
    /// The number of who asked is no user's.
    #[error("allow capturing: there is no user {user}")]
    NoSuchUser {
        /// What was given.
        user: String,
    },
    /// The programs that change accounts are missing.
    #[error("{doing}: not here: {programs}; install it, or do it by hand")]
    NoProgram {
        /// For what.
        doing: String,
        /// Which would do.
        programs: String,
    },
    /// A program that changes accounts failed.
    #[error("{doing}: {why}")]
    Program {
        /// For what.
        doing: String,
        /// What it said.
        why: String,
    },
    /// The group is not there after it was made.
    #[error("make the group {GROUP}: it is still not there; make it by hand")]
    NoGroup,
    /// Others could replace the recorder.
    #[error("install the recorder: others than root may write into {}; let root alone own it", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses.
    #[error("{doing} {}: {source}", path.display())]
    System {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Does all steps, and says each.
pub(super) fn run(args: &Grant) -> Result<Exit, Failure> {
    grant(args).map_err(|error| {
        let exit = match error {
            GrantError::NotRoot => Exit::NoRights,
            _ => Exit::Failed,
        };
        Failure::new(exit, error)
    })?;
    Ok(Exit::Done)
}

fn grant(args: &Grant) -> Result<(), GrantError> {
    if !rustix::process::geteuid().is_root() {
        return Err(GrantError::NotRoot);
    }
    let accounts = Accounts::below(&args.root);
    let user = accounts.user(asker()?)?;
    let group = accounts.ensure_group(GROUP)?;
    let path = recorder::install(&args.root, group)?;
    say(&format!("{} may capture", path.display()));
    accounts.ensure_member(&user, GROUP)?;
    say(&format!(
        "{user} is in the group {GROUP} and may run it after the next login"
    ));
    Ok(())
}

/// Who asked: pkexec and sudo say it.
fn asker() -> Result<u32, GrantError> {
    let told = ["PKEXEC_UID", "SUDO_UID"]
        .into_iter()
        .find_map(std::env::var_os)
        .ok_or(GrantError::NobodyAsked)?;
    let text = told.to_string_lossy().into_owned();
    let number = text.parse().ok();
    number.ok_or(GrantError::NoSuchUser { user: text })
}
