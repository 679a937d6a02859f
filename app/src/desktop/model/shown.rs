//! How sizes, rates and times are written, as the settings say.
//!
//! - Every size, rate and time that the window shows goes through here.
//! - What was asked for holds for the whole program: pages are written on the
//!   thread that reads a file.

use std::sync::{Mutex, PoisonError};

use crashcap_core::units::{ByteCount, Timestamp};
use jiff::tz::TimeZone;

use super::settings::{Rates, Settings, Units, Zone};

/// How it is all written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    units: Units,
    rates: Rates,
    zone: Zone,
}

static SHOWN: Mutex<Shown> = Mutex::new(Shown {
    units: Units::Decimal,
    rates: Rates::Bytes,
    zone: Zone::Local,
});

/// From now on as these settings say. True where that is another way.
pub(crate) fn show_as(settings: &Settings) -> bool {
    let wanted = Shown {
        units: settings.units,
        rates: settings.rates,
        zone: settings.zone,
    };
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *shown, wanted) != wanted
}

fn shown() -> Shown {
    *SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A size with three figures: "4.10 MB", "3.91 MiB".
pub(crate) fn size(bytes: ByteCount) -> String {
    shown().size(bytes)
}

/// Bytes a second: "4.10 MB/s", "32.8 Mbit/s".
pub(crate) fn rate(bytes_per_second: u64) -> String {
    shown().rate(bytes_per_second)
}

/// A moment with its day; [`zone_of`] says in which zone.
pub(crate) fn time_zoned(at: Timestamp) -> String {
    shown().time_zoned(at)
}

/// The zone of all times that are shown, as it is at this moment: "UTC+01:00".
pub(crate) fn zone_of(at: Timestamp) -> String {
    shown().zone_of(at)
}

/// A sentence of the engine with its times, which are in UTC, in the zone that is
/// shown, and its name after each.
pub(crate) fn in_zone(sentence: &str) -> String {
    shown().in_zone(sentence)
}

/// A time of day of nanoseconds since 1970.
pub(crate) fn time_of_day(at: u64, fractions: bool) -> String {
    shown().time_of_day(Timestamp(at), fractions)
}

impl Shown {
    fn size(self, bytes: ByteCount) -> String {
        match self.units {
            Units::Decimal => bytes.to_string(),
            Units::Binary => figures(bytes.0, 1 << 10, ["B", "KiB", "MiB", "GiB", "TiB"]),
        }
    }

    fn rate(self, bytes_per_second: u64) -> String {
        match self.rates {
            Rates::Bytes => format!("{}/s", self.size(ByteCount(bytes_per_second))),
            Rates::Bits => {
                let bits = bytes_per_second.saturating_mul(8);
                figures(
                    bits,
                    1_000,
                    ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"],
                )
            }
        }
    }

    fn time_zoned(self, at: Timestamp) -> String {
        let zoned = at.to_jiff().to_zoned(self.zone());
        zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    fn zone_of(self, at: Timestamp) -> String {
        let zoned = at.to_jiff().to_zoned(self.zone());
        match zoned.offset().seconds() {
            0 => "UTC".into(),
            _ => zoned.strftime("UTC%:z").to_string(),
        }
    }

    fn in_zone(self, sentence: &str) -> String {
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some(end) = rest.find(UTC) {
            let start = end.checked_sub(MOMENT_BYTES);
            let moment = start.and_then(|start| Some((start, rest.get(start..end)?)));
            let read = moment.and_then(|(start, text)| Some((start, moment_of(text)?)));
            if let Some((start, at)) = read {
                out += &rest[..start];
                out += &format!("{} {}", self.time_zoned(at), self.zone_of(at));
            } else {
                out += &rest[..end + UTC.len()];
            }
            rest = &rest[end + UTC.len()..];
        }
        out + rest
    }

    fn zone(self) -> TimeZone {
        match self.zone {
            Zone::Local => TimeZone::system(),
            Zone::Utc => TimeZone::UTC,
        }
    }

    fn time_of_day(self, at: Timestamp, fractions: bool) -> String {
        let format = if fractions {
            "%H:%M:%S%.3f"
        } else {
            "%H:%M:%S"
        };
        at.to_jiff()
            .to_zoned(self.zone())
            .strftime(format)
            .to_string()
    }
}

/// How the engine ends a time: `2026-11-23 05:12:33.123 UTC`.
const UTC: &str = " UTC";
/// What stands before that.
const MOMENT_BYTES: usize = "2026-11-23 05:12:33.123".len();

/// What such a time stands for.
fn moment_of(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = format!("{}Z", text.replace(' ', "T")).parse().ok()?;
    Some(Timestamp(u64::try_from(moment.as_nanosecond()).ok()?))
}

/// A number with three figures in the largest unit that it fills.
fn figures(number: u64, step: u64, units: [&str; 5]) -> String {
    let mut unit = 0;
    let mut one = 1_u128;
    let number = u128::from(number);
    while unit + 1 < units.len() && number >= one * u128::from(step) {
        one *= u128::from(step);
        unit += 1;
    }
    let hundredths = number * 100 / one;
    let (whole, rest, unit) = (hundredths / 100, hundredths % 100, units[unit]);
    match (whole, rest) {
        (100.., _) | (_, 0) => format!("{whole} {unit}"),
        (10.., _) => format!("{whole}.{} {unit}", rest / 10),
        _ => format!("{whole}.{rest:02} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rates_are_written_in_the_units_asked_for() {
        let decimal = Shown::default();
        let binary = Shown {
            units: Units::Binary,
            ..decimal
        };
        let bits = Shown {
            rates: Rates::Bits,
            ..decimal
        };
        let mut lines = Vec::new();
        for bytes in [0, 1_023, 1_024, 4_100_000, 157_286_400, u64::MAX] {
            lines.push(format!(
                "{} | {} | {} | {} | {}",
                decimal.size(ByteCount(bytes)),
                binary.size(ByteCount(bytes)),
                decimal.rate(bytes),
                binary.rate(bytes),
                bits.rate(bytes),
            ));
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        0 B | 0 B | 0 B/s | 0 B/s | 0 bit/s
        1.02 kB | 1023 B | 1.02 kB/s | 1023 B/s | 8.18 kbit/s
        1.02 kB | 1 KiB | 1.02 kB/s | 1 KiB/s | 8.19 kbit/s
        4.10 MB | 3.91 MiB | 4.10 MB/s | 3.91 MiB/s | 32.8 Mbit/s
        157 MB | 150 MiB | 157 MB/s | 150 MiB/s | 1.25 Gbit/s
        18446744 TB | 16777215 TiB | 18446744 TB/s | 16777215 TiB/s | 18446744 Tbit/s
        ");
    }

    #[test]
    fn a_sentence_has_the_zone_of_everything_else_and_says_it() {
        let utc = Shown {
            zone: Zone::Utc,
            ..Shown::default()
        };
        let at = Timestamp(1_795_410_753_123_000_000);
        assert_eq!(utc.time_zoned(at), "2026-11-23 05:12:33.123");
        assert_eq!(utc.zone_of(at), "UTC");
        let sentence = "it died at 2026-11-23 05:12:33.123 UTC; filter host UTC, 5 UTC.";
        assert_eq!(utc.in_zone(sentence), sentence);
        let local = Shown::default();
        let expected = format!(
            "it died at {} {}; filter host UTC, 5 UTC.",
            local.time_zoned(at),
            local.zone_of(at)
        );
        assert_eq!(local.in_zone(sentence), expected);
        for odd in [
            "",
            " UTC",
            "日本語日本語日本語日本語 UTC",
            "2026-13-23 05:12:33.123 UTC",
        ] {
            assert_eq!(local.in_zone(odd), odd);
        }

        assert_eq!(utc.time_of_day(at, true), "05:12:33.123");
        assert_eq!(utc.time_of_day(at, false), "05:12:33");
    }
}
