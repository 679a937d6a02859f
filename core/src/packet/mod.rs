//! Checked views of packet bytes.

mod flow;
mod headers;

pub use flow::{End, Flow, Protocol, Side};
pub use headers::header_length;
