//! Standard output, taken for the frames alone: what writes there by habit,
//! and whatever is started, finds standard error in its place.

use std::fs::File;
use std::io;

/// Takes standard output away from everybody else.
#[cfg(unix)]
pub(super) fn take() -> io::Result<File> {
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(own))
}

/// Takes standard output. This program starts nothing on Windows, and writes
/// nothing there itself.
#[cfg(windows)]
pub(super) fn take() -> io::Result<File> {
    use std::os::windows::io::{AsHandle, OwnedHandle};
    let own: OwnedHandle = io::stdout().as_handle().try_clone_to_owned()?;
    Ok(File::from(own))
}
