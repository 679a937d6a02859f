//! Who is at the other end.

use std::io;

use interprocess::local_socket::Stream;

use super::place::Socket;

/// Refuses a peer that is neither the user whose socket this is nor root.
/// Windows keeps others out by the pipe's access rights already.
#[cfg(unix)]
pub(super) fn check(stream: &Stream, socket: &Socket) -> io::Result<()> {
    use interprocess::local_socket::prelude::*;
    let user = stream.peer_creds()?.euid();
    if user.is_some_and(|user| user == socket.owner() || user == 0) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the other side belongs to another user",
    ))
}

/// Refuses a peer that is neither the user whose socket this is nor root.
/// Windows keeps others out by the pipe's access rights already.
#[cfg(windows)]
pub(super) fn check(_stream: &Stream, _socket: &Socket) -> io::Result<()> {
    Ok(())
}
