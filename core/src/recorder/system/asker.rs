//! A recorder that pkexec started as root becomes the user who asked, and keeps
//! the right to capture and nothing else.
//!
//! - Called while the program has one thread: the calls here change the calling
//!   thread, and threads started later take over what it is.
//! - What pkexec says of root in the environment (pkexec(1)) is said of the user
//!   instead: incidents go to that user's home, and the socket to that session.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, set_capabilities, set_keep_capabilities, set_thread_groups,
    set_thread_res_gid, set_thread_res_uid,
};
use sysinfo::Users;

/// Before this release a process outside the first user namespace could not
/// listen to the process connector without CAP_NET_ADMIN.
const CONNECTOR_IS_FREE: (u32, u32) = (6, 6);

/// Why a recorder that is root could not become the user who asked. It must
/// not go on as root.
#[derive(Debug, thiserror::Error)]
pub enum AskerError {
    /// PKEXEC_UID is no number of a user.
    #[error("become the user who asked: PKEXEC_UID is {text:?}, which is no user's number")]
    NoUser {
        /// What it says.
        text: String,
    },
    /// The system refuses.
    #[error("become the user {user} who asked: {doing}: {source}")]
    Refused {
        /// Who asked.
        user: u32,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Becomes the user who asked for this program through pkexec, if one did.
///
/// # Errors
/// [`AskerError`]; the program must end then.
pub fn become_asker() -> Result<(), AskerError> {
    let Some(text) = env::var_os("PKEXEC_UID").filter(|_| geteuid().is_root()) else {
        return Ok(());
    };
    let text = text.to_string_lossy().into_owned();
    let Some(number) = text
        .parse::<u32>()
        .ok()
        .filter(|number| *number != u32::MAX)
    else {
        return Err(AskerError::NoUser { text });
    };
    if number == 0 {
        return Ok(());
    }
    let (group, groups) = groups_of(number).ok_or(AskerError::NoUser { text })?;
    change(Uid::from_raw(number), group, &groups).map_err(|(doing, source)| {
        AskerError::Refused {
            user: number,
            doing,
            source: source.into(),
        }
    })?;
    settle(number);
    Ok(())
}

/// A user's own group, and all of the user's groups.
fn groups_of(number: u32) -> Option<(Gid, Vec<Gid>)> {
    let users = Users::new_with_refreshed_list().ok()?;
    let user = users.iter().find(|user| **user.id() == number)?;
    let groups = user.groups();
    let groups = groups.iter().map(|group| Gid::from_raw(**group.id()));
    Some((Gid::from_raw(*user.group_id()), groups.collect()))
}

/// Becomes the user; an error says what was being done.
fn change(user: Uid, group: Gid, groups: &[Gid]) -> Result<(), (&'static str, Errno)> {
    let doing = |what| move |source| (what, source);
    set_keep_capabilities(true).map_err(doing("keep the right to capture"))?;
    set_thread_groups(groups).map_err(doing("take over the groups"))?;
    set_thread_res_gid(group, group, group).map_err(doing("take over the group"))?;
    set_thread_res_uid(user, user, user).map_err(doing("take over the user"))?;
    set_keep_capabilities(false).map_err(doing("keep nothing at another change"))?;
    let kept = kept_rights();
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets).map_err(doing("give up the other rights"))
}

/// Makes itself at home: home, session and folder are the user's.
#[expect(
    clippy::disallowed_methods,
    reason = "there is one thread, and no Command: the program goes on as it is"
)]
fn settle(number: u32) {
    // SAFETY: nobody reads the environment meanwhile, there is one thread.
    unsafe { env::remove_var("HOME") };
    // Without the variable the system is asked for the user's.
    let home = env::home_dir().unwrap_or_else(|| "/".into());
    // SAFETY: as above.
    unsafe { env::set_var("HOME", &home) };
    let session = format!("/run/user/{number}");
    let session_is_there = fs::metadata(&session).is_ok_and(|found| found.uid() == number);
    if session_is_there && env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: as above.
        unsafe { env::set_var("XDG_RUNTIME_DIR", session) };
    }
    // A user without a home is in no folder that is root's.
    let _ = env::set_current_dir(&home).or_else(|_| env::set_current_dir("/"));
}

fn kept_rights() -> CapabilitySet {
    let release = rustix::system::uname();
    let release = release.release().to_string_lossy();
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version < CONNECTOR_IS_FREE {
        CapabilitySet::NET_RAW | CapabilitySet::NET_ADMIN
    } else {
        CapabilitySet::NET_RAW
    }
}
