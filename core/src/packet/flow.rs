//! Between whom a packet went.
//!
//! - What is known is told: of a packet cut off within its headers, those
//!   before the cut.
//! - Only the outermost headers are read: a tunnel is a conversation of its ends.
//! - No bytes make it panic.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, IpNumber, LaxIpSlice};

use super::headers::{FAMILY, SLL_HEADER, SLL2_HEADER};
use crate::pcapng::LinkType;

/// Bytes of an Ethernet header; its last two are the EtherType.
const ETHERNET_HEADER: usize = 14;
/// Bytes of a VLAN tag behind its EtherType; the last two are the next one.
const VLAN_TAG: usize = 4;
/// VLAN tags one behind another that are looked through.
const VLAN_TAGS_MAX: usize = 4;
/// Smaller values in an EtherType's place are lengths, or Linux's own numbers,
/// and mean an LLC header (IEEE 802.3; linux/if_ether.h).
const ETHER_TYPE_MIN: u16 = 0x0600;
const TCP_FLAGS: usize = 13;
const TCP_SYN: u8 = 0x02;
const TCP_ACK: u8 = 0x10;

/// What a packet is, by the innermost header that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// IP carries this (IANA's protocol numbers).
    Ip(u8),
    /// Not IP, or IP cut off within its header: the EtherType.
    Ether(u16),
    /// A frame with a length in the EtherType's place: spanning tree and others.
    Llc,
    /// A link type that is not read, or bytes that make no sense.
    NotUnderstood,
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    /// Its address.
    pub address: IpAddr,
    /// Its port, where the protocol has ports and they can be seen.
    pub port: Option<u16>,
}

/// A side of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who sent it.
    From,
    /// To whom it went.
    To,
}

/// Between whom a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What it is.
    pub protocol: Protocol,
    /// Sender and receiver, where it is IP. Fragments have no ports: only the
    /// first would name them.
    pub ends: Option<(End, End)>,
    /// Who opened the connection, where the packet tells: it has TCP's SYN.
    pub opener: Option<Side>,
}

impl Protocol {
    /// TCP.
    pub const TCP: Self = Self::Ip(IpNumber::TCP.0);
    /// UDP.
    pub const UDP: Self = Self::Ip(IpNumber::UDP.0);
    /// SCTP.
    pub const SCTP: Self = Self::Ip(IpNumber::SCTP.0);
    /// ARP.
    pub const ARP: Self = Self::Ether(EtherType::ARP.0);

    fn has_ports(self) -> bool {
        matches!(self, Self::TCP | Self::UDP | Self::SCTP)
    }
}

impl Flow {
    /// Reads as much of a packet's headers as there is and is understood.
    #[must_use]
    pub fn of(link_type: LinkType, packet: &[u8]) -> Self {
        let Some((ether_type, carried)) = carried(link_type, packet) else {
            return Self::without_ends(Protocol::NotUnderstood);
        };
        let by_type = || {
            Self::without_ends(if ether_type.0 < ETHER_TYPE_MIN {
                Protocol::Llc
            } else {
                Protocol::Ether(ether_type.0)
            })
        };
        let is_ip = matches!(ether_type, EtherType::IPV4 | EtherType::IPV6);
        let ip = is_ip.then(|| ip(carried)).flatten();
        ip.unwrap_or_else(by_type)
    }

    pub(crate) fn without_ends(protocol: Protocol) -> Self {
        Self {
            protocol,
            ends: None,
            opener: None,
        }
    }
}

/// What a frame carries behind its link layer, and of which EtherType that is.
pub(super) fn carried(link_type: LinkType, packet: &[u8]) -> Option<(EtherType, &[u8])> {
    match link_type {
        LinkType::ETHERNET => ether(packet, ETHERNET_HEADER - 2, ETHERNET_HEADER),
        LinkType::LINUX_SLL => ether(packet, SLL_HEADER - 2, SLL_HEADER),
        LinkType::LINUX_SLL2 => ether(packet, 0, SLL2_HEADER),
        LinkType::NULL | LinkType::LOOP => packet.get(FAMILY..).and_then(bare_ip),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => bare_ip(packet),
        _ => None,
    }
}

/// A frame with its EtherType at one place and what it carries from another.
fn ether(frame: &[u8], type_at: usize, at: usize) -> Option<(EtherType, &[u8])> {
    let mut ether_type = u16_at(frame, type_at)?;
    let mut rest = frame.get(at..).unwrap_or_default();
    for _ in 0..VLAN_TAGS_MAX {
        let is_tag = matches!(
            EtherType(ether_type),
            EtherType::VLAN_TAGGED_FRAME
                | EtherType::PROVIDER_BRIDGING
                | EtherType::VLAN_DOUBLE_TAGGED_FRAME
        );
        let Some(next) = u16_at(rest, VLAN_TAG - 2).filter(|_| is_tag) else {
            break;
        };
        ether_type = next;
        rest = &rest[VLAN_TAG..];
    }
    Some((EtherType(ether_type), rest))
}

/// IP that tells its version itself.
fn bare_ip(packet: &[u8]) -> Option<(EtherType, &[u8])> {
    let ether_type = match packet.first()? >> 4 {
        4 => EtherType::IPV4,
        6 => EtherType::IPV6,
        _ => return None,
    };
    Some((ether_type, packet))
}

/// `None` where the header makes no sense or is not whole.
fn ip(packet: &[u8]) -> Option<Flow> {
    let (ip, _) = LaxIpSlice::from_slice(packet).ok()?;
    let carried = ip.payload();
    let protocol = Protocol::Ip(carried.ip_number.0);
    let with_ports = protocol.has_ports() && !carried.fragmented;
    // All three begin with the ports: of the sender, then of the receiver.
    let port = |at| u16_at(carried.payload, at).filter(|_| with_ports);
    let from = End {
        address: ip.source_addr(),
        port: port(0),
    };
    let to = End {
        address: ip.destination_addr(),
        port: port(2),
    };
    let flags = (protocol == Protocol::TCP && with_ports)
        .then(|| carried.payload.get(TCP_FLAGS))
        .flatten();
    Some(Flow {
        protocol,
        ends: Some((from, to)),
        opener: flags.and_then(|flags| opener(*flags)),
    })
}

fn opener(flags: u8) -> Option<Side> {
    match flags & (TCP_SYN | TCP_ACK) {
        TCP_SYN => Some(Side::From),
        0 | TCP_ACK => None,
        _ => Some(Side::To),
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Ip(number) => match ip_name(IpNumber(number)) {
                Some(name) => f.write_str(name),
                None => write!(f, "IP protocol {number}"),
            },
            Self::Ether(number) => match ether_name(number) {
                Some(name) => f.write_str(name),
                None => write!(f, "EtherType {number:#06x}"),
            },
            Self::Llc => f.write_str("LLC"),
            Self::NotUnderstood => f.write_str("not understood"),
        }
    }
}

/// IANA's abbreviations, but for two that people write otherwise.
fn ip_name(number: IpNumber) -> Option<&'static str> {
    match number {
        IpNumber::IPV6_ICMP => Some("ICMPv6"),
        IpNumber::OSPFIGP => Some("OSPF"),
        other => other.keyword_str(),
    }
}

/// The names of those that are seen (IANA's ieee-802-numbers).
fn ether_name(number: u16) -> Option<&'static str> {
    Some(match number {
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x0842 => "Wake-on-LAN",
        0x8035 => "RARP",
        0x8100 | 0x88a8 | 0x9100 => "VLAN",
        0x8137 => "IPX",
        0x86dd => "IPv6",
        0x8809 => "LACP",
        0x8847 | 0x8848 => "MPLS",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE",
        0x888e => "EAPOL",
        0x8892 => "PROFINET",
        0x88a4 => "EtherCAT",
        0x88cc => "LLDP",
        0x88e1 => "HomePlug AV",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        0x8906 => "FCoE",
        _ => return None,
    })
}

impl fmt::Display for End {
    /// `10.0.0.1:80`, `[fe80::1]:80`, `10.0.0.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.address, port).fmt(f),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
