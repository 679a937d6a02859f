//! The interfaces of this machine, as a user chooses among them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crossbeam_channel::after;
use pcap::{Address, Capture, Device};
use serde::Serialize;

use super::devices::devices;
use super::error::{CaptureError, words};
use super::system::SystemCounters;
use super::{activate, open, program, system};
use crate::pcapng::LinkType;
use crate::units::ByteCount;

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// The system's name, by which it is recorded.
    pub name: String,
    /// What the system calls it for people.
    pub description: Option<String>,
    /// Its addresses with the lengths of their prefixes, as `10.0.0.1/24`.
    pub addresses: Vec<String>,
    /// The link type of its packets, where it could be opened.
    pub link_type: Option<LinkType>,
    /// libpcap's name of the link type.
    pub link_type_name: Option<String>,
    /// It is up.
    pub up: bool,
    /// It is up and has its link.
    pub running: bool,
    /// It is the loopback.
    pub loopback: bool,
    /// It is wireless.
    pub wireless: bool,
    /// Packets a second as a capture would see them, by the system's counters:
    /// received and sent, what it sends to itself once; `None`
    /// where there is no counter, or nothing was measured.
    pub packets_per_second: Option<u64>,
    /// Why it cannot be opened, and what to do.
    pub refusal: Option<String>,
}

/// Lists the interfaces. With a span, their packet rate is measured over it,
/// which takes that long.
///
/// # Errors
/// The capture library is missing, or the system does not list its interfaces.
pub fn interfaces(rate_over: Option<Duration>) -> Result<Vec<Interface>, CaptureError> {
    let devices = devices()?;
    let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let rates = rate_over.map(|span| {
        let before = system::counters(&names);
        let _ = after(span).recv();
        let now = system::counters(&names);
        (span, before, now)
    });
    let rate = |device: &Device| {
        let name = device.name.as_str();
        let counted = |list: &HashMap<String, SystemCounters>| {
            let counters = list.get(name)?;
            Some(counters.seen(device.flags.is_loopback()).packets.0)
        };
        let (span, before, now) = rates.as_ref()?;
        let fresh = counted(now)?.saturating_sub(counted(before)?);
        Some((fresh as f64 / span.as_secs_f64()).round() as u64)
    };
    let list = devices.iter().map(|device| Interface {
        packets_per_second: rate(device),
        ..look_at(device)
    });
    Ok(list.collect())
}

fn look_at(device: &Device) -> Interface {
    let tried = system::may_be_tried(&device.name).then(|| try_to_open(&device.name));
    let (link_type, refusal) = match tried {
        Some(Ok(link_type)) => (Some(link_type), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    Interface {
        name: device.name.clone(),
        description: device.desc.clone(),
        addresses: device.addresses.iter().map(address).collect(),
        link_type,
        link_type_name: link_type.map(program::link_type_name),
        up: device.flags.is_up(),
        running: device.flags.is_running(),
        loopback: device.flags.is_loopback(),
        wireless: device.flags.is_wireless(),
        packets_per_second: None,
        refusal,
    }
}

/// Opens it with the smallest buffer, and closes it again.
fn try_to_open(name: &str) -> Result<LinkType, CaptureError> {
    const SMALLEST: ByteCount = ByteCount(64 << 10);
    let inactive = Capture::from_device(name).map_err(|error| CaptureError::Open {
        name: name.to_owned(),
        words: words(&error),
    })?;
    let buffer = i32::try_from(SMALLEST.0).unwrap_or(i32::MAX);
    let (mut capture, _) = activate::activate(inactive.buffer_size(buffer))
        .map_err(|refusal| open::refused(name, refusal))?;
    open::choose_link_type(name, &mut capture)?;
    Ok(open::link_type(capture.get_datalink()))
}

fn address(address: &Address) -> String {
    let prefix = match address.netmask {
        Some(IpAddr::V4(mask)) => Some(mask.to_bits().count_ones()),
        Some(IpAddr::V6(mask)) => Some(mask.to_bits().count_ones()),
        None => None,
    };
    prefix.map_or_else(
        || address.addr.to_string(),
        |length| format!("{}/{length}", address.addr),
    )
}
