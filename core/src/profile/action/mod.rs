//! Actions as they are written, and what they come to.

mod check;
mod kinds;
mod raw;
#[cfg(test)]
mod tests;

pub use check::check;
pub use kinds::ACTIONS;
pub use raw::{ActionText, RawAction};
