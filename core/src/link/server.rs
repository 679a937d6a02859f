//! The recorder's side of the local socket.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{Listener, ListenerOptions, Stream};

use super::{PEER_TIMEOUT, Reply, Request, frame, peer, place};
use crate::recorder::{Command, LatestStatus};

/// Peers that may be connected at once.
const PEERS_MAX: usize = 16;

/// Why nobody can talk to this recorder.
#[derive(Debug, thiserror::Error)]
#[error(
    "listen for `crashcap status` and `crashcap freeze`: {source}; recording works without, and SIGUSR1 still freezes"
)]
pub struct ServeError {
    /// What the system said.
    #[from]
    source: io::Error,
}

/// Answers on the local socket until dropped.
#[derive(Debug)]
pub struct Server {
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Desk {
    commands: Sender<Command>,
    latest: LatestStatus,
    about: String,
    peers: Arc<AtomicUsize>,
}

impl Server {
    /// Listens for this process. `about` says what is recorded.
    ///
    /// # Errors
    /// The socket cannot be made; recording works without it.
    pub fn start(
        commands: Sender<Command>,
        latest: LatestStatus,
        about: String,
    ) -> Result<Self, ServeError> {
        let pid = std::process::id();
        place::prepare()?;
        // A socket with this process's id belonged to one that is no more.
        place::remove(pid);
        let options = ListenerOptions::new().name(place::name(pid)?);
        let listener = place::private(options)?.create_sync()?;
        let stopping = Arc::new(AtomicBool::new(false));
        let desk = Desk {
            commands,
            latest,
            about,
            peers: Arc::new(AtomicUsize::new(0)),
        };
        let stop = Arc::clone(&stopping);
        let thread = std::thread::Builder::new()
            .name("link".into())
            .spawn(move || listen(&listener, &desk, &stop))?;
        Ok(Self {
            stopping,
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The listener waits for a peer: be one.
        let woken = place::name(std::process::id()).and_then(Stream::connect);
        if woken.is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
        place::remove(std::process::id());
    }
}

fn listen(listener: &Listener, desk: &Desk, stopping: &AtomicBool) {
    for stream in listener.incoming() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else {
            continue;
        };
        if desk.peers.fetch_add(1, Ordering::SeqCst) >= PEERS_MAX {
            desk.peers.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let desk = desk.clone();
        let peers = Arc::clone(&desk.peers);
        let spawned = std::thread::Builder::new()
            .name("link peer".into())
            .spawn(move || {
                // A peer that goes away in the middle is its own affair.
                let _ = answer(stream, &desk);
                desk.peers.fetch_sub(1, Ordering::SeqCst);
            });
        if spawned.is_err() {
            peers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn answer(mut stream: Stream, desk: &Desk) -> io::Result<()> {
    peer::check(&stream)?;
    // Named pipes know no timeouts; there a silent peer holds one of the places.
    let _ = stream.set_recv_timeout(Some(PEER_TIMEOUT));
    let _ = stream.set_send_timeout(Some(PEER_TIMEOUT));
    frame::read_greeting(&mut stream)?;
    let request: Request = frame::read(&mut stream)?;
    let reply = desk.reply(request);
    frame::write_greeting(&mut stream)?;
    frame::write(&mut stream, &reply)
}

impl Desk {
    fn reply(&self, request: Request) -> Reply {
        match request {
            Request::Status => Reply::Status {
                status: self.latest.get(),
                about: self.about.clone(),
            },
            Request::Freeze { by } => self.pass_on(Command::Freeze { by }),
            Request::Snapshot { by } => self.pass_on(Command::Snapshot { by }),
            Request::SaveTo { folder } => {
                let waits = self
                    .latest
                    .get()
                    .is_some_and(|status| status.unsaved.is_some());
                if waits {
                    self.pass_on(Command::SaveTo { folder })
                } else {
                    Reply::Refused {
                        reason: "nothing waits for another folder".into(),
                    }
                }
            }
        }
    }

    fn pass_on(&self, command: Command) -> Reply {
        match self.commands.try_send(command) {
            Ok(()) => Reply::Accepted,
            Err(_) => Reply::Refused {
                reason: "the recorder is ending or busy; ask again".into(),
            },
        }
    }
}
