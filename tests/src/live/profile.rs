//! What the window is opened with.

use std::fs;
use std::path::PathBuf;

use super::Place;

/// A small recording that freezes when whoever listens on a port ends.
#[derive(Clone, Debug)]
pub struct WindowProfile {
    /// The interface.
    pub interface: &'static str,
    /// The port: of the filter, and of the target.
    pub port: u16,
    /// Where incidents go.
    pub folder: PathBuf,
    /// Where they go when that is not possible.
    pub fallback: PathBuf,
}

impl WindowProfile {
    /// On loopback, into the place's folders.
    pub fn new(place: &Place, port: u16) -> Self {
        Self {
            interface: "lo",
            port,
            folder: place.incidents(),
            fallback: place.fallback(),
        }
    }

    /// Writes it down.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn write(&self, place: &Place) -> PathBuf {
        let path = place.path("profile.toml");
        let (interface, port) = (self.interface, self.port);
        let text = format!(
            "[capture]\ninterfaces = [{interface:?}]\nfilter = \"tcp port {port}\"\n\
             kernel_buffer = \"2MiB\"\n[ring]\nsize = \"8MB\"\n\
             [target]\nport = {port}\n[[trigger]]\nkind = \"exit\"\n\
             [freeze]\ntail = \"100ms\"\n[save]\nfolder = {:?}\nfallback = {:?}\n",
            self.folder, self.fallback
        );
        fs::write(&path, text).unwrap();
        path
    }
}
