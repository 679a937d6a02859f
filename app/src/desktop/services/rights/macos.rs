//! macOS: root, or a user whom the packet filter's devices admit.

use rustix::fs::{Access, access};

use crate::command::Command;
use crate::model::{Remedy, Rights};

/// Looks at the first packet filter device (bpf(4)).
pub(crate) fn rights() -> Rights {
    if access("/dev/bpf0", Access::READ_OK).is_ok() {
        return Rights::Yes;
    }
    Rights::No(Remedy {
        sentence: "You may not capture on this computer yet. Install ChmodBPF, which comes with \
            Wireshark and gives you the right for good, or run Crashcap with sudo."
            .into(),
        typed: None,
        buttons: vec![Command::CheckAgain],
    })
}
