//! A pattern that is looked for in a stream, piece by piece.
//!
//! It is one deterministic automaton: where it stands in a stream is a number,
//! so that each of thousands of connections goes on where its last segment
//! ended, and no byte is looked at twice. Its size is bounded when it is built.

use memchr::{memchr, memchr2, memchr3};
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::util::syntax;

use super::choice::{PacketError, PayloadText};
use crate::limits;

/// Groups within groups that an expression may have.
const NESTING_MAX: u32 = 50;

/// A pattern, ready to be looked for.
pub(super) struct Pattern {
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
    /// The start after each byte, for what follows a match.
    start_after: Box<[StateID; 256]>,
    /// It speaks of a beginning: whoever begins to speak is looked at anew.
    is_anchored: bool,
    shown: String,
}

/// How far a stream has been looked at.
#[derive(Clone, Copy)]
pub(super) struct Progress {
    state: StateID,
    /// The last byte seen.
    last: Option<u8>,
}

impl Pattern {
    pub(super) fn compile(text: &PayloadText) -> Result<Self, PacketError> {
        let (length, shown, expression) = match text {
            PayloadText::Bytes(bytes) => {
                let escaped = bytes.iter().map(|byte| format!("\\x{byte:02x}"));
                (bytes.len(), shown(bytes), escaped.collect())
            }
            PayloadText::Regex(regex) => (regex.len(), regex.clone(), regex.clone()),
        };
        if length > limits::PAYLOAD_TEXT_BYTES_MAX {
            return Err(PacketError::TextTooLong {
                bytes: length,
                most: limits::PAYLOAD_TEXT_BYTES_MAX,
            });
        }
        let failed = |words: String| PacketError::Regex {
            pattern: shown.clone(),
            words,
        };
        let bytewise = syntax::Config::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(NESTING_MAX);
        let parsed = syntax::parse_with(&expression, &bytewise)
            .map_err(|error| failed(error.to_string()))?;
        if parsed.properties().minimum_len() == Some(0) {
            return Err(PacketError::MatchesNothing { pattern: shown });
        }
        let limit = Some(limits::PAYLOAD_AUTOMATON_BYTES_MAX);
        let states = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(false)
                    .which_captures(thompson::WhichCaptures::None)
                    .nfa_size_limit(limit),
            )
            .build_from_hir(&parsed)
            .map_err(|error| failed(error.to_string()))?;
        let automaton = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Unanchored)
                    .dfa_size_limit(limit)
                    .determinize_size_limit(limit),
            )
            .build_from_nfa(&states)
            .map_err(|error| failed(format!("{error}; write a simpler one")))?;
        let start_behind = |byte| {
            let config = start::Config::new()
                .anchored(Anchored::No)
                .look_behind(byte);
            automaton.start_state(&config)
        };
        let start = start_behind(None).map_err(|error| failed(error.to_string()))?;
        let mut start_after = Box::new([start; 256]);
        for byte in 0..=u8::MAX {
            start_after[usize::from(byte)] =
                start_behind(Some(byte)).map_err(|error| failed(error.to_string()))?;
        }
        Ok(Self {
            is_anchored: parsed.properties().look_set().contains_anchor_haystack(),
            automaton,
            start,
            start_after,
            shown,
        })
    }

    /// A stream of which nothing was seen.
    pub(super) fn start(&self) -> Progress {
        Progress {
            state: self.start,
            last: None,
        }
    }

    pub(super) fn is_anchored(&self) -> bool {
        self.is_anchored
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Looks at the next bytes of a stream and tells where a match ends: the
    /// earliest, then the earliest after it.
    pub(super) fn feed(&self, progress: &mut Progress, bytes: &[u8], mut found: impl FnMut(usize)) {
        let automaton = &self.automaton;
        let mut state = progress.state;
        let mut last = progress.last;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let next = automaton.next_state(state, *byte);
            if !automaton.is_special_state(next) {
                (state, last, at) = (next, Some(*byte), at + 1);
                continue;
            }
            if automaton.is_match_state(next) {
                // It ended before this byte, which is looked at again.
                found(at);
                state = self.start_behind(last);
                continue;
            }
            (state, last, at) = (next, Some(*byte), at + 1);
            if automaton.is_dead_state(state) {
                break;
            }
            if automaton.is_accel_state(state) {
                // Nothing but one of these bytes changes the state.
                let rest = &bytes[at..];
                let skipped = next_of(automaton.accelerator(state), rest).unwrap_or(rest.len());
                at += skipped;
                last = bytes.get(at.wrapping_sub(1)).copied();
            }
        }
        if !bytes.is_empty() && automaton.is_match_state(automaton.next_eoi_state(state)) {
            found(bytes.len());
            state = self.start_behind(last);
        }
        *progress = Progress { state, last };
    }

    fn start_behind(&self, last: Option<u8>) -> StateID {
        last.map_or(self.start, |byte| self.start_after[usize::from(byte)])
    }
}

/// The first of one to three bytes; an automaton names no more.
fn next_of(needles: &[u8], bytes: &[u8]) -> Option<usize> {
    match *needles {
        [one] => memchr(one, bytes),
        [one, two] => memchr2(one, two, bytes),
        [one, two, three] => memchr3(one, two, three, bytes),
        _ => Some(0),
    }
}

/// Bytes as people read them.
pub(super) fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
