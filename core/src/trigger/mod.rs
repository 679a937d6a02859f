//! When to freeze.
//!
//! Conditions are pure: they are told what was observed and answer with
//! firings. They never wait, read a clock or touch a system.

mod firing;

pub use firing::{Firing, TriggerKind};
