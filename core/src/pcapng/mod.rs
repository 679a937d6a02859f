//! The pcapng file format, as far as Crashcap writes and reads it.
//!
//! Everything is written in the byte order of this machine, which the section
//! header's magic tells. Source: draft-ietf-opsawg-pcapng.

mod blocks;
mod file;
mod head;
mod packet_block;
mod survey;
mod writing;

pub use blocks::{Blocks, PacketBlock, blocks};
pub use head::{
    InterfaceStatistics, SectionHeader, write_interface_description, write_interface_statistics,
    write_section_header,
};
pub use packet_block::{ENHANCED_PACKET_OVERHEAD, enhanced_packet_length, write_enhanced_packet};

pub use file::{AppendError, Broken, FileError, FileFormat};
pub(crate) use file::{
    CaptureFile, FileInterface, FilePacket, FileSection, Visitor, append_comments,
    appended_comments, first_comments,
};
pub(crate) use survey::{Beside, survey_beside};
pub use survey::{PacketComment, Survey, SurveyedInterface, survey};

use serde::{Deserialize, Serialize};

use crate::units::Timestamp;

/// A link type as files name it (LINKTYPE_ETHERNET is 1), not the DLT of a
/// system's libpcap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkType(pub u16);

impl LinkType {
    /// LINKTYPE_ETHERNET, which Linux's loopback uses too.
    pub const ETHERNET: Self = Self(1);
    /// LINKTYPE_NULL: BSD loopback, with the address family in front.
    pub const NULL: Self = Self(0);
    /// LINKTYPE_RAW: IPv4 or IPv6 without a link layer.
    pub const RAW: Self = Self(101);
    /// LINKTYPE_LOOP: OpenBSD's loopback, the address family in network order.
    pub const LOOP: Self = Self(108);
    /// LINKTYPE_LINUX_SLL: the older form of what `any` gives.
    pub const LINUX_SLL: Self = Self(113);
    /// LINKTYPE_IPV4: IPv4 without a link layer.
    pub const IPV4: Self = Self(228);
    /// LINKTYPE_IPV6: IPv6 without a link layer.
    pub const IPV6: Self = Self(229);
    /// LINKTYPE_LINUX_SLL2: what the device `any` gives.
    pub const LINUX_SLL2: Self = Self(276);
}

/// What one tick of an interface's timestamps is (option if_tsresol).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// 10^-6 s.
    Microseconds,
    /// 10^-9 s.
    Nanoseconds,
}

impl Resolution {
    /// Nanoseconds of one tick.
    #[must_use]
    pub const fn nanoseconds_per_tick(self) -> u64 {
        match self {
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }

    /// The value of the option if_tsresol: the negative power of ten.
    #[must_use]
    pub const fn option_value(self) -> u8 {
        match self {
            Self::Microseconds => 6,
            Self::Nanoseconds => 9,
        }
    }

    /// A moment in ticks, rounded down.
    #[must_use]
    pub const fn ticks(self, at: Timestamp) -> u64 {
        at.0 / self.nanoseconds_per_tick()
    }

    /// The moment of a number of ticks.
    #[must_use]
    pub const fn timestamp(self, ticks: u64) -> Timestamp {
        Timestamp(ticks.saturating_mul(self.nanoseconds_per_tick()))
    }
}

/// An interface's number within a file: the index of its description. Numbers
/// are never reused within a recording.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct InterfaceId(pub u32);

/// What an Interface Description Block says. Two openings of a device share
/// one description while all of this is equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InterfaceDescription {
    /// The system's name (if_name): `eth0`, `\Device\NPF_{…}`.
    pub name: String,
    /// What the system calls it for people (if_description).
    pub description: Option<String>,
    /// The link type of its packets.
    pub link_type: LinkType,
    /// The most bytes kept of a packet.
    pub snaplen: u32,
    /// What a tick of its timestamps is.
    pub resolution: Resolution,
    /// The filter that was set, as written (if_filter).
    pub filter: Option<String>,
}
