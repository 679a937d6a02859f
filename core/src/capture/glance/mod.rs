//! The interfaces as one sees them before anything is captured: no device is
//! opened, no capture driver is loaded, no right is needed. Cheap enough to be
//! asked for every second.

#[cfg(unix)]
#[path = "unix.rs"]
mod this;
#[cfg(windows)]
#[path = "windows.rs"]
mod this;

use super::error::CaptureError;
use crate::units::{ByteCount, PacketCount};

/// One interface at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The system's name, by which it is recorded.
    pub name: String,
    /// What the system calls it for people.
    pub description: Option<String>,
    /// Its addresses with the lengths of their prefixes.
    pub addresses: Vec<String>,
    /// It is up.
    pub up: bool,
    /// It is the loopback.
    pub loopback: bool,
    /// It is wireless.
    pub wireless: bool,
    /// Packets and bytes that the system counted, received and sent; `None`
    /// where it does not count.
    pub counted: Option<(PacketCount, ByteCount)>,
}

/// Lists the interfaces: those that are up first, the loopback last among them,
/// by name.
///
/// # Errors
/// The system does not list its interfaces.
pub fn glance() -> Result<Vec<Glance>, CaptureError> {
    let mut list = this::glance()?;
    list.sort_by(|one, other| {
        let order = |of: &Glance| (of.name != "any", !of.up, of.loopback);
        order(one)
            .cmp(&order(other))
            .then_with(|| one.name.cmp(&other.name))
    });
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_seen_without_any_right() {
        let list = glance().unwrap();
        let loopback = list.iter().find(|one| one.loopback).expect("a loopback");
        assert!(!loopback.name.is_empty());
        if cfg!(target_os = "linux") {
            assert_eq!(list[0].name, "any");
            assert!(list.iter().all(|one| one.name != "nflog"));
            let sum: u64 = list[1..]
                .iter()
                .filter_map(|one| one.counted)
                .map(|(packets, _)| packets.0)
                .sum();
            let any = list[0].counted.expect("a sum").0.0;
            assert!(any <= sum + 1_000 && sum <= any + 1_000, "{any} {sum}");
        }
    }
}
