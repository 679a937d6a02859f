//! How many connections wait to be accepted: what grows first when a server hangs.

use super::{Query, Seen, SocketScope, SocketState, Table};
use crate::clock::Now;
use crate::measure::{Probe, Reading, Unmeasured};
use crate::watch::ProcessIdentity;

/// The length of the accept queue of a listening socket, and of several of the
/// longest. The value is a number of connections; its limit stands in the note.
///
/// Linux takes one connection more than the limit, then drops what arrives.
pub struct AcceptQueue {
    query: Query,
    table: Box<dyn Table>,
}

impl AcceptQueue {
    /// A probe of the listening sockets of this scope; `target` is how the
    /// target is called in sentences.
    ///
    /// # Errors
    /// [`Unmeasured::Refused`] for port 0 and where the system does not tell.
    pub fn new(scope: SocketScope, target: &str) -> Result<Self, Unmeasured> {
        let query = Query {
            what: accept_queue_of(scope, target),
            states: SocketState::Listen.into(),
            scope,
        };
        if cfg!(windows) {
            return Err(query.refused(
                "Windows does not tell how long accept queues are",
                "use a health check: a TCP connect or an HTTP GET",
            ));
        }
        let table = super::open(query.clone())?;
        Ok(Self { query, table })
    }
}

/// What is measured, in words.
pub(in crate::measure) fn accept_queue_of(scope: SocketScope, target: &str) -> String {
    format!(
        "connections that wait to be accepted of {}",
        scope.named(target)
    )
}

impl Probe for AcceptQueue {
    fn what(&self) -> String {
        self.query.what.clone()
    }

    fn read(&mut self, targets: &[ProcessIdentity], now: Now) -> Result<Reading, Unmeasured> {
        let mut longest: Option<Seen> = None;
        self.table.look(targets, now.monotonic, &mut |seen| {
            if longest.is_none_or(|known| seen.waiting > known.waiting) {
                longest = Some(*seen);
            }
        })?;
        let Some(longest) = longest else {
            return Ok(Reading {
                value: 0.0,
                note: Some("nobody listens there".to_owned()),
            });
        };
        let address = std::net::SocketAddr::new(longest.local, longest.local_port);
        let full = if longest.waiting > longest.waiting_max {
            ": full"
        } else {
            ""
        };
        Ok(Reading {
            value: f64::from(longest.waiting),
            note: Some(format!(
                "{} at {address}, of which {} may wait{full}",
                longest.waiting, longest.waiting_max
            )),
        })
    }
}
