//! Checked views of packet bytes.

mod flow;
mod headers;
mod transport;

pub use flow::{End, Flow, Protocol, Side};
pub use headers::header_length;
pub use transport::{Tcp, Transport, device_index};
