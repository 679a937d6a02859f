//! What a user says of packets, checked once.

use std::time::Duration;

use super::pattern::Pattern;
use crate::capture::{self, CaptureError};
use crate::limits;
use crate::pcapng::LinkType;
use crate::trigger::rules::LeafId;
use crate::units::duration_in_words;

/// A thing to look for in packets, and the leaf that it is told as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketCondition {
    /// The leaf.
    pub leaf: LeafId,
    /// What.
    pub kind: PacketKind,
}

/// What is looked for. Those that are measured give numbers for a test of the
/// rules; the others give a pulse each time they are met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// Packets that pass a filter in libpcap's language.
    Filter {
        /// The filter as written.
        filter: String,
        /// How many of them.
        often: Often,
    },
    /// Bytes in what TCP and UDP carry. In a TCP connection they are found across
    /// segments of one direction that follow one another without a gap; what is
    /// sent again is not looked at twice.
    Payload {
        /// Which bytes.
        text: PayloadText,
        /// How many times.
        often: Often,
    },
    /// A TCP connection's request that has had no answer for so long.
    ///
    /// A request is what the client sends. The client is who sent the SYN; of a
    /// connection that was open before, whose peer has one of `ports`, else whose
    /// peer has the lower port. The span counts from the last new byte of the
    /// request. A connection that the server closes, or that is reset, waits no more.
    NoAnswer {
        /// How long.
        after: Duration,
        /// Servers' ports; none means all.
        ports: Vec<u16>,
        /// How many requests.
        often: Often,
    },
    /// No packet at all for so long.
    Silence {
        /// How long.
        after: Duration,
    },
    /// Traffic of one second after another.
    Traffic(TrafficUnit),
    /// Of the TCP segments that carry something, the share in per cent that was
    /// sent again. Unknown while there are too few
    /// ([`limits::RETRANSMISSION_SEGMENTS_MIN`]).
    Retransmissions {
        /// Over which span.
        within: Duration,
    },
}

/// How many times something must be seen before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Often {
    /// So many times, 1 at least; what was counted once is not counted again.
    pub times: u32,
    /// Within this span; means nothing for one time.
    pub within: Duration,
}

/// Bytes to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadText {
    /// These.
    Bytes(Vec<u8>),
    /// A regular expression over bytes: `\xff` is a byte, `.` any but a line feed,
    /// classes are ASCII's. `^` is where a side begins to speak after the other,
    /// `(?m)^` a line's beginning, `$` also a segment's end.
    Regex(String),
}

/// What traffic is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficUnit {
    /// Packets.
    PacketsPerSecond,
    /// Bits on the wire.
    BitsPerSecond,
}

/// Why packets cannot be looked at in this way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The filter does not compile.
    #[error(transparent)]
    Filter(#[from] CaptureError),
    /// The regular expression is none, or too large.
    #[error("compile the expression \"{pattern}\": {words}")]
    Regex {
        /// As written.
        pattern: String,
        /// The engine's words.
        words: String,
    },
    /// Nothing would be found everywhere.
    #[error("\"{pattern}\" also matches where there is nothing; write what must be there")]
    MatchesNothing {
        /// As written.
        pattern: String,
    },
    /// Too long a text.
    #[error("the text to find in payloads has {bytes} bytes; at most {most} are possible")]
    TextTooLong {
        /// Its bytes.
        bytes: usize,
        /// How many may be.
        most: usize,
    },
    /// A count that cannot be.
    #[error("{times} times is not possible: from 1 to {most} are")]
    Times {
        /// What was written.
        times: u32,
        /// The most.
        most: u32,
    },
    /// A span that cannot be.
    #[error(
        "{} is not possible here: from {} to {} are",
        duration_in_words(*span), duration_in_words(*least), duration_in_words(*most)
    )]
    Span {
        /// What was written.
        span: Duration,
        /// The shortest.
        least: Duration,
        /// The longest.
        most: Duration,
    },
    /// More conditions than can be followed.
    #[error("{count} conditions over {what} are too many; at most {most} are possible")]
    TooMany {
        /// How many there are.
        count: usize,
        /// Over what.
        what: &'static str,
        /// How many may be.
        most: usize,
    },
}

impl Often {
    /// Each time.
    pub const ONCE: Self = Self {
        times: 1,
        within: Duration::ZERO,
    };

    fn check(self) -> Result<(), PacketError> {
        let most = limits::HAPPENINGS_COUNTED_MAX;
        if self.times == 0 || self.times > most {
            let times = self.times;
            return Err(PacketError::Times { times, most });
        }
        if self.times == 1 {
            return Ok(());
        }
        check_span(self.within, limits::PACKET_SPAN_MIN)
    }
}

impl PacketKind {
    /// Whether it can be looked for in packets of these link types.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn check(&self, link_types: &[LinkType]) -> Result<(), PacketError> {
        match self {
            Self::Filter { filter, often } => {
                for link_type in link_types {
                    capture::check_filter(filter, *link_type)?;
                }
                often.check()
            }
            Self::Payload { text, often } => {
                Pattern::compile(text)?;
                often.check()
            }
            Self::NoAnswer { after, often, .. } => {
                check_span(*after, limits::PACKET_SPAN_MIN)?;
                often.check()
            }
            Self::Silence { after } => check_span(*after, limits::PACKET_SPAN_MIN),
            Self::Traffic(_) => Ok(()),
            Self::Retransmissions { within } => check_span(*within, limits::SHARE_SPAN_MIN),
        }
    }

    /// Whether it gives numbers; otherwise it gives pulses.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        matches!(self, Self::Traffic(_) | Self::Retransmissions { .. })
    }

    /// Whether a recording of headers only has nothing for it.
    #[must_use]
    pub fn needs_payload(&self) -> bool {
        matches!(self, Self::Payload { .. })
    }

    /// Whether it follows TCP connections.
    pub(super) fn follows_connections(&self) -> bool {
        matches!(
            self,
            Self::Payload { .. } | Self::NoAnswer { .. } | Self::Retransmissions { .. }
        )
    }
}

fn check_span(span: Duration, least: Duration) -> Result<(), PacketError> {
    let most = limits::PACKET_SPAN_MAX;
    if span < least || span > most {
        return Err(PacketError::Span { span, least, most });
    }
    Ok(())
}
