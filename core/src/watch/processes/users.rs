//! Users by their numbers.

#[cfg(target_os = "linux")]
use std::collections::HashMap;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;

/// The user's name, else the number. Names are read once: asking a directory
/// service at each look at the processes would take too long.
#[cfg(target_os = "linux")]
pub(super) fn name_of(id: u32) -> String {
    static NAMES: OnceLock<HashMap<u32, String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let users = sysinfo::Users::new_with_refreshed_list();
        users
            .iter()
            .flat_map(|users| users.iter())
            .map(|user| (**user.id(), user.name().to_owned()))
            .collect()
    });
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// The user's name, else the number or whatever identifies users here.
#[cfg(not(target_os = "linux"))]
pub(super) fn name_of(id: &sysinfo::Uid) -> String {
    static USERS: std::sync::OnceLock<Option<sysinfo::Users>> = std::sync::OnceLock::new();
    USERS
        .get_or_init(|| sysinfo::Users::new_with_refreshed_list().ok())
        .as_ref()
        .and_then(|users| users.get_user_by_id(id))
        .map_or_else(|| id.to_string(), |user| user.name().to_owned())
}
