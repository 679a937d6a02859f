//! Who is at the other end.

use std::io;

use interprocess::local_socket::Stream;

/// Refuses a peer that is neither this user nor root. Windows keeps others
/// out by the pipe's access rights already.
#[cfg(unix)]
pub(super) fn check(stream: &Stream) -> io::Result<()> {
    use interprocess::local_socket::prelude::*;
    let user = stream.peer_creds()?.euid();
    let me = rustix::process::geteuid().as_raw();
    if user.is_some_and(|user| user == me || user == 0) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the other side belongs to another user",
    ))
}

/// Refuses a peer that is neither this user nor root. Windows keeps others
/// out by the pipe's access rights already.
#[cfg(windows)]
pub(super) fn check(_stream: &Stream) -> io::Result<()> {
    Ok(())
}
