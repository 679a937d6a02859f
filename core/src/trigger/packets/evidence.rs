//! Words that several conditions use.

use std::net::SocketAddr;

use super::choice::Often;
use crate::packet::Flow;
use crate::units::{duration_in_words, grouped};

/// `127.0.0.1:80 → 127.0.0.1:40000`, or what it is where it is not IP.
pub(super) fn ends(flow: &Flow) -> String {
    match flow.ends {
        Some((from, to)) => format!("{from} → {to}"),
        None => flow.protocol.to_string(),
    }
}

pub(super) fn way(from: SocketAddr, to: SocketAddr) -> String {
    format!("{from} → {to}")
}

/// `5 packets within 10 s`.
pub(super) fn often(often: Often, what: &str) -> String {
    let times = grouped(u64::from(often.times));
    format!("{times} {what} within {}", duration_in_words(often.within))
}
