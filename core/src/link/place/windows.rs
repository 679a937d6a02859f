//! Windows: named pipes, whose default access rights keep other users from writing.

use std::io;

use interprocess::local_socket::{GenericNamespaced, ListenerOptions, Name, ToNsName};

const PREFIX: &str = "crashcap-";

/// A recorder's pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Socket {
    pid: u32,
}

impl Socket {
    /// The recorder's process.
    pub(in crate::link) fn pid(&self) -> u32 {
        self.pid
    }

    /// What to listen on, or to connect to.
    pub(in crate::link) fn name(&self) -> io::Result<Name<'static>> {
        format!("{PREFIX}{}", self.pid).to_ns_name::<GenericNamespaced>()
    }

    /// A pipe goes with its process.
    pub(in crate::link) fn remove(&self) {}
}

/// Where this process is asked; pipes need no folder.
pub(in crate::link) fn own() -> io::Result<Socket> {
    let pid = std::process::id();
    Ok(Socket { pid })
}

/// The pipes of recorders.
pub(in crate::link) fn list() -> Vec<Socket> {
    let Ok(entries) = std::fs::read_dir(r"\\.\pipe\") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let pid = name.to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
            Some(Socket { pid })
        })
        .collect()
}

/// The owner and administrators only: SYSTEM, administrators and the owner
/// have all rights, nobody else any.
pub(in crate::link) fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;
    let sddl = widestring::U16CString::from_str("D:P(A;;GA;;;OW)(A;;GA;;;SY)(A;;GA;;;BA)")
        .map_err(io::Error::other)?;
    Ok(options.security_descriptor(SecurityDescriptor::deserialize(&sddl)?))
}
