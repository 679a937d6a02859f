//! The machine that writes, as files name it.

use std::sync::OnceLock;

use sysinfo::System;

/// The machine, in the words of a section header.
#[derive(Debug)]
pub(super) struct Machine {
    /// Its processor's architecture: "x86_64".
    pub(super) hardware: String,
    /// Its operating system with the kernel's version.
    pub(super) os: String,
}

/// Asked once; it does not change while a program runs.
pub(super) fn machine() -> &'static Machine {
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    MACHINE.get_or_init(|| {
        let system = System::long_os_version()
            .ok()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| std::env::consts::OS.to_owned());
        let os = match System::kernel_version() {
            Ok(kernel) if !kernel.is_empty() => format!("{system}, kernel {kernel}"),
            _ => system,
        };
        Machine {
            hardware: System::cpu_arch(),
            os,
        }
    })
}
