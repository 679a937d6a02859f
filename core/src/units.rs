//! Numbers with their units, and how people write them.
//!
//! `150MB` is 150,000,000 bytes and `150MiB` is 157,286,400: both kinds mean
//! what they say. Durations are read as jiff's friendly format reads them
//! (`90s`, `1m 30s`, `250ms`).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A number of bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ByteCount(pub u64);

/// A number of packets.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PacketCount(pub u64);

/// A moment of the wall clock: nanoseconds since 1970-01-01T00:00:00Z, as
/// packets carry it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// Why a text is not a size or a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text does not start with a number.
    #[error("'{text}' is not a size: write a number and a unit, as in 150MB or 2GiB")]
    NotASize {
        /// What was written.
        text: String,
    },
    /// The number is fine, the unit is not.
    #[error(
        "'{unit}' in '{text}' is not a unit of size: use B, kB, MB, GB, TB, KiB, MiB, GiB or TiB"
    )]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The part that is not a unit.
        unit: String,
    },
    /// More bytes than fit into 64 bits.
    #[error("'{text}' is more bytes than can be counted")]
    TooLarge {
        /// What was written.
        text: String,
    },
    /// Not a duration.
    #[error("'{text}' is not a duration: write it as in 500ms, 30s, 5m or 1h 30m")]
    NotADuration {
        /// What was written.
        text: String,
    },
}

/// Units of size by their lower-case spelling, with the bytes of one.
const SIZE_UNITS: [(&str, u64); 13] = [
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("byte", 1),
    ("bytes", 1),
    ("", 1),
    ("octets", 1),
];

impl ByteCount {
    /// Bytes from mebibytes (2^20 bytes).
    #[must_use]
    pub const fn mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    /// The bytes as an index into memory; the largest index where they do not fit.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// Adds, stopping at the largest count.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl FromStr for ByteCount {
    type Err = UnitError;

    /// Reads `150MB`, `1.5 GiB`, `4096`. Upper and lower case are the same.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let number = number.replace('_', "");
        let not_a_size = || UnitError::NotASize {
            text: text.to_owned(),
        };
        let lower = unit.trim().to_ascii_lowercase();
        let factor = SIZE_UNITS
            .iter()
            .find(|(name, _)| *name == lower)
            .map(|(_, factor)| *factor);
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        if whole.is_empty() || fraction.contains('.') {
            return Err(not_a_size());
        }
        let factor = factor.ok_or_else(|| UnitError::UnknownUnit {
            text: text.to_owned(),
            unit: unit.trim().to_owned(),
        })?;
        let too_large = || UnitError::TooLarge {
            text: text.to_owned(),
        };
        let whole: u64 = whole.parse().map_err(|_| too_large())?;
        let bytes = whole.checked_mul(factor).ok_or_else(too_large)?;
        bytes
            .checked_add(fraction_of(fraction, factor))
            .map(Self)
            .ok_or_else(too_large)
    }
}

/// The bytes that decimal places of a unit make, rounded down.
fn fraction_of(places: &str, factor: u64) -> u64 {
    let (mut bytes, mut scale) = (0_u128, 1_u128);
    for digit in places.bytes().take(15) {
        scale *= 10;
        bytes = bytes * 10 + u128::from(digit - b'0');
    }
    u64::try_from(bytes * u128::from(factor) / scale).unwrap_or(u64::MAX)
}

impl fmt::Display for ByteCount {
    /// With decimal units and three figures: `148 B`, `4.10 MB`, `150 MB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEPS: [(u64, &str); 4] = [
            (1_000_000_000_000, "TB"),
            (1_000_000_000, "GB"),
            (1_000_000, "MB"),
            (1_000, "kB"),
        ];
        let Some((step, unit)) = STEPS.into_iter().find(|(step, _)| self.0 >= *step) else {
            return write!(f, "{} B", self.0);
        };
        let hundredths = self.0 / (step / 100);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match (whole, rest) {
            (100.., _) | (_, 0) => write!(f, "{whole} {unit}"),
            (10.., _) => write!(f, "{whole}.{} {unit}", rest / 10),
            _ => write!(f, "{whole}.{rest:02} {unit}"),
        }
    }
}

impl fmt::Display for PacketCount {
    /// With a comma between thousands: `148,201`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(self.0))
    }
}

/// A number with a comma between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Timestamp {
    /// This moment and a span later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(span)))
    }

    /// This moment less a span; the epoch where it would lie before it.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanoseconds(span)))
    }

    /// The span from an earlier moment to this one; zero where that one is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment as jiff knows it, in UTC.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-23T05:12:33.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

/// A span in whole nanoseconds, stopping at the largest 64-bit count (584 years).
#[must_use]
pub fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads a duration as people write it: `500ms`, `30s`, `5m`, `1h 30m`.
///
/// # Errors
/// [`UnitError::NotADuration`] for anything else, a negative one among them.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let not_a_duration = || UnitError::NotADuration {
        text: text.to_owned(),
    };
    let signed: jiff::SignedDuration = match text.trim() {
        "0" => return Ok(Duration::ZERO),
        other => other.parse().map_err(|_| not_a_duration())?,
    };
    Duration::try_from(signed).map_err(|_| not_a_duration())
}

/// A duration in words of two units at most: `0.4 ms`, `47 s`, `3 min 40 s`, `2 h 5 min`.
#[must_use]
pub fn duration_in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span < Duration::from_micros(10) => format!("{} ns", span.as_nanos()),
        0 if span < Duration::from_millis(10) => {
            let tenths = span.as_micros() / 100;
            if tenths == 0 {
                format!("{} µs", span.as_micros())
            } else {
                format!("{}.{} ms", tenths / 10, tenths % 10)
            }
        }
        0 => format!("{} ms", span.as_millis()),
        // One that was chosen; what was measured has a fraction.
        1..=9 if span.subsec_nanos() == 0 => format!("{seconds} s"),
        1..=9 => format!("{}.{} s", seconds, span.subsec_millis() / 100),
        10..=59 => format!("{seconds} s"),
        60..=3599 => two_units(seconds / 60, "min", seconds % 60, "s"),
        3600..=86_399 => two_units(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two_units(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

fn two_units(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_size_units_mean_what_they_say() {
        for (text, bytes) in [
            ("150MB", 150_000_000),
            ("150MiB", 157_286_400),
            ("2GiB", 2_147_483_648),
            ("1.5 GB", 1_500_000_000),
            ("0.5KiB", 512),
            ("4096", 4096),
            ("10_000 b", 10_000),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(ByteCount(bytes)), "{text}");
        }
    }

    #[test]
    fn nonsense_sizes_say_what_is_wrong() {
        for text in ["", "MB", "-5MB", "1.2.3MB", ".", "five"] {
            let error = text.parse::<ByteCount>().unwrap_err();
            assert!(
                matches!(error, UnitError::NotASize { .. }),
                "{text}: {error}"
            );
        }
        let error = "10 furlongs".parse::<ByteCount>().unwrap_err();
        assert!(error.to_string().contains("'furlongs'"), "{error}");
        let error = "99999999999GiB".parse::<ByteCount>().unwrap_err();
        assert!(matches!(error, UnitError::TooLarge { .. }));
    }

    #[test]
    fn sizes_are_shown_with_three_figures() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (4_096, "4.09 kB"),
            (41_000, "41 kB"),
            (41_230, "41.2 kB"),
            (150_000_000, "150 MB"),
            (2_147_483_648, "2.14 GB"),
        ] {
            assert_eq!(ByteCount(bytes).to_string(), text);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(PacketCount(148_201).to_string(), "148,201");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(12), "12");
    }

    #[test]
    fn durations_are_read_and_shown() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("0"), Ok(Duration::ZERO));
        for text in ["", "soon", "-3s", "10"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        for (span, text) in [
            (Duration::from_micros(412), "0.4 ms"),
            (Duration::from_millis(47), "47 ms"),
            (Duration::from_millis(1_250), "1.2 s"),
            (Duration::from_secs(47), "47 s"),
            (Duration::from_secs(220), "3 min 40 s"),
            (Duration::from_secs(7_500), "2 h 5 min"),
        ] {
            assert_eq!(duration_in_words(span), text);
        }
    }
}
