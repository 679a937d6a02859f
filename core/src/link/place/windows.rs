//! Windows: named pipes, whose default access rights keep other users from writing.

use std::io;

use interprocess::local_socket::{GenericNamespaced, ListenerOptions, Name, ToNsName};

const PREFIX: &str = "crashcap-";

/// The pipe's name of a recorder.
pub(in crate::link) fn name(pid: u32) -> io::Result<Name<'static>> {
    format!("{PREFIX}{pid}").to_ns_name::<GenericNamespaced>()
}

/// Pipes need no folder.
pub(in crate::link) fn prepare() -> io::Result<()> {
    Ok(())
}

/// The process ids of recorders that have a pipe.
pub(in crate::link) fn list() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir(r"\\.\pipe\") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_prefix(PREFIX)?.parse().ok()
        })
        .collect()
}

/// A pipe goes with its process.
pub(in crate::link) fn remove(_pid: u32) {}

/// The owner and administrators only: SYSTEM, administrators and the owner
/// have all rights, nobody else any.
pub(in crate::link) fn private(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;
    let sddl = widestring::U16CString::from_str("D:P(A;;GA;;;OW)(A;;GA;;;SY)(A;;GA;;;BA)")
        .map_err(io::Error::other)?;
    Ok(options.security_descriptor(SecurityDescriptor::deserialize(&sddl)?))
}
