//! Values on the command line.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

/// A length of time such as `10s`, `500ms` or `1m 30s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let parsed: SignedDuration = text
        .parse()
        .map_err(|error| format!("{error}; write it like 10s or 500ms"))?;
    Duration::try_from(parsed).map_err(|_| "a length of time cannot be negative".to_owned())
}

/// A range of lengths of time such as `5s..8s`, or one length.
pub(crate) fn duration_range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let range = duration(low)?..=duration(high)?;
    if range.is_empty() {
        return Err("the range ends before it begins".to_owned());
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_lengths_are_read() {
        let second = Duration::from_secs(1);
        assert_eq!(duration_range("5s..8s"), Ok(5 * second..=8 * second));
        assert_eq!(duration_range("500ms"), Ok(second / 2..=second / 2));
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        assert!(duration("10").unwrap_err().contains("10s"));
        for wrong in ["-1s", "8s..5s", "5s..", "..", ""] {
            assert!(duration_range(wrong).is_err(), "{wrong}");
        }
    }
}
