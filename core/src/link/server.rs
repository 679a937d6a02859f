//! The recorder's side of the local socket.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{Listener, ListenerOptions, Stream};

use super::place::Socket;
use super::{ANSWER_MAX, PEER_TIMEOUT, Reply, Request, frame, peer, place};
use crate::recorder::{Answer, Answers, Command, LatestStatus};
use crate::units::duration_in_words;

/// Peers that may be connected at once.
const PEERS_MAX: usize = 16;
/// How long the end waits until those who asked have their answers.
const LAST_ANSWERS_MAX: Duration = Duration::from_secs(1);

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
    socket: Socket,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Closed when the last peer has its answer.
    answered: Receiver<()>,
}

#[derive(Clone)]
struct Desk {
    socket: Socket,
    commands: Sender<Command>,
    latest: LatestStatus,
    answers: Answers,
    about: String,
    peers: Arc<AtomicUsize>,
    /// Held by everybody who still answers.
    _answering: Sender<()>,
}

impl Server {
    /// Listens for this process. `about` says what is recorded.
    ///
    /// # Errors
    /// The socket cannot be made; recording works without it.
    pub fn start(
        commands: Sender<Command>,
        latest: LatestStatus,
        answers: Answers,
        about: String,
    ) -> Result<Self, ServeError> {
        let socket = place::own()?;
        // A socket with this process's id belonged to one that is no more.
        socket.remove();
        let options = ListenerOptions::new().name(socket.name()?);
        let listener = place::private(options)?.create_sync()?;
        let stopping = Arc::new(AtomicBool::new(false));
        let (answering, answered) = bounded(0);
        let desk = Desk {
            socket: socket.clone(),
            commands,
            latest,
            answers,
            about,
            peers: Arc::new(AtomicUsize::new(0)),
            _answering: answering,
        };
        let stop = Arc::clone(&stopping);
        let thread = std::thread::Builder::new()
            .name("link".into())
            .spawn(move || listen(&listener, &desk, &stop))?;
        Ok(Self {
            socket,
            stopping,
            thread: Some(thread),
            answered,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The listener waits for a peer: be one.
        let woken = self.socket.name().and_then(Stream::connect);
        if woken.is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
            // Who asked for what ended the recording is to hear of it.
            let _ = self.answered.recv_timeout(LAST_ANSWERS_MAX);
        }
        self.socket.remove();
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
    peer::check(&stream, &desk.socket)?;
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
            Request::Freeze { by } => self.ask(Command::Freeze { by }),
            Request::Snapshot { by } => self.ask(Command::Snapshot { by }),
            Request::SaveTo { folder } => self.ask(Command::SaveTo { folder }),
        }
    }

    /// Passes a command on and waits for what becomes of it.
    fn ask(&self, command: Command) -> Reply {
        let refused = |reason: String| Reply::Refused { reason };
        let (ticket, answer) = self.answers.wait();
        let asks = Box::new(command);
        if self
            .commands
            .try_send(Command::Asked { ticket, asks })
            .is_err()
        {
            self.answers.forget(ticket);
            return refused("the recorder is ending or busy; ask again".into());
        }
        match answer.recv_timeout(ANSWER_MAX) {
            Ok(Answer::Saved {
                paths,
                packets,
                bytes,
            }) => Reply::Saved {
                paths: paths
                    .iter()
                    .map(|path| path.to_string_lossy().into_owned())
                    .collect(),
                packets,
                bytes,
            },
            Ok(Answer::NotDone { reason }) => refused(reason),
            Err(RecvTimeoutError::Timeout) => {
                self.answers.forget(ticket);
                refused(format!(
                    "it is under way, but no file was complete within {}; `crashcap status` tells how things stand",
                    duration_in_words(ANSWER_MAX)
                ))
            }
            Err(RecvTimeoutError::Disconnected) => {
                refused("the recorder ended before it was done; its own output says why".into())
            }
        }
    }
}
