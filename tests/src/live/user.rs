//! Programs run as users that own nothing here.

use std::fs;
use std::path::Path;
use std::process::Command;

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
