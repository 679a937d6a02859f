//! Programs run as users that own nothing here.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use super::Place;

/// Debian's and others' nobody.
pub const PLAIN_USER: u32 = 65_534;
/// One below it, whose processes the plain user may not look into.
pub const OTHER_USER: u32 = 65_533;

/// Whether this is root over all users, and not only over its own namespace.
pub fn has_all_users() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let fields: Vec<&str> = map.split_whitespace().collect();
    rustix::process::geteuid().is_root() && fields == ["0", "0", "4294967295"]
}

/// A command that runs `program` as this user, who keeps the capabilities
/// named (`+net_raw`) and no others.
pub fn as_user(user: u32, capabilities: &str, program: &Path) -> Command {
    let user = user.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]);
    if !capabilities.is_empty() {
        command.args(["--inh-caps", capabilities, "--ambient-caps", capabilities]);
    }
    command.arg("--").arg(program);
    command
}

/// Gives a place with all that is directly in it to the plain user.
///
/// # Panics
/// When this is not root over all users.
pub fn give_to_plain_user(place: &Place) {
    let owner = Some(PLAIN_USER);
    let root = place.path("");
    for entry in fs::read_dir(&root).unwrap() {
        chown(entry.unwrap().path(), owner, owner).unwrap();
    }
    chown(&root, owner, owner).unwrap();
    for (folder, mode) in [("", 0o755), ("run", 0o700)] {
        fs::set_permissions(place.path(folder), Permissions::from_mode(mode)).unwrap();
    }
}
