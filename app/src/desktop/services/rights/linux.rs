//! Linux: root, or a recorder whose file carries the right to capture.

use std::path::Path;

use crate::model::Rights;
use crate::services::recorder::recorder_program;

/// Where the kernel keeps a file's capabilities (capabilities(7)).
const ATTRIBUTE: &str = "security.capability";
/// CAP_NET_RAW's bit, and where the first permitted ones stand in the attribute.
const NET_RAW: u32 = 1 << 13;
const PERMITTED: std::ops::Range<usize> = 4..8;
/// The effective bit of the attribute's first word.
const EFFECTIVE: u32 = 1;

/// Looks at the recorder's file and at what could be asked.
pub(crate) fn rights() -> Rights {
    let program = recorder_program();
    if rustix::process::geteuid().is_root() || carries_right(&program) {
        return Rights::Yes;
    }
    let this_time = on_path("pkexec");
    Rights::AskFirst {
        this_time,
        otherwise: format!(
            "You may not capture on this computer yet. Give the recorder the right once: sudo setcap cap_net_raw+ep {}",
            program.display()
        ),
    }
}

fn carries_right(program: &Path) -> bool {
    let mut value = [0; 64];
    let Ok(length) = rustix::fs::getxattr(program, ATTRIBUTE, &mut value) else {
        return false;
    };
    let word = |range: std::ops::Range<usize>| {
        let bytes: Option<[u8; 4]> = value[..length].get(range)?.try_into().ok();
        bytes.map(u32::from_le_bytes)
    };
    let effective = word(0..4).is_some_and(|word| word & EFFECTIVE != 0);
    effective && word(PERMITTED).is_some_and(|word| word & NET_RAW != 0)
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
