//! Sockets that are left in CLOSE_WAIT, and connections that nobody accepts.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::super::super::failure::Failure;
use super::super::super::recording::Recording;
use super::{Case, EVERY, EVERY_WORD, LOOK, measured, now_doing, options};

const LIMIT: usize = 20;
const MORE: usize = 25;
const WAITING: usize = 5;
const MORE_WAITING: usize = 8;
const SUSTAINED: Duration = Duration::from_millis(300);

/// Both.
pub(super) fn cases() -> Vec<Box<dyn Case>> {
    vec![
        Box::new(CloseWait {
            listener: None,
            clients: Vec::new(),
            servers: Vec::new(),
        }),
        Box::new(Queue {
            listener: None,
            waiting: Vec::new(),
        }),
    ]
}

fn system() -> impl FnOnce(std::io::Error) -> Failure {
    Failure::system("connect on loopback")
}

fn listen() -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(system())?;
    let address = listener.local_addr().map_err(system())?;
    Ok((listener, address))
}

/// This process keeps the servers' ends, and closes the clients'.
struct CloseWait {
    listener: Option<(TcpListener, SocketAddr)>,
    clients: Vec<TcpStream>,
    servers: Vec<TcpStream>,
}

impl CloseWait {
    fn connect(&mut self, count: usize) -> Result<(), Failure> {
        let Some((listener, address)) = &self.listener else {
            return Ok(());
        };
        for _ in 0..count {
            let client = TcpStream::connect(address).map_err(system())?;
            self.clients.push(client);
            self.servers.push(listener.accept().map_err(system())?.0);
        }
        Ok(())
    }
}

impl Case for CloseWait {
    fn kind(&self) -> &'static str {
        "sockets"
    }

    fn what(&self) -> &'static str {
        "25 in CLOSE_WAIT, above 20 for 300 ms"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let (listener, address) = listen()?;
        self.listener = Some((listener, address));
        let trigger = format!(
            "sockets states=CLOSE_WAIT above={LIMIT} port={} sustained=300ms {EVERY_WORD}",
            address.port()
        );
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        EVERY + SUSTAINED + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        measured(recording)
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        self.connect(LIMIT)?;
        self.clients.clear();
        recording.listen(quiet)?;
        self.servers.clear();
        Ok(())
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        self.connect(MORE)?;
        now_doing(|| {
            self.clients.clear();
            Ok(())
        })
        .map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        self.servers.clear();
        Ok(())
    }
}

/// Connections wait at a listener of this process.
struct Queue {
    listener: Option<(TcpListener, SocketAddr)>,
    waiting: Vec<TcpStream>,
}

impl Queue {
    fn connect(&mut self, count: usize) -> Result<(), Failure> {
        for _ in 0..count {
            if let Some((_, address)) = &self.listener {
                self.waiting
                    .push(TcpStream::connect(address).map_err(system())?);
            }
        }
        Ok(())
    }

    fn accept_all(&mut self) -> Result<(), Failure> {
        for _ in self.waiting.drain(..) {
            if let Some((listener, _)) = &self.listener {
                listener.accept().map_err(system())?;
            }
        }
        Ok(())
    }
}

impl Case for Queue {
    fn kind(&self) -> &'static str {
        "accept_queue"
    }

    fn what(&self) -> &'static str {
        "8 not accepted, above 5"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let (listener, address) = listen()?;
        self.listener = Some((listener, address));
        let trigger = format!(
            "accept_queue above={WAITING} port={} {EVERY_WORD}",
            address.port()
        );
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        EVERY + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        measured(recording)
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        self.connect(WAITING)?;
        recording.listen(quiet)?;
        self.accept_all()
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        now_doing(|| self.connect(MORE_WAITING)).map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        self.accept_all()
    }
}
