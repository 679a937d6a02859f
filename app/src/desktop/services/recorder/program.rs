//! Which program records.

use std::path::{Path, PathBuf};

/// The terminal program beside this one; on Linux the helper that was given
/// the right to capture, where this user may run it.
pub(crate) fn recorder_program() -> PathBuf {
    #[cfg(target_os = "linux")]
    if let Some(helper) = HELPERS.iter().map(Path::new).find(|path| may_run(path)) {
        return helper.to_owned();
    }
    beside()
}

/// The program that gives the right to capture: the helper could not be replaced
/// by itself, and a copy of the right version is wanted.
#[cfg(target_os = "linux")]
pub(crate) fn grant_program() -> PathBuf {
    beside()
}

/// Where installations put the helper.
#[cfg(target_os = "linux")]
pub(crate) const HELPERS: [&str; 2] = [
    "/usr/libexec/crashcap/recorder",
    "/usr/local/libexec/crashcap/recorder",
];

#[cfg(target_os = "linux")]
fn may_run(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(path, Access::EXEC_OK).is_ok()
}

/// The terminal program in the folder of this one.
pub(super) fn beside() -> PathBuf {
    let name = format!("crashcap{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().ok();
    let folder = own.as_deref().and_then(Path::parent);
    // Tests run one folder below the programs.
    let folders = folder
        .into_iter()
        .flat_map(|folder| folder.ancestors().take(2));
    let mut found = folders.map(|folder| folder.join(&name));
    found
        .find(|path| path.is_file())
        .unwrap_or_else(|| name.into())
}
