//! From a packet's stamp to a moment.

use crate::clock::{Monotonic, Now};
use crate::limits;
use crate::units::Timestamp;

/// Packets' stamps on the clock that nobody sets.
pub(super) enum Timeline {
    /// A packet was captured a moment ago.
    Live,
    /// Packets are long past: their stamps tell the time.
    File {
        /// Two moments that are the same, and the newest stamp.
        since: Option<(Monotonic, Timestamp, Timestamp)>,
    },
}

impl Timeline {
    /// The moment of a packet that is looked at now.
    pub(super) fn moment(&mut self, at: Timestamp, now: Now) -> Now {
        let monotonic = match self {
            Self::Live => before(now, now.wall.since(at)),
            Self::File { since } => {
                let (began, first, newest) = since.get_or_insert((now.monotonic, at, at));
                if newest.since(at) > limits::FILE_DISORDER_MAX {
                    // Another recording in the same file.
                    *began = began.after(newest.since(*first));
                    (*first, *newest) = (at, at);
                }
                *newest = at.max(*newest);
                began.after(at.since(*first))
            }
        };
        Now {
            monotonic,
            wall: at,
        }
    }

    /// Before this no packet is to come; `None` where only packets tell.
    pub(super) fn passed(&self, now: Now) -> Option<Now> {
        let lag = limits::FOLLOW_LAG;
        matches!(self, Self::Live).then(|| Now {
            monotonic: before(now, lag),
            wall: now.wall.before(lag),
        })
    }
}

fn before(now: Now, span: std::time::Duration) -> Monotonic {
    Monotonic(
        now.monotonic
            .0
            .saturating_sub(crate::units::nanoseconds(span)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(monotonic: u64, wall: u64) -> Now {
        Now {
            monotonic: Monotonic(monotonic),
            wall: Timestamp(wall),
        }
    }

    #[test]
    fn a_live_packet_was_captured_a_moment_ago() {
        let mut live = Timeline::Live;
        let moment = live.moment(Timestamp(900), now(5_000, 1_000));
        assert_eq!(moment, now(4_900, 900));
        // The wall clock was set back since: it is not later than now.
        let moment = live.moment(Timestamp(9_000), now(5_000, 1_000));
        assert_eq!(moment, now(5_000, 9_000));
        let lag = crate::units::nanoseconds(limits::FOLLOW_LAG);
        let passed = live.passed(now(5 * lag, 9 * lag)).unwrap();
        assert_eq!(passed, now(4 * lag, 8 * lag));
    }

    #[test]
    fn a_files_time_is_its_packets() {
        const HOUR: u64 = 3_600_000_000_000;
        let mut file = Timeline::File { since: None };
        let mut moment = |at, read| file.moment(Timestamp(at), now(read, 0)).monotonic.0;
        assert_eq!(moment(HOUR, 77), 77);
        assert_eq!(moment(HOUR + 5, 78), 82);
        assert_eq!(moment(2 * HOUR, 79), HOUR + 77);
        // A little disorder is none; going far back is another beginning.
        assert_eq!(moment(2 * HOUR - 10, 79), HOUR + 67);
        assert_eq!(moment(5, 80), HOUR + 77);
        assert_eq!(moment(10, 80), HOUR + 82);
        assert_eq!(file.passed(now(1, 1)), None);
    }
}
