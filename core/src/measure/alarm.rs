//! A time of day, or a span after the start.

use std::fmt;
use std::io;
use std::time::Duration;

use crossbeam_channel::Sender;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ToSpan, Zoned};

use super::listener::{Listener, Teller, Told};
use crate::clock::{Monotonic, now};
use crate::units::{Timestamp, duration_in_words};

/// When it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Each day at this time in this computer's zone.
    At(Time),
    /// Once, so long after the start.
    After(Duration),
}

/// How often the wall clock is looked at: somebody may set it, and machines sleep.
const LOOK: Duration = Duration::from_millis(500);

impl Alarm {
    /// A time of day as in 03:30 or 03:30:15.
    ///
    /// # Errors
    /// What would be one.
    pub fn at(text: &str) -> Result<Self, String> {
        let time: Result<Time, _> = text.trim().parse();
        time.map(Self::At)
            .map_err(|_| format!("\"{text}\" is no time of day: write it as in 03:30"))
    }

    /// Rings on a thread of its own; its words come as those of `by`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn listen(self, by: u16, words: Sender<Told>) -> io::Result<Listener> {
        Listener::start("time", by, words, move |teller| self.run(teller))
    }

    fn run(self, teller: &mut Teller) {
        match self {
            Self::After(span) => {
                let due = now().monotonic.after(span);
                let left = |at: Monotonic| due.since(at);
                while !left(now().monotonic).is_zero() {
                    if teller.rests(left(now().monotonic).min(LOOK)) {
                        return;
                    }
                }
                teller.happened(self.to_string());
            }
            Self::At(time) => {
                let zone = TimeZone::system();
                let mut due = next(time, &zone, now().wall);
                while !teller.rests(until(due, now().wall).min(LOOK)) {
                    if now().wall >= due {
                        teller.happened(self.to_string());
                        due = next(time, &zone, now().wall);
                    }
                }
            }
        }
    }
}

fn until(due: Timestamp, at: Timestamp) -> Duration {
    due.since(at).max(Duration::from_millis(1))
}

/// The next time that it is so late, strictly after a moment. A time that a day
/// leaves out is taken as much later as the day leaves out.
fn next(time: Time, zone: &TimeZone, after: Timestamp) -> Timestamp {
    let nanoseconds = |zoned: &Zoned| {
        let moment = zoned.timestamp().as_nanosecond();
        Timestamp(u64::try_from(moment).unwrap_or(0))
    };
    let moment = Moment::from_nanosecond(i128::from(after.0)).unwrap_or(Moment::UNIX_EPOCH);
    let today = moment.to_zoned(zone.clone()).date();
    let days = [0, 1, 2].into_iter().filter_map(|days| {
        let day = today.checked_add(days.days()).ok()?;
        let zoned = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
        Some(nanoseconds(&zoned))
    });
    // Days end in the year 9999.
    days.into_iter()
        .find(|due| *due > after)
        .unwrap_or(Timestamp(u64::MAX))
}

impl fmt::Display for Alarm {
    /// As a clause: "it is 03:30:00".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => write!(f, "it is {time}"),
            Self::After(span) => {
                write!(
                    f,
                    "{} have passed since the start",
                    duration_in_words(*span)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Word;
    use crossbeam_channel::bounded;

    fn at(text: &str) -> Timestamp {
        let moment: Moment = text.parse().unwrap();
        Timestamp(u64::try_from(moment.as_nanosecond()).unwrap())
    }

    #[test]
    fn the_next_time_is_today_or_tomorrow_whatever_the_day_leaves_out() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (time, after, expected) in [
            ("03:30", "2026-11-24T01:00:00Z", "2026-11-24T02:30:00Z"),
            ("03:30", "2026-11-24T02:30:00Z", "2026-11-25T02:30:00Z"),
            ("00:00:05", "2026-12-31T23:30:00Z", "2027-01-01T23:00:05Z"),
            // The clock goes from 02:00 to 03:00.
            ("02:30", "2026-03-28T23:30:00Z", "2026-03-29T01:30:00Z"),
            // 02:30 is there twice; once is enough.
            ("02:30", "2026-10-24T22:30:00Z", "2026-10-25T00:30:00Z"),
        ] {
            let Alarm::At(time) = Alarm::at(time).unwrap() else {
                panic!("no time of day");
            };
            assert_eq!(
                next(time, &berlin, at(after)),
                at(expected),
                "{time} {after}"
            );
        }
        assert!(Alarm::at("25:00").is_err() && Alarm::at("noon").is_err());
    }

    #[test]
    fn it_rings_once_after_its_span() {
        let (words, heard) = bounded(4);
        let begun = now();
        let alarm = Alarm::After(Duration::from_millis(30));
        let listener = alarm.listen(1, words).unwrap();
        let told = heard.recv_timeout(Duration::from_secs(20)).unwrap();
        let Word::Happened(happening) = told.word else {
            panic!("{told:?}");
        };
        let waited = happening.at.monotonic.since(begun.monotonic);
        assert!(waited >= Duration::from_millis(30), "{waited:?}");
        // Its thread is over, and so is its voice.
        assert!(heard.recv().is_err());
        drop(listener);
    }

    #[test]
    fn it_rings_at_a_time_of_day() {
        let soon = Moment::from_nanosecond(i128::from(now().wall.0)).unwrap() + 1.second();
        let time = soon.to_zoned(TimeZone::system()).time();
        let (words, heard) = bounded(4);
        let listener = Alarm::At(time).listen(1, words).unwrap();
        let told = heard.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(told.word, Word::Happened(_)), "{told:?}");
        drop(listener);
    }
}
