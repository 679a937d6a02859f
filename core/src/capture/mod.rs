//! Where packets come from: devices, filters and the threads that read them.
//!
//! - A source thread owns its device and its open segment. Per packet it takes
//!   no lock, allocates nothing and makes no system call beyond libpcap's own.
//! - It never waits for the keeper: without an empty segment it drops the
//!   packet and counts it.
//! - It never sits in libpcap: commands are seen within one read timeout.

mod activate;
mod devices;
mod error;
mod glance;
mod interfaces;
mod library;
mod live;
mod messages;
mod netns;
mod open;
mod player;
mod program;
mod registry;
mod rights;
mod source;
#[cfg(test)]
mod source_tests;
mod system;
mod wait;

pub use error::CaptureError;
pub use glance::{Counted, Glance, glance};
pub use interfaces::{Interface, interfaces};
pub use live::{LiveSource, spawn_live};
pub use messages::{AfterCut, Counters, CutId, FromSource, LinkState, SourceCommand, SourceEnd};
pub use netns::{NamespaceError, Network, NetworkNamespace, NoNamespace};
pub use open::{OpenDevice, OpenOptions, open};
pub use player::{OpenFile, PlayerOptions, open_file, spawn_player};
pub use program::{Program, check_filter, link_type_name};
pub use registry::InterfaceRegistry;
pub use rights::setcap_command;
pub use source::{SourceConfig, SourceHandle};

/// The devices that "all" means: on Linux `any`, elsewhere each that is up.
///
/// # Errors
/// The system does not list its interfaces.
pub fn all_devices() -> Result<Vec<String>, CaptureError> {
    if cfg!(target_os = "linux") {
        return Ok(vec!["any".into()]);
    }
    let devices = devices::devices()?;
    let up = devices.into_iter().filter(|device| device.flags.is_up());
    Ok(up.map(|device| device.name).collect())
}
