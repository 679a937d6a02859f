//! Unix: libpcap's list asks the kernel alone, and so do the counters.

use std::net::IpAddr;

use super::Glance;
use crate::capture::devices::devices;
use crate::capture::error::CaptureError;
use crate::capture::interfaces::address;
use crate::capture::system;

pub(super) fn glance() -> Result<Vec<Glance>, CaptureError> {
    let devices = devices()?;
    let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let mut counters = system::counters(&names);
    let interfaces = devices
        .iter()
        .filter(|device| system::may_be_tried(&device.name));
    Ok(interfaces
        .map(|device| Glance {
            name: device.name.clone(),
            description: device.desc.clone(),
            addresses: device
                .addresses
                .iter()
                // The hardware's address is no address to a user.
                .filter(|one| matches!(one.addr, IpAddr::V4(_) | IpAddr::V6(_)))
                .map(address)
                .collect(),
            up: device.flags.is_up(),
            loopback: device.flags.is_loopback(),
            wireless: device.flags.is_wireless(),
            counted: counters
                .remove(&device.name)
                .map(|counted| (counted.packets, counted.bytes)),
        })
        .collect())
}
