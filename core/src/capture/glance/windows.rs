//! Windows: the table of interfaces, without Npcap, which may ask for an
//! administrator as soon as it is loaded.

use std::ffi::OsString;
use std::os::windows::ffi::OsStringExt;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    FreeMibTable, GetIfTable2, IF_TYPE_IEEE80211, IF_TYPE_SOFTWARE_LOOPBACK, MIB_IF_ROW2,
    MIB_IF_TABLE2,
};
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::core::GUID;

use super::Glance;
use crate::capture::error::CaptureError;
use crate::units::{ByteCount, PacketCount};

/// Npcap's name for the loopback.
const LOOPBACK: &str = r"\Device\NPF_Loopback";
/// Bit 1 of InterfaceAndOperStatusFlags: a filter above another interface.
const FILTER_INTERFACE: u8 = 1 << 1;

pub(super) fn glance() -> Result<Vec<Glance>, CaptureError> {
    let networks = sysinfo::Networks::new_with_refreshed_list().ok();
    let addresses = |alias: &str| -> Vec<String> {
        let mut all = networks.iter().flat_map(|networks| networks.iter());
        let found = all.find(|(name, _)| name.to_str() == Some(alias));
        let nets = found.map(|(_, data)| data.ip_networks());
        nets.unwrap_or_default()
            .iter()
            .map(|net| format!("{}/{}", net.addr, net.prefix))
            .collect()
    };
    let rows = rows()?;
    let shown = rows
        .iter()
        .filter(|row| row.InterfaceAndOperStatusFlags._bitfield & FILTER_INTERFACE == 0);
    Ok(shown
        .map(|row| {
            let alias = text(&row.Alias);
            let loopback = row.Type == IF_TYPE_SOFTWARE_LOOPBACK;
            Glance {
                name: if loopback {
                    LOOPBACK.to_owned()
                } else {
                    format!(r"\Device\NPF_{{{}}}", guid(&row.InterfaceGuid))
                },
                addresses: addresses(&alias),
                description: Some(alias),
                up: row.OperStatus == IfOperStatusUp,
                loopback,
                wireless: row.Type == IF_TYPE_IEEE80211,
                counted: Some(counted(row)),
            }
        })
        .collect())
}

fn counted(row: &MIB_IF_ROW2) -> (PacketCount, ByteCount) {
    let packets = [
        row.InUcastPkts,
        row.InNUcastPkts,
        row.OutUcastPkts,
        row.OutNUcastPkts,
    ];
    let packets = packets.into_iter().fold(0, u64::saturating_add);
    let bytes = row.InOctets.saturating_add(row.OutOctets);
    (PacketCount(packets), ByteCount(bytes))
}

fn rows() -> Result<Vec<MIB_IF_ROW2>, CaptureError> {
    let mut table: *mut MIB_IF_TABLE2 = std::ptr::null_mut();
    // SAFETY: the call writes one pointer, which lives until it returns.
    let answer = unsafe { GetIfTable2(&raw mut table) };
    if answer != ERROR_SUCCESS || table.is_null() {
        return Err(CaptureError::List {
            words: std::io::Error::from_raw_os_error(answer.cast_signed()).to_string(),
        });
    }
    // SAFETY: the call succeeded, so `table` points to NumEntries rows, which
    // live until FreeMibTable; they are copied before.
    let rows = unsafe {
        let count = usize::try_from((*table).NumEntries).unwrap_or(0);
        std::slice::from_raw_parts((*table).Table.as_ptr(), count).to_vec()
    };
    // SAFETY: the table was given by GetIfTable2 and is not used after this.
    unsafe { FreeMibTable(table.cast()) };
    Ok(rows)
}

/// Text up to the first zero.
fn text(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0);
    let units = &units[..end.unwrap_or(units.len())];
    OsString::from_wide(units).to_string_lossy().into_owned()
}

fn guid(of: &GUID) -> String {
    let [a, b, c, d, e, f, g, h] = of.data4;
    format!(
        "{:08X}-{:04X}-{:04X}-{a:02X}{b:02X}-{c:02X}{d:02X}{e:02X}{f:02X}{g:02X}{h:02X}",
        of.data1, of.data2, of.data3
    )
}
