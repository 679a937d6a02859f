//! Where packets come from: devices, filters and the threads that read them.
//!
//! - A source thread owns its device and its open segment. Per packet it takes
//!   no lock, allocates nothing and makes no system call beyond libpcap's own.
//! - It never waits for the keeper: without an empty segment it drops the
//!   packet and counts it.
//! - It never sits in libpcap: commands are seen within one read timeout.

mod activate;
mod error;
mod live;
mod messages;
mod open;
mod registry;
mod source;
mod wait;

pub use error::CaptureError;
pub use live::{SourceConfig, spawn_live};
pub use messages::{AfterCut, Counters, CutId, FromSource, LinkState, SourceCommand, SourceEnd};
pub use open::{OpenDevice, OpenOptions, open};
pub use registry::InterfaceRegistry;
pub use source::SourceHandle;

/// The devices that "all" means.
///
/// # Errors
/// The system does not list its interfaces.
pub fn all_devices() -> Result<Vec<String>, CaptureError> {
    if cfg!(target_os = "linux") {
        return Ok(vec!["any".into()]);
    }
    let list = pcap::Device::list().map_err(|error| CaptureError::Open {
        name: "all".into(),
        words: error.to_string(),
    })?;
    let up = list.into_iter().filter(|device| device.flags.is_up());
    Ok(up.map(|device| device.name).collect())
}
