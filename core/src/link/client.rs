//! The other side: finding running recorders and asking them.

use std::io;
use std::time::Duration;

use interprocess::local_socket::Stream;
use interprocess::local_socket::prelude::*;

use super::place::Socket;
use super::{ANSWER_MAX, PEER_TIMEOUT, Reply, Request, frame, peer, place};

/// A recorder that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningRecorder {
    /// Its process.
    pub pid: u32,
    socket: Socket,
}

/// Why a recorder did not answer.
#[derive(Debug, thiserror::Error)]
#[error("ask the recorder with pid {pid}: {source}")]
pub struct AskError {
    /// Which recorder.
    pub pid: u32,
    /// What went wrong.
    pub source: io::Error,
}

/// The running recorders that this user may ask: its own, and those of services
/// that run as this user; root may ask every service's. What dead ones left
/// behind is removed.
#[must_use]
pub fn find() -> Vec<RunningRecorder> {
    let mut running: Vec<RunningRecorder> = place::list()
        .into_iter()
        .filter(|socket| match connect(socket) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                socket.remove();
                false
            }
            Err(_) => false,
        })
        .map(|socket| RunningRecorder {
            pid: socket.pid(),
            socket,
        })
        .collect();
    running.sort_by_key(|recorder| recorder.pid);
    running
}

/// Asks one recorder.
///
/// # Errors
/// It is gone, belongs to somebody else, or is of another version.
pub fn ask(recorder: &RunningRecorder, request: &Request) -> Result<Reply, AskError> {
    let pid = recorder.pid;
    exchange(&recorder.socket, request).map_err(|source| AskError { pid, source })
}

fn connect(socket: &Socket) -> io::Result<Stream> {
    Stream::connect(socket.name()?)
}

fn exchange(socket: &Socket, request: &Request) -> io::Result<Reply> {
    let mut stream = connect(socket)?;
    peer::check(&stream, socket)?;
    // Named pipes know no timeouts.
    let _ = stream.set_recv_timeout(Some(patience(request)));
    let _ = stream.set_send_timeout(Some(PEER_TIMEOUT));
    frame::write_greeting(&mut stream)?;
    frame::write(&mut stream, request)?;
    frame::read_greeting(&mut stream)?;
    frame::read(&mut stream)
}

/// How long the answer may take.
fn patience(request: &Request) -> Duration {
    match request {
        Request::Status => PEER_TIMEOUT,
        Request::Freeze { .. } | Request::Snapshot { .. } | Request::SaveTo { .. } => {
            ANSWER_MAX + PEER_TIMEOUT
        }
    }
}
