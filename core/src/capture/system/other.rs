//! macOS and other systems: packets from sysinfo (there in 64 bits; those of
//! getifaddrs(3) end at 32), flags from the kernel. What an interface dropped
//! is not told there.

use std::collections::HashMap;
use std::io;

use sysinfo::Networks;

use super::{SystemCounters, addresses, flags, media};
use crate::capture::Glance;
use crate::units::{ByteCount, PacketCount};

pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    let mut all = table();
    all.retain(|name, _| names.contains(&name.as_str()));
    all
}

fn table() -> HashMap<String, SystemCounters> {
    let Ok(networks) = Networks::new_with_refreshed_list() else {
        return HashMap::new();
    };
    let rows = networks.iter().filter_map(|(name, data)| {
        let packets = data
            .total_packets_received()
            .saturating_add(data.total_packets_transmitted());
        let bytes = data
            .total_received()
            .saturating_add(data.total_transmitted());
        let counters = SystemCounters {
            packets: PacketCount(packets),
            bytes: ByteCount(bytes),
            drops: None,
        };
        Some((name.to_str()?.to_owned(), counters))
    });
    rows.collect()
}

pub(super) fn list() -> io::Result<Vec<Glance>> {
    let table = table();
    let mut list = Vec::new();
    for (name, mut glance) in addresses::interfaces()? {
        glance.counted = table
            .get(&name)
            .map(|counters| counters.seen(glance.loopback));
        glance.wireless = media::is_wireless(&name);
        list.push(glance);
    }
    Ok(list)
}

pub(super) fn is_up(name: &str) -> Option<bool> {
    flags::up_and_running(name)
}

pub(super) fn may_be_tried(name: &str) -> bool {
    flags::up_and_running(name).is_some()
}
