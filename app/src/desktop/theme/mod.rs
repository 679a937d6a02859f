//! What everything looks like: colours, type and shapes, in one place.
//!
//! - No colour literal stands anywhere else.
//! - Colour means state. Every text has a contrast of at least 4.5 on every
//!   surface that it stands on, every shape one of 3; a test calculates it.

mod contrast;
mod fonts;
mod sizes;
mod style;
mod tokens;

pub(crate) use fonts::{Face, font};
pub(crate) use sizes::*;
pub(crate) use style::apply;
pub(crate) use tokens::{Tokens, tokens};
