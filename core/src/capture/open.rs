//! Opening a device: activation, link type, filter, description.

use std::time::Duration;

use pcap::{Active, Capture, Linktype};

use super::activate::{self, Refusal};
use super::devices::{devices, similar};
use super::error::{CaptureError, words};
use super::rights;
use super::{library, wait};
use crate::pcapng::{InterfaceDescription, LinkType, Resolution};
use crate::units::ByteCount;

/// How to open a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// The most bytes kept of a packet.
    pub snaplen: u32,
    /// Ask for everybody's packets.
    pub promiscuous: bool,
    /// The kernel's buffer.
    pub buffer: ByteCount,
    /// The filter as written.
    pub filter: Option<String>,
    /// libpcap's read timeout.
    pub read_timeout: Duration,
}

/// A device that is open and filtered.
pub struct OpenDevice {
    pub(super) capture: Capture<Active>,
    /// What the file says of it.
    pub description: InterfaceDescription,
    /// What libpcap warned of.
    pub warning: Option<String>,
}

/// DLT_LINUX_SLL2: what `any` is asked for, as it names the interface of each packet.
const DLT_LINUX_SLL2: i32 = 276;

/// Opens a device.
///
/// # Errors
/// It is not there, may not be opened, or the filter does not compile for it.
pub fn open(name: &str, options: &OpenOptions) -> Result<OpenDevice, CaptureError> {
    library::ensure_loaded()?;
    let other = |words: String| CaptureError::Open {
        name: name.to_owned(),
        words,
    };
    let inactive = Capture::from_device(name).map_err(|error| other(words(&error)))?;
    let inactive = inactive
        .snaplen(i32::try_from(options.snaplen).unwrap_or(i32::MAX))
        .promisc(options.promiscuous)
        .immediate_mode(false)
        .buffer_size(i32::try_from(options.buffer.0).unwrap_or(i32::MAX))
        .timeout(i32::try_from(options.read_timeout.as_millis()).unwrap_or(i32::MAX));
    let (mut capture, warning) =
        activate::activate(inactive).map_err(|refusal| refused(name, refusal))?;
    choose_link_type(name, &mut capture)?;
    if let Some(filter) = &options.filter {
        capture
            .filter(filter, true)
            .map_err(|error| CaptureError::Filter {
                filter: filter.clone(),
                place: name.to_owned(),
                words: words(&error),
            })?;
    }
    let capture = wait::unblock(capture).map_err(|error| other(words(&error)))?;
    let resolution: Resolution = activate::resolution(&capture);
    let description = InterfaceDescription {
        name: name.to_owned(),
        description: None,
        link_type: link_type(capture.get_datalink()),
        snaplen: options.snaplen,
        resolution,
        filter: options.filter.clone(),
    };
    Ok(OpenDevice {
        capture,
        description,
        warning,
    })
}

/// Asks for the link type that tells most. Comes before the filter.
pub(super) fn choose_link_type(
    name: &str,
    capture: &mut Capture<Active>,
) -> Result<(), CaptureError> {
    if !cfg!(target_os = "linux") || name != "any" {
        return Ok(());
    }
    capture
        .set_datalink(Linktype(DLT_LINUX_SLL2))
        .map_err(|error| CaptureError::Open {
            name: name.to_owned(),
            words: words(&error),
        })
}

/// What a refusal to open an interface means for its user.
pub(super) fn refused(name: &str, refusal: Refusal) -> CaptureError {
    match refusal {
        Refusal::NoSuchDevice(_) => unknown(name),
        other => refused_known(name.to_owned(), other),
    }
}

fn unknown(name: &str) -> CaptureError {
    let devices = devices().unwrap_or_default();
    let names = devices.iter().map(|device| device.name.as_str());
    CaptureError::UnknownInterface {
        name: name.to_owned(),
        similar: similar(name, names),
    }
}

fn refused_known(name: String, refusal: Refusal) -> CaptureError {
    match refusal {
        Refusal::NoSuchDevice(words) => CaptureError::Open { name, words },
        Refusal::NoRights(words) => CaptureError::NoRights {
            name,
            words,
            remedy: rights::remedy(),
        },
        Refusal::Down(_) => CaptureError::Down { name },
        Refusal::Other(words) => CaptureError::Open { name, words },
    }
}

/// The link type that files use for a system's DLT: equal but for a few old ones.
pub(super) fn link_type(dlt: Linktype) -> LinkType {
    match dlt.0 {
        12 | 14 => LinkType::RAW,
        other => LinkType(u16::try_from(other).unwrap_or(u16::MAX)),
    }
}
