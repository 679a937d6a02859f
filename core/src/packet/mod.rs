//! Checked views of packet bytes.

mod headers;

pub use headers::header_length;
