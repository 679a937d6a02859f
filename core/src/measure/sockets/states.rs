//! The states of a TCP socket (RFC 9293, section 3.3.2), by the names that `ss`
//! and `netstat` made usual.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a TCP socket is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SocketState {
    /// A connection.
    Established,
    /// It asked for a connection and has no answer.
    SynSent,
    /// It was asked for a connection and answered; the peer has not confirmed.
    SynRecv,
    /// It was closed here; the peer has not confirmed.
    FinWait1,
    /// It was closed here and the peer confirmed; the peer's own end is awaited.
    FinWait2,
    /// Both ends are closed; late packets are awaited.
    TimeWait,
    /// The peer closed it; the program here has not.
    CloseWait,
    /// The peer closed it, then the program here; the confirmation is awaited.
    LastAck,
    /// It waits for connections.
    Listen,
    /// Both ends closed it at once; the confirmation is awaited.
    Closing,
}

impl SocketState {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Established,
        Self::SynSent,
        Self::SynRecv,
        Self::FinWait1,
        Self::FinWait2,
        Self::TimeWait,
        Self::CloseWait,
        Self::LastAck,
        Self::Listen,
        Self::Closing,
    ];

    /// Its name: "CLOSE_WAIT".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Established => "ESTABLISHED",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::FinWait1 => "FIN_WAIT1",
            Self::FinWait2 => "FIN_WAIT2",
            Self::TimeWait => "TIME_WAIT",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Listen => "LISTEN",
            Self::Closing => "CLOSING",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for SocketState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A state that has no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} is no state of a TCP socket: ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, \
     TIME_WAIT, CLOSE_WAIT, LAST_ACK, LISTEN or CLOSING"
)]
pub struct UnknownState {
    /// What was given.
    pub given: String,
}

impl FromStr for SocketState {
    type Err = UnknownState;

    /// Takes every spelling in use: "CLOSE_WAIT", "close-wait", "FIN_WAIT_1", "SYN_RECEIVED".
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain: String = text
            .chars()
            .filter(|letter| !matches!(letter, '_' | '-' | ' '))
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let usual = match plain.as_str() {
            "ESTAB" => "ESTABLISHED",
            "SYNRECEIVED" | "SYNRCVD" => "SYNRECV",
            other => other,
        };
        Self::ALL
            .into_iter()
            .find(|state| state.name().replace('_', "") == usual)
            .ok_or_else(|| UnknownState {
                given: text.to_owned(),
            })
    }
}

/// Some of the states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SocketStates(u16);

impl SocketStates {
    /// Whether none is among them.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(self, state: SocketState) -> bool {
        self.0 & state.bit() != 0
    }

    /// Each, in the order of [`SocketState::ALL`].
    pub fn iter(self) -> impl Iterator<Item = SocketState> {
        SocketState::ALL
            .into_iter()
            .filter(move |state| self.contains(*state))
    }
}

impl FromIterator<SocketState> for SocketStates {
    fn from_iter<I: IntoIterator<Item = SocketState>>(states: I) -> Self {
        Self(states.into_iter().fold(0, |bits, state| bits | state.bit()))
    }
}

impl From<SocketState> for SocketStates {
    fn from(state: SocketState) -> Self {
        Self(state.bit())
    }
}

impl fmt::Display for SocketStates {
    /// "CLOSE_WAIT", "FIN_WAIT1, FIN_WAIT2 or CLOSE_WAIT".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(SocketState::name).collect();
        match names.split_last() {
            None => f.write_str("no state"),
            Some((last, [])) => f.write_str(last),
            Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_in_use_is_taken() {
        for state in SocketState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
            assert_eq!(
                state.name().to_lowercase().replace('_', "-").parse(),
                Ok(state)
            );
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{}\"", state.name()));
        }
        for (spelling, state) in [
            ("FIN_WAIT_1", SocketState::FinWait1),
            ("Syn-Received", SocketState::SynRecv),
            ("SYN_RCVD", SocketState::SynRecv),
            ("ESTAB", SocketState::Established),
            ("timewait", SocketState::TimeWait),
        ] {
            assert_eq!(spelling.parse(), Ok(state), "{spelling}");
        }
        let error = "CLOSED_WAIT".parse::<SocketState>().unwrap_err();
        assert!(error.to_string().contains("CLOSE_WAIT"), "{error}");
        assert!("".parse::<SocketState>().is_err());
    }

    #[test]
    fn states_read_as_a_choice() {
        let of = |states: &[SocketState]| states.iter().copied().collect::<SocketStates>();
        assert_eq!(of(&[]).to_string(), "no state");
        assert_eq!(of(&[SocketState::CloseWait]).to_string(), "CLOSE_WAIT");
        let three = of(&[
            SocketState::CloseWait,
            SocketState::FinWait2,
            SocketState::FinWait1,
        ]);
        assert_eq!(three.to_string(), "FIN_WAIT1, FIN_WAIT2 or CLOSE_WAIT");
        assert!(three.contains(SocketState::FinWait2) && !three.contains(SocketState::Closing));
    }
}
