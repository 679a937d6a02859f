//! Windows: the interface's row, found by the GUID in Npcap's device name, and
//! the adapters with their names and addresses. Npcap is not needed.

use std::collections::HashMap;
use std::io;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    ConvertInterfaceGuidToLuid, GetIfEntry2, IF_TYPE_IEEE80211, IF_TYPE_SOFTWARE_LOOPBACK,
    MIB_IF_ROW2,
};
use windows_sys::Win32::NetworkManagement::Ndis::{
    IfOperStatusUp, NET_IF_ADMIN_STATUS_UP, NET_LUID_LH,
};
use windows_sys::core::GUID;

use super::adapters::{Adapter, adapters};
use super::{Glance, SystemCounters};
use crate::units::{ByteCount, PacketCount};

/// Under this name Npcap records the loopback.
const LOOPBACK: &str = r"\Device\NPF_Loopback";

pub(super) fn counters(names: &[&str]) -> HashMap<String, SystemCounters> {
    let told = names.iter().filter_map(|name| {
        let counters = counted(&row(name)?);
        Some(((*name).to_owned(), counters))
    });
    told.collect()
}

fn counted(row: &MIB_IF_ROW2) -> SystemCounters {
    let packets = [
        row.InUcastPkts,
        row.InNUcastPkts,
        row.OutUcastPkts,
        row.OutNUcastPkts,
    ];
    SystemCounters {
        packets: PacketCount(packets.into_iter().fold(0, u64::saturating_add)),
        bytes: ByteCount(row.InOctets.saturating_add(row.OutOctets)),
        drops: Some(PacketCount(row.InDiscards)),
    }
}

pub(super) fn list() -> io::Result<Vec<Glance>> {
    Ok(adapters()?.into_iter().map(glance).collect())
}

fn glance(adapter: Adapter) -> Glance {
    let row = row_of(adapter.luid);
    let loopback = adapter.kind == IF_TYPE_SOFTWARE_LOOPBACK;
    Glance {
        name: if loopback {
            LOOPBACK.to_owned()
        } else {
            format!(r"\Device\NPF_{}", adapter.guid)
        },
        friendly_name: adapter.friendly_name,
        description: adapter.description,
        addresses: adapter.addresses,
        up: row.map_or(adapter.running, |row| {
            row.AdminStatus == NET_IF_ADMIN_STATUS_UP
        }),
        running: adapter.running,
        loopback,
        wireless: adapter.kind == IF_TYPE_IEEE80211,
        all: false,
        // The loopback's row is there, but always 0.
        counted: row
            .filter(|_| !loopback)
            .map(|row| counted(&row).seen(false)),
    }
}

pub(super) fn is_up(name: &str) -> Option<bool> {
    Some(row(name)?.OperStatus == IfOperStatusUp)
}

pub(super) fn may_be_tried(_name: &str) -> bool {
    true
}

fn row(name: &str) -> Option<MIB_IF_ROW2> {
    let guid = guid(name)?;
    let mut luid = NET_LUID_LH::default();
    // SAFETY: both point to values of the types that the call names, which
    // live until it returns.
    let found = unsafe { ConvertInterfaceGuidToLuid(&raw const guid, &raw mut luid) };
    if found != ERROR_SUCCESS {
        return None;
    }
    row_of(luid)
}

fn row_of(luid: NET_LUID_LH) -> Option<MIB_IF_ROW2> {
    let mut row = MIB_IF_ROW2 {
        InterfaceLuid: luid,
        ..MIB_IF_ROW2::default()
    };
    // SAFETY: the row lives until the call returns, and its LUID is set.
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
