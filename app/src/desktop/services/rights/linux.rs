//! Linux: root, or a recorder whose file carries the right to capture.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::model::{Rights, Said};
use crate::services::recorder::{HELPERS, grant_program, recorder_program};

/// Where the kernel keeps a file's capabilities (capabilities(7)).
const ATTRIBUTE: &str = "security.capability";
/// CAP_NET_RAW's bit, and where the first permitted ones stand in the attribute.
const NET_RAW: u32 = 1 << 13;
const PERMITTED: std::ops::Range<usize> = 4..8;
/// The effective bit of the attribute's first word.
const EFFECTIVE: u32 = 1;

/// What was found here.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// Root, or a recorder that this user may run and that may capture.
    yes: bool,
    /// The helper is here and this user's group may run it, from the next login on.
    next_login: bool,
    /// An administrator can be asked for the password.
    pkexec: bool,
}

/// Looks at the recorder's file and at what could be asked.
pub(crate) fn rights() -> Rights {
    let helpers = HELPERS.iter().map(Path::new);
    in_words(Found {
        yes: rustix::process::geteuid().is_root() || carries_right(&recorder_program()),
        next_login: helpers
            .filter(|helper| carries_right(helper))
            .any(|helper| may_from_next_login(helper, Path::new("/etc"))),
        pkexec: on_path("pkexec"),
    })
}

fn in_words(found: Found) -> Rights {
    use Said::{Button, Words};
    let words = |text: &str| Words(text.into());
    match found {
        Found { yes: true, .. } => Rights::Yes,
        Found {
            next_login: true,
            pkexec: true,
            ..
        } => Rights::NextLogin(vec![
            words("You may capture after you log in again."),
            Button(Command::AllowThisTime),
            words("asks for an administrator's password until then."),
            Button(Command::CheckAgain),
        ]),
        Found {
            next_login: true, ..
        } => Rights::NextLogin(vec![
            words("You may capture after you log in again."),
            Button(Command::CheckAgain),
        ]),
        Found { pkexec: true, .. } => Rights::No(vec![
            words("You may not capture on this computer yet."),
            Button(Command::AllowThisTime),
            words("asks for an administrator's password."),
            Button(Command::AllowAlways),
            words("takes effect after you log in again."),
        ]),
        Found { .. } => Rights::No(vec![
            words(
                "You may not capture on this computer yet, and it has no pkexec to ask for an \
                 administrator's password. Type in a terminal:",
            ),
            Said::Typed(grant_command()),
            Button(Command::CopyGrant),
            words("and log in again."),
            Button(Command::CheckAgain),
        ]),
    }
}

/// What an administrator types to allow this user to capture for good.
pub(crate) fn grant_command() -> String {
    let program = grant_program().display().to_string();
    format!("sudo {} grant-rights", shell_words::quote(&program))
}

/// Whether a file's group has this user for a member whom this session does not
/// know yet: groups are taken at login.
fn may_from_next_login(helper: &Path, etc: &Path) -> bool {
    let Ok(file) = fs::metadata(helper) else {
        return false;
    };
    let read = |name: &str| fs::read_to_string(etc.join(name)).unwrap_or_default();
    let user = rustix::process::getuid().as_raw();
    // Users of a directory are not in the file; what the session says will do for a hint.
    let name = user_name(&read("passwd"), user).or_else(|| std::env::var("USER").ok());
    name.is_some_and(|name| is_member(&read("group"), file.gid(), &name))
}

/// The name of a user in passwd(5).
fn user_name(passwd: &str, user: u32) -> Option<String> {
    let number = user.to_string();
    let mut lines = passwd.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

/// Whether group(5) lists a user as a member.
fn is_member(groups: &str, group: u32, user: &str) -> bool {
    let number = group.to_string();
    let mut lines = groups.lines().map(|line| line.split(':'));
    lines.any(|mut fields| {
        let same = fields.nth(2) == Some(&number);
        let members = fields.next().unwrap_or_default();
        same && members.split(',').any(|member| member.trim() == user)
    })
}

fn carries_right(program: &Path) -> bool {
    let mut value = [0; 64];
    let Ok(length) = rustix::fs::getxattr(program, ATTRIBUTE, &mut value) else {
        return false;
    };
    let word = |range: std::ops::Range<usize>| {
        let bytes: Option<[u8; 4]> = value[..length].get(range)?.try_into().ok();
        bytes.map(u32::from_le_bytes)
    };
    let effective = word(0..4).is_some_and(|word| word & EFFECTIVE != 0);
    effective && word(PERMITTED).is_some_and(|word| word & NET_RAW != 0)
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(found: Found) -> String {
        match in_words(found) {
            Rights::Yes => "yes".into(),
            Rights::Unknown => "unknown".into(),
            Rights::No(parts) => format!("no: {}", in_line(&parts)),
            Rights::NextLogin(parts) => format!("next login: {}", in_line(&parts)),
        }
    }

    fn in_line(parts: &[Said]) -> String {
        let parts = parts.iter().map(|part| match part {
            Said::Words(words) => words.clone(),
            Said::Typed(_) => "`…`".into(),
            Said::Button(command) => format!("[{}]", command.text()),
        });
        parts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_state_says_what_is_and_what_to_do() {
        let found = |yes, next_login, pkexec| Found {
            yes,
            next_login,
            pkexec,
        };
        let all = [
            found(true, true, true),
            found(false, false, true),
            found(false, false, false),
            found(false, true, true),
            found(false, true, false),
        ];
        insta::assert_snapshot!(all.map(told).join("\n"), @r"
        yes
        no: You may not capture on this computer yet. [Allow this time…] asks for an administrator's password. [Allow always…] takes effect after you log in again.
        no: You may not capture on this computer yet, and it has no pkexec to ask for an administrator's password. Type in a terminal: `…` [Copy this command] and log in again. [Check again]
        next login: You may capture after you log in again. [Allow this time…] asks for an administrator's password until then. [Check again]
        next login: You may capture after you log in again. [Check again]
        ");
    }

    #[test]
    fn who_is_a_member_is_read_as_login_reads_it() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbroken\n";
        assert_eq!(user_name(passwd, 1000).as_deref(), Some("ada"));
        assert_eq!(user_name(passwd, 100), None);
        let groups = "root:x:0:\nbroken\ncrashcap:x:998:bob,ada\nother:x:99:ada\n";
        assert!(is_member(groups, 998, "ada") && is_member(groups, 998, "bob"));
        assert!(!is_member(groups, 998, "ad") && !is_member(groups, 0, "ada"));
        assert!(!is_member(groups, 9, "ada"));
    }

    #[test]
    fn the_command_for_a_terminal_names_a_program() {
        let command = grant_command();
        assert!(command.starts_with("sudo ") && command.ends_with(" grant-rights"));
    }
}
