//! Where libpcap is linked, a program that runs has it.

use crate::capture::CaptureError;

#[expect(
    clippy::unnecessary_wraps,
    reason = "it fails where the library is loaded on demand"
)]
pub(in crate::capture) fn ensure_loaded() -> Result<(), CaptureError> {
    Ok(())
}
