//! The sockets of Linux, as the kernel itself tells of them.

mod diag;
mod held;
mod message;

use rustix::io::Errno;

use self::diag::Diag;
use self::held::{Held, Unseen, Whose};
use self::message::Socket;
use super::{Query, Seen, SocketScope, SocketState, SocketStates, Table};
use crate::clock::Monotonic;
use crate::measure::Unmeasured;
use crate::watch::ProcessIdentity;

/// Opens the table.
///
/// # Errors
/// [`Unmeasured::Refused`] when the kernel does not tell of sockets.
pub(super) fn open(query: Query) -> Result<Box<dyn Table>, Unmeasured> {
    let mut diag = Diag::open().map_err(|error| refused(&query, error))?;
    // Whether it answers is known before recording starts.
    diag.each(SocketState::Listen.into(), 0, &mut |_| {})
        .map_err(|error| refused(&query, error))?;
    Ok(match query.scope {
        SocketScope::Target => Box::new(OfTarget {
            query,
            diag,
            held: Held::new(),
        }),
        SocketScope::Port(port) => Box::new(OfHost { query, diag, port }),
        SocketScope::Host => Box::new(OfHost {
            query,
            diag,
            port: 0,
        }),
    })
}

fn refused(query: &Query, error: Errno) -> Unmeasured {
    let remedy = match error {
        Errno::NOENT | Errno::PROTONOSUPPORT | Errno::AFNOSUPPORT => {
            "load the kernel module: modprobe tcp_diag"
        }
        Errno::PERM | Errno::ACCESS => "allow netlink sockets where crashcap runs",
        _ => "look whether `ss -t` works on this machine",
    };
    query.refused(format!("the kernel's socket diagnosis: {error}"), remedy)
}

fn unseen(query: &Query, why: &Unseen) -> Unmeasured {
    let remedy = match why {
        Unseen::Denied { .. } => {
            "run crashcap as the target's user or as root, or count the sockets of its port"
        }
        Unseen::Elsewhere { .. } => "record in that network namespace",
        Unseen::Failed { .. } => "count the sockets of its port",
    };
    query.refused(why.to_string(), remedy)
}

impl Socket {
    fn seen(&self) -> Seen {
        let listens = self.state == SocketState::Listen;
        Seen {
            state: self.state,
            local: self.local,
            local_port: self.local_port,
            peer: self.peer,
            held: self.inode != 0,
            waiting: if listens { self.receive_queue } else { 0 },
            waiting_max: if listens { self.send_queue } else { 0 },
        }
    }
}

/// Sockets of a local port or of all.
struct OfHost {
    query: Query,
    diag: Diag,
    port: u16,
}

impl Table for OfHost {
    fn look(
        &mut self,
        _targets: &[ProcessIdentity],
        _at: Monotonic,
        each: &mut dyn FnMut(&Seen),
    ) -> Result<usize, Unmeasured> {
        self.diag
            .each(self.query.states, self.port, &mut |socket| {
                each(&socket.seen());
            })
            .map_err(|error| refused(&self.query, error))?;
        Ok(0)
    }
}

/// Sockets of the target.
struct OfTarget {
    query: Query,
    diag: Diag,
    held: Held,
}

impl Table for OfTarget {
    fn look(
        &mut self,
        targets: &[ProcessIdentity],
        at: Monotonic,
        each: &mut dyn FnMut(&Seen),
    ) -> Result<usize, Unmeasured> {
        if targets.is_empty() {
            return Err(Unmeasured::NoTarget);
        }
        self.held.age(at);
        let mut told = Told::default();
        self.ask(&mut told, each)?;
        let unknown: Vec<u32> = told.unknown.iter().map(|socket| socket.inode).collect();
        self.held
            .learn(targets, &unknown, at)
            .map_err(|why| unseen(&self.query, &why))?;
        Ok(self.decide(told, each))
    }
}

/// What a look was told and can't be handed over at once.
#[derive(Default)]
struct Told {
    /// Ports on which the target listens.
    ports: Vec<u16>,
    /// Sockets that nobody holds.
    orphans: Vec<Socket>,
    /// Sockets whose holders are not known.
    unknown: Vec<Socket>,
}

impl OfTarget {
    /// Asks the kernel; hands over what is known to be the target's.
    fn ask(&mut self, told: &mut Told, each: &mut dyn FnMut(&Seen)) -> Result<(), Unmeasured> {
        // Listening sockets always: they say on which ports the target listens.
        let states: SocketStates = self
            .query
            .states
            .iter()
            .chain([SocketState::Listen])
            .collect();
        let wanted = self.query.states;
        let held = &self.held;
        self.diag
            .each(states, 0, &mut |socket| {
                if socket.inode == 0 {
                    told.orphans.push(socket);
                    return;
                }
                match held.whose(socket.inode) {
                    Whose::Unknown => told.unknown.push(socket),
                    Whose::Others => {}
                    Whose::Targets => take(socket, wanted, &mut told.ports, each),
                }
            })
            .map_err(|error| refused(&self.query, error))
    }

    /// Hands over what has become known meanwhile; of how many it has not.
    ///
    /// A new socket at a port where the target listens is presumed to be the
    /// target's until the next look at files: else a busy server would need one
    /// at each look.
    fn decide(&self, told: Told, each: &mut dyn FnMut(&Seen)) -> usize {
        let Told {
            mut ports,
            orphans,
            unknown,
        } = told;
        let wanted = self.query.states;
        let mut rest = orphans;
        for socket in unknown {
            match self.held.whose(socket.inode) {
                Whose::Targets => take(socket, wanted, &mut ports, each),
                Whose::Others => {}
                Whose::Unknown => rest.push(socket),
            }
        }
        ports.sort_unstable();
        let mut left = 0;
        for socket in rest.iter().filter(|socket| wanted.contains(socket.state)) {
            let listens = socket.state == SocketState::Listen;
            if !listens && ports.binary_search(&socket.local_port).is_ok() {
                each(&socket.seen());
            } else if socket.inode != 0 {
                left += 1;
            }
        }
        left
    }
}

/// Hands over a socket of the target's, if it was asked for.
fn take(socket: Socket, wanted: SocketStates, ports: &mut Vec<u16>, each: &mut dyn FnMut(&Seen)) {
    if socket.state == SocketState::Listen {
        ports.push(socket.local_port);
    }
    if wanted.contains(socket.state) {
        each(&socket.seen());
    }
}
