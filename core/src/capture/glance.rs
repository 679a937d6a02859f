//! The interfaces as one chooses among them: what the system itself tells.
//!
//! No capture library is loaded, nothing is opened and no rights are needed,
//! so that it may be asked for every second. Only network interfaces are
//! listed, and on Linux the device `any`: monitors of other things (usbmon,
//! nflog) are not.

use std::cmp::Ordering;

use serde::Serialize;

use super::{CaptureError, system};
use crate::units::{ByteCount, PacketCount};

/// One interface at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Glance {
    /// The name by which it is recorded: `eth0`, `\Device\NPF_{…}`.
    pub name: String,
    /// What the user knows it by, where that is another name: `Wi-Fi` (Windows).
    pub friendly_name: Option<String>,
    /// What the system says of it beside.
    pub description: Option<String>,
    /// Its addresses with the lengths of their prefixes, as `10.0.0.1/24`.
    pub addresses: Vec<String>,
    /// It is up.
    pub up: bool,
    /// It is up and has its link.
    pub running: bool,
    /// It is the loopback.
    pub loopback: bool,
    /// It is wireless.
    pub wireless: bool,
    /// It is all of them: Linux's `any`.
    pub all: bool,
    /// What the system counted; `None` where it has no counter.
    pub counted: Option<Counted>,
}

/// What the system counted on an interface, received and sent; what it sends
/// to itself once. It begins again when the interface is made again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Packets.
    pub packets: PacketCount,
    /// Their bytes.
    pub bytes: ByteCount,
}

/// Lists the interfaces: all of them as one, those that are up by name with
/// the loopback last, those that are down.
///
/// # Errors
/// The system does not list them ([`CaptureError::List`]).
pub fn glance() -> Result<Vec<Glance>, CaptureError> {
    let mut list = system::list().map_err(|error| CaptureError::List {
        words: error.to_string(),
    })?;
    list.sort_by(in_order);
    Ok(list)
}

fn in_order(one: &Glance, other: &Glance) -> Ordering {
    let rank = |glance: &Glance| match glance {
        Glance { all: true, .. } => 0,
        Glance { up: false, .. } => 3,
        Glance { loopback: true, .. } => 2,
        _ => 1,
    };
    let shown = |glance: &Glance| {
        glance
            .friendly_name
            .as_ref()
            .unwrap_or(&glance.name)
            .clone()
    };
    (rank(one), shown(one), &one.name).cmp(&(rank(other), shown(other), &other.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_up_come_first_and_the_loopback_after_them() {
        let glance = |name: &str, up, loopback, all| Glance {
            name: name.into(),
            up,
            loopback,
            all,
            ..Glance::default()
        };
        let mut list = [
            glance("eth1", false, false, false),
            glance("lo", true, true, false),
            glance("wlan0", true, false, false),
            glance("any", true, false, true),
            glance("eth0", true, false, false),
        ];
        list.sort_by(in_order);
        let names = list.map(|glance| glance.name);
        assert_eq!(names, ["any", "eth0", "wlan0", "lo", "eth1"]);
    }

    #[test]
    fn the_loopback_is_seen_with_its_address() {
        let list = glance().unwrap();
        let loopback = list.iter().find(|glance| glance.loopback).unwrap();
        assert!(loopback.up && !loopback.wireless, "{loopback:?}");
        let local = "127.0.0.1/8".to_owned();
        assert!(loopback.addresses.contains(&local), "{loopback:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn every_name_is_one_that_libpcap_knows() {
        let devices = super::super::devices::devices().unwrap();
        for glance in glance().unwrap() {
            let known = devices.iter().any(|device| device.name == glance.name);
            assert!(known, "{glance:?} is not among {devices:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_sent_is_counted_there_and_in_the_sum() {
        let counted = |list: &[Glance], name: &str| {
            let glance = list.iter().find(|glance| glance.name == name);
            glance.unwrap().counted.unwrap()
        };
        let before = glance().unwrap();
        assert!(before[0].all, "{before:?}");
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let sent = socket.send_to(&[0; 100], socket.local_addr().unwrap());
        assert_eq!(sent.unwrap(), 100);
        let now = glance().unwrap();
        for name in ["lo", "any"] {
            let (before, now) = (counted(&before, name), counted(&now, name));
            assert!(now.packets > before.packets, "{name}");
            assert!(now.bytes.0 >= before.bytes.0 + 100, "{name}");
        }
    }
}
