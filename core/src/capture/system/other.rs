//! macOS and other systems: packets from sysinfo, flags from the kernel.
//! What an interface dropped is not told there.

use std::collections::HashMap;

use super::{SystemCounters, flags};
use crate::units::{ByteCount, PacketCount};

pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    let Ok(networks) = sysinfo::Networks::new_with_refreshed_list() else {
        return HashMap::new();
    };
    let wanted = networks.iter().filter_map(|(name, data)| {
        let name = name.to_str().filter(|name| names.contains(name))?;
        Some((name, data))
    });
    wanted
        .map(|(name, data)| {
            let packets = data
                .total_packets_received()
                .saturating_add(data.total_packets_transmitted());
            let counters = SystemCounters {
                packets: PacketCount(packets),
                bytes: ByteCount(
                    data.total_received()
                        .saturating_add(data.total_transmitted()),
                ),
                drops: None,
            };
            (name.to_owned(), counters)
        })
        .collect()
}

pub(super) fn is_up(name: &str) -> Option<bool> {
    flags::up_and_running(name)
}

pub(super) fn may_be_tried(name: &str) -> bool {
    flags::up_and_running(name).is_some()
}
