//! How many sockets are in some states.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::{Query, Seen, SocketScope, SocketState, SocketStates, Table};
use crate::clock::Now;
use crate::limits;
use crate::measure::{Probe, Reading, Unmeasured};
use crate::watch::ProcessIdentity;

/// Counts TCP sockets in one or more states. The value is their number.
pub struct SocketCount {
    query: Query,
    table: Box<dyn Table>,
    peers: HashMap<IpAddr, usize, RandomState>,
}

impl SocketCount {
    /// A probe of these states; `target` is how the target is called in sentences.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] without a state, for port 0, and where this
    /// system does not tell.
    pub fn new(states: SocketStates, scope: SocketScope, target: &str) -> Result<Self, Unmeasured> {
        let query = Query {
            what: sockets_of(states, scope, target),
            states,
            scope,
        };
        let table = super::open(query.clone())?;
        Ok(Self {
            query,
            table,
            peers: HashMap::default(),
        })
    }
}

/// What is counted, in words.
pub(in crate::measure) fn sockets_of(
    states: SocketStates,
    scope: SocketScope,
    target: &str,
) -> String {
    format!("TCP sockets in {states} of {}", scope.named(target))
}

impl Probe for SocketCount {
    fn what(&self) -> String {
        self.query.what.clone()
    }

    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured> {
        let mut tally = Tally::new(&mut self.peers);
        let unknown = self
            .table
            .look(targets, now.monotonic, &mut |seen| tally.add(seen))?;
        Ok(Reading {
            #[expect(clippy::cast_precision_loss, reason = "no system has 2^52 sockets")]
            value: tally.all as f64,
            note: tally.note(self.query.states, unknown),
        })
    }
}

/// What is counted of a look.
struct Tally<'a> {
    all: usize,
    by_state: [usize; SocketState::ALL.len()],
    not_held: usize,
    /// Bounded: of more peers than that the one with the most matters little.
    peers: &'a mut HashMap<IpAddr, usize, RandomState>,
}

impl<'a> Tally<'a> {
    fn new(peers: &'a mut HashMap<IpAddr, usize, RandomState>) -> Self {
        peers.clear();
        Self {
            all: 0,
            by_state: [0; SocketState::ALL.len()],
            not_held: 0,
            peers,
        }
    }

    fn add(&mut self, seen: &Seen) {
        self.all += 1;
        self.by_state[seen.state as usize] += 1;
        self.not_held += usize::from(!seen.held);
        if seen.state == SocketState::Listen {
            return;
        }
        if let Some(count) = self.peers.get_mut(&seen.peer) {
            *count += 1;
        } else if self.peers.len() < limits::SOCKET_PEERS_COUNTED_MAX {
            self.peers.insert(seen.peer, 1);
        }
    }

    /// "CLOSE_WAIT 11, FIN_WAIT2 1; 7 of them with 192.0.2.7".
    fn note(&self, asked: SocketStates, unknown: usize) -> Option<String> {
        let mut parts = Vec::new();
        if asked.iter().nth(1).is_some() {
            let states: Vec<String> = SocketState::ALL
                .into_iter()
                .filter(|state| self.by_state[*state as usize] > 0)
                .map(|state| format!("{state} {}", self.by_state[state as usize]))
                .collect();
            parts.push(states.join(", "));
        }
        // The smaller address decides a tie, so that the note does not flicker.
        let most = self
            .peers
            .iter()
            .max_by_key(|(peer, count)| (**count, std::cmp::Reverse(**peer)));
        if let Some((peer, count)) = most {
            parts.push(if *count == self.all {
                format!("all of them with {peer}")
            } else {
                format!("{count} of them with {peer}")
            });
        }
        if self.not_held > 0 {
            parts.push(format!("{} held by no process", self.not_held));
        }
        if unknown > 0 {
            parts.push(format!("of {unknown} more the owner is not known yet"));
        }
        parts.retain(|part| !part.is_empty());
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(state: SocketState, peer: [u8; 4], held: bool) -> Seen {
        Seen {
            state,
            local: IpAddr::from([127, 0, 0, 1]),
            local_port: 9973,
            peer: IpAddr::from(peer),
            held,
            waiting: 0,
            waiting_max: 0,
        }
    }

    #[test]
    fn the_note_says_which_states_and_whose() {
        let mut peers = HashMap::default();
        let both: SocketStates = [SocketState::CloseWait, SocketState::LastAck]
            .into_iter()
            .collect();
        let mut tally = Tally::new(&mut peers);
        assert_eq!(tally.note(both, 0), None);
        tally.add(&seen(SocketState::CloseWait, [192, 0, 2, 7], true));
        tally.add(&seen(SocketState::CloseWait, [192, 0, 2, 7], true));
        let one = SocketStates::from(SocketState::CloseWait);
        assert_eq!(tally.note(one, 0).unwrap(), "all of them with 192.0.2.7");
        tally.add(&seen(SocketState::LastAck, [192, 0, 2, 8], false));
        assert_eq!(
            tally.note(both, 4).unwrap(),
            "CLOSE_WAIT 2, LAST_ACK 1; 2 of them with 192.0.2.7; 1 held by no process; \
             of 4 more the owner is not known yet"
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |states: SocketStates, scope| {
            SocketCount::new(states, scope, "server")
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        let none = refused(SocketStates::default(), SocketScope::Host);
        assert!(none.contains("no state is named"), "{none}");
        let port = refused(SocketState::CloseWait.into(), SocketScope::Port(0));
        assert!(port.contains("0 is no port"), "{port}");
    }
}
