//! A recorder that pkexec started as root becomes the user who asked, and keeps
//! the right to capture and nothing else.
//!
//! Called while the program has one thread: the calls here change the calling
//! thread, and threads started later take over what it is.

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
    let Some(text) = std::env::var_os("PKEXEC_UID").filter(|_| geteuid().is_root()) else {
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
    let refused = |doing| {
        move |source: rustix::io::Errno| AskerError::Refused {
            user: number,
            doing,
            source: source.into(),
        }
    };
    let users = Users::new_with_refreshed_list().ok();
    let mut known = users.iter().flat_map(|users| users.iter());
    let Some(user) = known.find(|user| **user.id() == number) else {
        return Err(AskerError::NoUser { text });
    };
    let group = Gid::from_raw(*user.group_id());
    let groups: Vec<Gid> = user
        .groups()
        .iter()
        .map(|group| Gid::from_raw(**group.id()))
        .collect();
    set_keep_capabilities(true).map_err(refused("keep the right to capture"))?;
    set_thread_groups(&groups).map_err(refused("take over the groups"))?;
    set_thread_res_gid(group, group, group).map_err(refused("take over the group"))?;
    let uid = Uid::from_raw(number);
    set_thread_res_uid(uid, uid, uid).map_err(refused("take over the user"))?;
    let kept = kept_rights();
    let sets = CapabilitySets {
        effective: kept,
        permitted: kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets).map_err(refused("give up the other rights"))
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
