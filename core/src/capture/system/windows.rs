//! Windows: the interface's row, found by the GUID in Npcap's device name.

use std::collections::HashMap;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    ConvertInterfaceGuidToLuid, GetIfEntry2, MIB_IF_ROW2,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::core::GUID;

use super::SystemCounters;
use crate::units::{ByteCount, PacketCount};

pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    let told = names.iter().filter_map(|name| {
        let row = row(name)?;
        let packets = [
            row.InUcastPkts,
            row.InNUcastPkts,
            row.OutUcastPkts,
            row.OutNUcastPkts,
        ];
        let counters = SystemCounters {
            packets: PacketCount(packets.into_iter().fold(0, u64::saturating_add)),
            bytes: ByteCount(row.InOctets.saturating_add(row.OutOctets)),
            drops: Some(PacketCount(row.InDiscards)),
        };
        Some(((*name).to_owned(), counters))
    });
    told.collect()
}

pub(super) fn is_up(name: &str) -> Option<bool> {
    Some(row(name)?.OperStatus == IfOperStatusUp)
}

pub(super) fn may_be_tried(_name: &str) -> bool {
    true
}

fn row(name: &str) -> Option<MIB_IF_ROW2> {
    let guid = guid(name)?;
    let mut row = MIB_IF_ROW2::default();
    // SAFETY: both point to values of the types that the calls name, which
    // live until they return.
    let found = unsafe { ConvertInterfaceGuidToLuid(&raw const guid, &raw mut row.InterfaceLuid) };
    if found != ERROR_SUCCESS {
        return None;
    }
    // SAFETY: as above; the row's LUID is set.
    let filled = unsafe { GetIfEntry2(&raw mut row) };
    (filled == ERROR_SUCCESS).then_some(row)
}

/// The GUID in `\Device\NPF_{5FF0C3A2-…}`.
fn guid(name: &str) -> Option<GUID> {
    let (_, rest) = name.split_once('{')?;
    let digits = rest.strip_suffix('}')?.replace('-', "");
    if digits.len() != 32 {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(GUID::from_u128)
}
