//! Windows: Npcap is loaded when it is first needed, from its own folder, so
//! that the program starts without it and can say what is missing.

use std::sync::OnceLock;

use widestring::{U16CString, u16cstr};
use windows_sys::Win32::System::LibraryLoader::{LoadLibraryW, SetDllDirectoryW};
use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;

use crate::capture::CaptureError;

/// Loads wpcap.dll once; the delayed imports of this program find it then.
pub(in crate::capture) fn ensure_loaded() -> Result<(), CaptureError> {
    static LOADED: OnceLock<bool> = OnceLock::new();
    if *LOADED.get_or_init(load) {
        return Ok(());
    }
    Err(CaptureError::NoLibrary(
        "load the capture library: Npcap (wpcap.dll) is not installed on this machine; \
         install it from https://npcap.com and start Crashcap again"
            .into(),
    ))
}

fn load() -> bool {
    if let Some(folder) = npcap_folder() {
        // SAFETY: the folder is a text with a final 0 that outlives the call.
        unsafe { SetDllDirectoryW(folder.as_ptr()) };
    }
    // SAFETY: the name is a text with a final 0.
    let library = unsafe { LoadLibraryW(u16cstr!("wpcap.dll").as_ptr()) };
    !library.is_null()
}

/// Npcap installs itself beside the system's own libraries.
fn npcap_folder() -> Option<U16CString> {
    let mut path = [0_u16; 1024];
    let room = u32::try_from(path.len()).unwrap_or(0);
    // SAFETY: the buffer is as long as said.
    let length = unsafe { GetSystemDirectoryW(path.as_mut_ptr(), room) } as usize;
    let system = path.get(..length).filter(|system| !system.is_empty())?;
    let folder: Vec<u16> = system
        .iter()
        .copied()
        .chain("\\Npcap".encode_utf16())
        .collect();
    U16CString::from_vec(folder).ok()
}
