//! Where a TCP segment stands among those of its direction (RFC 9293, section 3.4).

use crate::clock::Monotonic;
use crate::limits;

/// One direction of a connection: the next byte that is new.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Direction {
    next: Option<u32>,
    /// The newest gap.
    gap: Option<Gap>,
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    from: u32,
    to: u32,
    since: Monotonic,
}

/// What a segment is among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It carries nothing.
    Empty,
    /// It follows what was seen. So much at its beginning was seen before: it
    /// was sent again with something new behind.
    Next {
        /// In sequence numbers.
        seen: u32,
    },
    /// Something before it was not seen.
    AfterGap,
    /// It fills a gap, overtaken by what came after it.
    Overtaken,
    /// It fills a gap and was sent again for that.
    Repaired,
    /// All of it was seen before.
    Again,
    /// One byte that was seen before, or whose direction is not known: it asks
    /// whether the other side is there (RFC 9293, section 3.8.4).
    Probe,
}

impl Direction {
    /// Takes in a segment of `length` sequence numbers, of which `payload` are bytes.
    pub(super) fn place(
        &mut self,
        sequence: u32,
        length: u32,
        payload: u32,
        at: Monotonic,
    ) -> Place {
        if length == 0 {
            return Place::Empty;
        }
        let end = sequence.wrapping_add(length);
        let lone_byte = length == 1 && payload == 1;
        let Some(next) = self.next else {
            self.next = Some(end);
            return if lone_byte {
                Place::Probe
            } else {
                Place::Next { seen: 0 }
            };
        };
        let ahead = distance(next, sequence);
        if ahead > 0 {
            self.gap = Some(Gap {
                from: next,
                to: sequence,
                since: at,
            });
        }
        if distance(next, end) > 0 {
            self.next = Some(end);
            return match ahead {
                1.. => Place::AfterGap,
                _ => Place::Next {
                    seen: ahead.unsigned_abs(),
                },
            };
        }
        if lone_byte && ahead == -1 {
            return Place::Probe;
        }
        self.fill_gap(sequence, end, at).unwrap_or(Place::Again)
    }

    fn fill_gap(&mut self, sequence: u32, end: u32, at: Monotonic) -> Option<Place> {
        let gap = self.gap?;
        if distance(gap.from, sequence) < 0 || distance(end, gap.to) < 0 {
            return None;
        }
        self.gap = (end != gap.to).then_some(Gap { from: end, ..gap });
        Some(if at.since(gap.since) <= limits::OVERTAKEN_MAX {
            Place::Overtaken
        } else {
            Place::Repaired
        })
    }

    /// The next number that is new, where any was seen.
    pub(super) fn next(&self) -> Option<u32> {
        self.next
    }
}

/// How far `to` lies behind `from`; sequence numbers wrap.
pub(super) fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Monotonic = Monotonic(1_000_000);
    const LATE: Monotonic = Monotonic(50_000_000);

    #[test]
    fn segments_find_their_place_also_where_numbers_wrap() {
        for first in [1_000, u32::MAX - 150, u32::MAX - 100] {
            let mut direction = Direction::default();
            let mut place = |offset: u32, length, at| {
                direction.place(first.wrapping_add(offset), length, length, at)
            };
            assert_eq!(place(0, 100, SOON), Place::Next { seen: 0 });
            assert_eq!(place(100, 0, SOON), Place::Empty);
            assert_eq!(place(100, 100, SOON), Place::Next { seen: 0 });
            assert_eq!(place(100, 100, SOON), Place::Again);
            assert_eq!(place(150, 100, SOON), Place::Next { seen: 50 });
            assert_eq!(place(249, 1, SOON), Place::Probe);
            assert_eq!(place(450, 100, SOON), Place::AfterGap);
            assert_eq!(place(250, 100, SOON), Place::Overtaken);
            assert_eq!(place(350, 100, LATE), Place::Repaired);
            assert_eq!(place(350, 100, LATE), Place::Again);
            assert_eq!(place(550, 1, LATE), Place::Next { seen: 0 });
        }
    }

    #[test]
    fn a_lone_byte_of_an_unknown_direction_may_be_a_probe() {
        let mut direction = Direction::default();
        assert_eq!(direction.place(7, 1, 1, SOON), Place::Probe);
        assert_eq!(direction.place(8, 10, 10, SOON), Place::Next { seen: 0 });
    }
}
