//! Shared helpers of the end-to-end tests.

pub mod lab;
#[cfg(all(feature = "live", target_os = "linux"))]
pub mod live;
