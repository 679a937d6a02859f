//! What an incident's file holds beside its packets.

use super::machine::machine;
use super::{Facts, FrozenSource, Incident, words};
use crate::pcapng::{
    InterfaceStatistics, SectionHeader, write_interface_description, write_interface_statistics,
    write_section_header,
};
use crate::units::{PacketCount, Timestamp};

/// Section header with the two comments, and all interface descriptions. The
/// file begins to be saved at `saved_at`.
pub(super) fn before_packets(incident: &Incident, saved_at: Timestamp) -> Vec<u8> {
    let machine = machine();
    let facts = Facts {
        saved_at: Some(saved_at),
        ..incident.facts.clone()
    };
    let header = SectionHeader {
        hardware: Some(machine.hardware.clone()),
        os: Some(machine.os.clone()),
        application: Some(incident.facts.program.clone()),
        comments: vec![words::sentence(&incident.facts), facts.to_comment()],
    };
    let mut out = Vec::new();
    write_section_header(&mut out, &header);
    for interface in &incident.capture.interfaces {
        write_interface_description(&mut out, interface, Some(&machine.os));
    }
    out
}

/// One statistics block per source, under the interface that its packets came
/// from last.
pub(super) fn after_packets(incident: &Incident) -> Vec<u8> {
    let mut out = Vec::new();
    let end = incident.facts.frozen_at.max(incident.facts.cut);
    for source in &incident.capture.sources {
        let Some(interface) = incident.capture.interfaces.get(source.interface.0 as usize) else {
            continue;
        };
        let mut statistics = statistics(source);
        statistics.start = Some(incident.facts.recording_since);
        statistics.end = Some(end);
        write_interface_statistics(
            &mut out,
            source.interface,
            interface.resolution,
            end,
            &statistics,
        );
    }
    out
}

/// What is known of a source, in the draft's terms.
fn statistics(source: &FrozenSource) -> InterfaceStatistics {
    let counters = &source.counters;
    let mut comments = Vec::new();
    if counters.ring_drops.0 > 0 {
        comments.push(format!(
            "{} packets reached the recorder and were dropped by it: no segment of its ring was free",
            counters.ring_drops
        ));
    }
    InterfaceStatistics {
        received: counters.received,
        interface_drops: counters.interface_drops,
        os_drops: counters.kernel_drops,
        delivered: Some(PacketCount(
            counters.packets.0.saturating_add(counters.ring_drops.0),
        )),
        comments,
        ..InterfaceStatistics::default()
    }
}
