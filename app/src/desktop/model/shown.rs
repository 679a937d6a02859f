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

/// A moment with its day.
pub(crate) fn time_zoned(at: Timestamp) -> String {
    shown().time_zoned(at)
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
        match self.zone {
            Zone::Local => {
                let local = at.to_jiff().to_zoned(TimeZone::system());
                local.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
            }
            Zone::Utc => {
                let utc = at.to_jiff().to_zoned(TimeZone::UTC);
                utc.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string()
            }
        }
    }

    fn time_of_day(self, at: Timestamp, fractions: bool) -> String {
        let zone = match self.zone {
            Zone::Local => TimeZone::system(),
            Zone::Utc => TimeZone::UTC,
        };
        let format = if fractions {
            "%H:%M:%S%.3f"
        } else {
            "%H:%M:%S"
        };
        at.to_jiff().to_zoned(zone).strftime(format).to_string()
    }
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
    fn a_time_in_utc_says_so() {
        let utc = Shown {
            zone: Zone::Utc,
            ..Shown::default()
        };
        let at = Timestamp(1_795_410_753_123_000_000);
        assert_eq!(utc.time_zoned(at), "2026-11-23 05:12:33.123Z");
        assert_eq!(utc.time_of_day(at, true), "05:12:33.123");
        assert_eq!(utc.time_of_day(at, false), "05:12:33");
    }
}
