//! Taking a TCP connection, with one deadline over the name's lookup and all of
//! its addresses.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::clock::now;

/// Connects. The system's lookup of a name cannot be called off, so it runs on a
/// thread of its own; one that has not come back is waited for by the next ask as
/// well, so that there are never two.
#[derive(Debug, Default)]
pub(super) struct Connector {
    lookup: Option<Receiver<io::Result<Vec<SocketAddr>>>>,
}

impl Connector {
    /// Whether somebody takes a connection within `timeout`, in words.
    pub(super) fn connect(&mut self, address: &str, timeout: Duration) -> Result<String, String> {
        let deadline = now().monotonic.after(timeout);
        let addresses = match address.parse() {
            Ok(address) => vec![address],
            Err(_) => self.addresses(address, timeout)?,
        };
        let mut why = "the host has no address".to_owned();
        let mut untried = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            // One that says nothing does not take the others' time.
            let share = deadline.since(now().monotonic) / untried.max(1);
            if share.is_zero() {
                return Err("no answer".to_owned());
            }
            match TcpStream::connect_timeout(&address, share) {
                Ok(_) => return Ok("it was accepted".to_owned()),
                Err(error) => why = super::in_words(&error),
            }
            untried = untried.saturating_sub(1);
        }
        Err(why)
    }

    fn addresses(&mut self, name: &str, timeout: Duration) -> Result<Vec<SocketAddr>, String> {
        let unknown = |error: io::Error| format!("the host is not known ({error})");
        let lookup = match self.lookup.take() {
            Some(lookup) => lookup,
            None => look_up(name.to_owned()).map_err(unknown)?,
        };
        match lookup.recv_timeout(timeout) {
            Ok(found) => found.map_err(unknown),
            Err(RecvTimeoutError::Timeout) => {
                self.lookup = Some(lookup);
                Err("the host's lookup had no answer".to_owned())
            }
            Err(RecvTimeoutError::Disconnected) => Err("the host's lookup failed".to_owned()),
        }
    }
}

fn look_up(name: String) -> io::Result<Receiver<io::Result<Vec<SocketAddr>>>> {
    let (tell, told) = bounded(1);
    let thread = Builder::new().name("lookup".to_owned());
    thread.spawn(move || {
        let found = name.to_socket_addrs().map(Iterator::collect);
        // Nobody may wait for it any more.
        let _ = tell.send(found);
    })?;
    Ok(told)
}
