//! Triggers as they are written, and what they come to.

mod check;
mod kinds;
mod raw;
#[cfg(test)]
mod tests;
mod text;

pub use check::check;
pub use kinds::TRIGGERS;
pub use raw::{Amount, RawTrigger};
pub use text::TriggerText;
