//! Time as an argument.
//!
//! [`now`] is called at the edges of threads only; everything else takes a
//! [`Now`], so that each change of state can be tested without waiting.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::units::{Timestamp, nanoseconds};

/// A moment of a clock that never goes back: nanoseconds since this process
/// first asked. Means nothing to another process.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Monotonic(pub u64);

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// For spans and deadlines.
    pub monotonic: Monotonic,
    /// For people, and for comparing with packets.
    pub wall: Timestamp,
}

impl Monotonic {
    /// This moment and a span later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// The span from an earlier moment to this one; zero where that one is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Now {
    /// How far the wall clock ran ahead (or, negative, fell behind) between an
    /// earlier moment and this one, in nanoseconds, measured against the
    /// monotonic clock. Not near zero: somebody set the clock, or the machine slept.
    #[must_use]
    pub fn wall_jump_since(self, earlier: Self) -> i64 {
        let wall = i128::from(self.wall.0) - i128::from(earlier.wall.0);
        let monotonic = i128::from(self.monotonic.0) - i128::from(earlier.monotonic.0);
        i64::try_from(wall - monotonic).unwrap_or(if wall > monotonic {
            i64::MAX
        } else {
            i64::MIN
        })
    }
}

/// Reads both clocks.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads them"
)]
pub fn now() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let monotonic = START.get_or_init(Instant::now).elapsed();
    // A wall clock before 1970 is a machine without a clock: its packets say 0 too.
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Now {
        monotonic: Monotonic(nanoseconds(monotonic)),
        wall: Timestamp(nanoseconds(wall)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_was_set_shows_as_a_jump() {
        let at = |monotonic, wall| Now {
            monotonic: Monotonic(monotonic),
            wall: Timestamp(wall),
        };
        assert_eq!(at(20, 1_020).wall_jump_since(at(10, 1_010)), 0);
        assert_eq!(at(20, 920).wall_jump_since(at(10, 1_010)), -100);
        assert_eq!(at(20, 9_020).wall_jump_since(at(10, 1_010)), 8_000);
    }

    #[test]
    fn the_monotonic_clock_does_not_go_back() {
        let first = now();
        assert!(now().monotonic >= first.monotonic);
    }
}
