//! Windows: Npcap is there or not. Whether it is limited to administrators is
//! known at Start: asking would load it, and loading it asks the user.

use std::path::PathBuf;

use crate::command::Command;
use crate::model::{Remedy, Rights};

/// Looks for Npcap's library where its installer puts it.
pub(crate) fn rights() -> Rights {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    let system = PathBuf::from(root).join("System32");
    let mut places = [system.join(r"Npcap\wpcap.dll"), system.join("wpcap.dll")].into_iter();
    if places.any(|place| place.is_file()) {
        return Rights::Yes;
    }
    Rights::No(Remedy {
        sentence: "Npcap is not installed. Crashcap reads packets through it, and its licence \
            lets only you install it."
            .into(),
        typed: None,
        buttons: vec![Command::GetNpcap, Command::CheckAgain],
    })
}
