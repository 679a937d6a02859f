//! Linux: procfs of the calling thread, which follows its network namespace
//! (sysfs shows the namespace that it was mounted in).

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::{SystemCounters, addresses, flags};
use crate::capture::{Counted, Glance};
use crate::units::{ByteCount, PacketCount};

const TABLE: &str = "/proc/thread-self/net/dev";
/// Columns after the name (net/core/net-procfs.c).
const RECEIVED_BYTES: usize = 0;
const RECEIVED: usize = 1;
const RECEIVE_DROPS: usize = 3;
const SENT_BYTES: usize = 8;
const SENT: usize = 9;
/// The pseudo-device for all of them, in libpcap's words.
const ANY: &str = "any";
const ANY_DESCRIPTION: &str = "Pseudo-device that captures on all interfaces";

pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    let mut all = table();
    // `any` has no row; what it gives is what all of them carry. What each
    // drops for its own reasons says nothing about it.
    let packets = all.values().map(|counters| counters.packets.0).sum();
    let bytes = all.values().map(|counters| counters.bytes.0).sum();
    all.insert(
        ANY.into(),
        SystemCounters {
            packets: PacketCount(packets),
            bytes: ByteCount(bytes),
            drops: None,
        },
    );
    all.retain(|name, _| names.contains(&name.as_str()));
    all
}

pub(super) fn list() -> io::Result<Vec<Glance>> {
    let table = table();
    let mut list = Vec::new();
    let mut all = Counted::default();
    for (name, mut glance) in addresses::interfaces()? {
        if let Some(counters) = table.get(&name) {
            let counted = counters.seen(glance.loopback);
            all.packets.0 += counted.packets.0;
            all.bytes = all.bytes.plus(counted.bytes);
            glance.counted = Some(counted);
        }
        glance.wireless = is_wireless(&name);
        list.push(glance);
    }
    list.push(Glance {
        name: ANY.into(),
        description: Some(ANY_DESCRIPTION.into()),
        up: true,
        running: true,
        all: true,
        counted: Some(all),
        ..Glance::default()
    });
    Ok(list)
}

/// Only sysfs tells of every kind of driver; in another network namespace
/// than it was mounted in, a wireless interface is not known as one.
fn is_wireless(name: &str) -> bool {
    let folder = Path::new("/sys/class/net").join(name);
    folder.join("phy80211").exists() || folder.join("wireless").exists()
}

fn table() -> HashMap<String, SystemCounters> {
    let text = std::fs::read_to_string(TABLE).unwrap_or_default();
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<(String, SystemCounters)> {
    // A name may hold a colon (an alias), the numbers never do.
    let (name, numbers) = line.rsplit_once(':')?;
    let numbers: Vec<u64> = numbers
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let counters = SystemCounters {
        packets: PacketCount(numbers.get(RECEIVED)? + numbers.get(SENT)?),
        bytes: ByteCount(numbers.get(RECEIVED_BYTES)? + numbers.get(SENT_BYTES)?),
        drops: Some(PacketCount(*numbers.get(RECEIVE_DROPS)?)),
    };
    Some((name.trim().to_owned(), counters))
}

pub(super) fn is_up(name: &str) -> Option<bool> {
    flags::up_and_running(name)
}

pub(super) fn may_be_tried(name: &str) -> bool {
    name == ANY || flags::up_and_running(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_whatever_the_width_of_its_numbers() {
        let row = row("eth0:1 22    3 4    0     0          0         0 5 66    0 0 0 0 0 0");
        let counters = SystemCounters {
            packets: PacketCount(88),
            bytes: ByteCount(6),
            drops: Some(PacketCount(4)),
        };
        assert_eq!(row, Some(("eth0".to_owned(), counters)));
        assert_eq!(super::row(" face |bytes    packets errs"), None);
    }

    #[test]
    fn loopback_is_there_and_counts() {
        assert!(counters(&["lo"]).contains_key("lo"));
        assert!(is_up("lo").is_some());
        assert_eq!(is_up("no-such-if"), None);
        assert_eq!(is_up("a-name-far-too-long-for-an-interface"), None);
        assert!(may_be_tried("any") && !may_be_tried("nflog"));
    }
}
