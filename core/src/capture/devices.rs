//! libpcap's list of devices, and which one somebody may have meant.

use pcap::Device;

use super::error::{CaptureError, words};
use super::library;

/// Names less alike than this are no help.
const ALIKE: f64 = 0.7;

/// The devices that libpcap knows.
pub(super) fn devices() -> Result<Vec<Device>, CaptureError> {
    library::ensure_loaded()?;
    Device::list().map_err(|error| CaptureError::List {
        words: words(&error),
    })
}

/// " (did you mean eth0?)" for the most similar of the names, or nothing.
pub(super) fn similar<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let lower = written.to_lowercase();
    let best = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    best.map_or_else(String::new, |(_, name)| format!(" (did you mean {name}?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let names = ["eth0", "wlan0", "lo", "any"];
        assert_eq!(similar("eht0", names), " (did you mean eth0?)");
        assert_eq!(similar("WLAN", names), " (did you mean wlan0?)");
        assert_eq!(similar("quux", names), "");
    }
}
