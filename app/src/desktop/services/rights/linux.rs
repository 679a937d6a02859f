//! Linux: root, or a recorder whose file carries the right to capture.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crashcap_core::capture::setcap_command;

use crate::command::Command;
use crate::model::{Remedy, Rights};
use crate::services::recorder::{HELPERS, grant_program, recorder_program};

/// Asks for an administrator's password (pkexec(1)).
const PKEXEC: &str = "pkexec";
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
    /// The program was built by this user, and is no installed one.
    own_build: bool,
}

/// Looks at the recorder's file and at what could be asked.
pub(crate) fn rights() -> Rights {
    let helpers = HELPERS.iter().map(Path::new);
    in_words(Found {
        yes: rustix::process::geteuid().is_root() || carries_right(&recorder_program()),
        next_login: helpers
            .filter(|helper| carries_right(helper))
            .any(|helper| may_from_next_login(helper, Path::new("/etc"))),
        pkexec: can_ask(),
        own_build: is_own_build(&grant_program()),
    })
}

/// Whether an administrator can be asked for the password here.
pub(crate) fn can_ask() -> bool {
    on_path(PKEXEC)
}

fn in_words(found: Found) -> Rights {
    let remedy = |sentence: &str, buttons: &[Command]| Remedy {
        sentence: sentence.into(),
        typed: None,
        buttons: buttons.to_vec(),
    };
    match found {
        Found { yes: true, .. } => Rights::Yes,
        Found {
            next_login: true,
            pkexec: true,
            ..
        } => Rights::NextLogin(remedy(
            "You may capture always, as soon as you have logged in again. Until then an \
             administrator's password allows one recording.",
            &[Command::AllowThisTime, Command::CheckAgain],
        )),
        Found {
            next_login: true, ..
        } => Rights::NextLogin(remedy(
            "You may capture always, as soon as you have logged in again.",
            &[Command::CheckAgain],
        )),
        Found { pkexec: true, .. } => Rights::No(remedy(
            "You may not capture on this computer yet. An administrator's password lets Crashcap \
             read packets: for one recording, or always from your next login on.",
            &[
                Command::AllowThisTime,
                Command::AllowAlways,
                Command::CheckAgain,
            ],
        )),
        Found { own_build, .. } => Rights::No(Remedy {
            typed: Some(command_for(own_build)),
            ..remedy(
                match own_build {
                    true => {
                        "You may not capture on this computer yet. This command gives the program \
                         the right to read packets, for whoever may run it, until it is built \
                         again:"
                    }
                    false => {
                        "You may not capture on this computer yet. This command gives you the \
                         right to read packets with Crashcap, always, from your next login on:"
                    }
                },
                &[Command::CopyGrant, Command::CheckAgain],
            )
        }),
    }
}

/// What an administrator types to allow capturing: for a build of one's own that
/// file's capability, else the group of the installed one.
pub(crate) fn grant_command() -> String {
    command_for(is_own_build(&grant_program()))
}

fn command_for(own_build: bool) -> String {
    let program = grant_program();
    if own_build {
        return setcap_command(&program);
    }
    let program = program.display().to_string();
    format!("sudo {} grant-rights", shell_words::quote(&program))
}

/// Whether this user may replace the program, as one does who builds it.
fn is_own_build(program: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    fs::metadata(program).is_ok_and(|file| file.uid() == user)
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
        let (word, remedy) = match in_words(found) {
            Rights::Yes => return "yes".into(),
            Rights::Unknown => return "unknown".into(),
            Rights::No(remedy) => ("no", remedy),
            Rights::NextLogin(remedy) => ("next login", remedy),
        };
        let typed = remedy.typed.map(|typed| {
            let program = grant_program().display().to_string();
            format!(" `{}`", typed.replace(&program, "PROGRAM"))
        });
        let buttons = remedy
            .buttons
            .iter()
            .map(|one| format!(" [{}]", one.text()));
        let buttons: String = buttons.collect();
        let typed = typed.unwrap_or_default();
        format!("{word}: {}{typed}{buttons}", remedy.sentence)
    }

    #[test]
    fn every_state_says_what_is_and_the_one_thing_to_do() {
        let found = |yes, next_login, pkexec, own_build| Found {
            yes,
            next_login,
            pkexec,
            own_build,
        };
        let all = [
            found(true, true, true, true),
            found(false, false, true, true),
            found(false, false, false, true),
            found(false, false, false, false),
            found(false, true, true, false),
            found(false, true, false, true),
        ];
        insta::assert_snapshot!(all.map(told).join("\n"), @r"
        yes
        no: You may not capture on this computer yet. An administrator's password lets Crashcap read packets: for one recording, or always from your next login on. [Allow this time…] [Allow always…] [Check again]
        no: You may not capture on this computer yet. This command gives the program the right to read packets, for whoever may run it, until it is built again: `sudo setcap cap_net_raw+ep PROGRAM` [Copy this command] [Check again]
        no: You may not capture on this computer yet. This command gives you the right to read packets with Crashcap, always, from your next login on: `sudo PROGRAM grant-rights` [Copy this command] [Check again]
        next login: You may capture always, as soon as you have logged in again. Until then an administrator's password allows one recording. [Allow this time…] [Check again]
        next login: You may capture always, as soon as you have logged in again. [Check again]
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
    fn the_command_for_a_terminal_names_the_program_that_is_there() {
        let program = grant_program().display().to_string();
        assert_eq!(
            command_for(true),
            format!("sudo setcap cap_net_raw+ep {program}")
        );
        assert_eq!(command_for(false), format!("sudo {program} grant-rights"));
        let own = tempfile::NamedTempFile::new().unwrap();
        assert!(is_own_build(own.path()));
        assert!(!is_own_build(Path::new("/no/such/program")));
    }
}
