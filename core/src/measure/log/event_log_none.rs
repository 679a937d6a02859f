//! No event log: only Windows has one.

use super::matches::Matches;
use crate::measure::listener::Teller;

/// That there is none, and what to do.
pub(super) fn check(_: &str) -> Result<(), (String, &'static str)> {
    Err((
        "only Windows has one".to_owned(),
        "watch a log file or a unit's journal",
    ))
}

/// Never begun: [`check`] refuses it.
pub(super) fn follow(_: &str, _: Matches, _: &mut Teller) {}
